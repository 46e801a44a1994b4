"""The C core on sys.monitoring: flush by flush it tells what its twin tells, however its events are silenced."""

from __future__ import annotations

import gc
import os
import sys
import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from minicov_tracer.cores import Hits
from minicov_tracer.interfaces import Core

from .control_flow_programs import programs
from .measuring import Seen, seen
from .twins import PROGRAM, compiled, is_program

_monitoring = pytest.importorskip("minicov_tracer._monitoring", reason="the C core for Python 3.12 is not built")
python_monitoring = pytest.importorskip("minicov_tracer.python_monitoring")


def measure(core: Core | ByNumber, code: CodeType, **names: object) -> list[Seen]:
    """Runs a program, in which `flush()` starts afresh; what it showed, flush by flush."""
    flushed: list[list[Hits]] = []
    space = {"__name__": PROGRAM, "flush": lambda: flushed.append(core.flush()), **names}
    gc.collect()
    gc.disable()  # its time depends on us, and what it finalizes is measured
    core.start()
    try:
        exec(code, space)
        gc.collect()
    finally:
        core.stop()
        gc.enable()
    flushed.append(core.flush())
    return [seen(hits, sees_jumps=True) for hits in flushed]


class ByNumber:
    """A core of that kind, asked for numbers."""

    def __init__(self) -> None:
        self._core = _monitoring.Core(is_program)
        self._known: list[Hits] = []
        self.start = self._core.start
        self.stop = self._core.stop

    def flush(self) -> list[Hits]:
        groups, new = self._core.flush_signatures()
        self._known += new
        return [self._known[number] for group in groups for number in array_of(group)]


@contextmanager
def taken(ids: Iterator[int] | range) -> Iterator[None]:
    """Other tools have these ids."""
    for tool in ids:
        sys.monitoring.use_tool_id(tool, "another")
    try:
        yield
    finally:
        for tool in ids:
            sys.monitoring.free_tool_id(tool)


@given(programs())
@settings(
    max_examples=int(os.environ.get("MINICOV_TEST_PROGRAMS", "12")),
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_flushes_are_those_of_the_twin(drawn: tuple[str, list[int]]) -> None:
    """Every flush tells the same as the twin's, on cold code, on warm, and where only one tool id is free."""
    source, tape = drawn
    code = compiled(source)
    expected = measure(python_monitoring.Core(is_program), code, tape=tape)
    for _ in range(2):
        assert measure(_monitoring.Core(is_program), code, tape=tape) == expected
    assert measure(ByNumber(), code, tape=tape) == expected
    with taken(range(5)):
        assert measure(_monitoring.Core(is_program), code, tape=tape) == expected


def test_lines_go_silent_together() -> None:
    """Once all lines of a code object were hit it raises no line events, until they are given back at a flush."""
    code = compiled("def f(x):\n    y = [n for n in x]\n    return y\n")
    names: dict[str, Callable[[list[int]], list[int]]] = {}
    core = _monitoring.Core(is_program)
    core.start()
    try:
        exec(code, names)
        measured = names["f"].__code__
        asked = []
        for step in (lambda: names["f"]([1]), core.flush):
            step()
            asked.append(any(_local_events(tool, measured) & sys.monitoring.events.LINE for tool in range(6)))
        assert asked == [False, True]
    finally:
        core.stop()


def _local_events(tool: int, code: CodeType) -> int:
    return sys.monitoring.get_local_events(tool, code) if sys.monitoring.get_tool(tool) else 0


class _Room:
    """Hears of a log that is full, and flushes in the middle of whatever was just hit."""

    def __init__(self, core: Core, buffer: bytearray) -> None:
        self.flushed: list[Hits] = []
        self._core = core
        self._buffer = buffer

    def add_code(self, code: CodeType, base: int, bits: int) -> None:
        """No log is read here."""

    def add_raise(self, code: CodeType, offset: int, number: int) -> None:
        """No log is read here."""

    def make_room(self) -> None:
        self.flushed += self._core.flush()
        self._buffer[24:32] = bytes(8)


def test_full_log_silences_nothing_for_long() -> None:
    """What a full log flushes in the middle of an event is told again when it happens again after the next flush."""
    code = compiled("""\
        def f(x):
            if x: return 1
            return [i for i in range(x)] or (lambda: 2)()
        def g():
            yield from (n * 2 for n in range(2))
        def both():
            f(0); f(1); list(g())
        both()
    """)
    expected = everything(_monitoring.Core(is_program), code, lambda core, core_flush: None)
    for room in range(1, 12):
        assert everything(_monitoring.Core(is_program), code, _with_log_of(room)) == expected


def _with_log_of(entries: int) -> Callable[[Core, list[Hits]], None]:
    def record(core: Core, flushed: list[Hits]) -> None:
        buffer = bytearray(64 + 4 * entries)
        room = _Room(core, buffer)
        room.flushed = flushed
        core.record(buffer, room)  # type: ignore[attr-defined]  # this core has it

    return record


def everything(core: Core, code: CodeType, begin: Callable[[Core, list[Hits]], None]) -> list[dict[str, int]]:
    """Runs a program that defines and calls `both`, and calls that twice more; what each of the three showed."""
    flushed: list[Hits] = []
    told = []
    names: dict[str, Callable[[], None]] = {}
    core.start()
    begin(core, flushed)
    for step in (lambda: exec(code, names), lambda: names["both"](), lambda: names["both"]()):
        step()
        flushed += core.flush()
        ran: dict[str, int] = {}
        for hits in flushed:
            ran[hits.code.co_qualname] = ran.get(hits.code.co_qualname, 0) | int.from_bytes(hits.probes, "little")
        told.append(ran)
        flushed.clear()
    core.stop()
    core.record(None, None)  # type: ignore[attr-defined]  # as above
    return told


def test_what_ran_often_before_is_told_after_every_flush() -> None:
    """However often code runs between flushes, and so whether its events went silent, each flush tells all of it."""
    code = compiled("""\
        def f(x):
            if x:
                y = 1
            else:
                y = 2
            return y
    """)
    core: Core = _monitoring.Core(is_program)
    names: dict[str, Callable[[int], int]] = {}
    core.start()
    exec(code, names)
    core.flush()
    for times in (1, 2, 100, 1, 1, 3, 200, 1, 1, 1, 1, 1, 1, 500, 2, 1):
        for side in (0, 1):
            for _ in range(times):
                names["f"](side)
            (hits,) = core.flush()
            assert seen([hits], sees_jumps=True).lines == ({2, 3, 6} if side else {2, 5, 6})
    core.stop()


def array_of(group: bytes) -> array[int]:
    return array("I", group)


def test_events_of_a_thread_go_on_after_a_flush() -> None:
    """A thread that runs on while another flushes is told of in each flush after which it ran."""
    code = compiled("""\
        def work():
            for _ in steps():
                x = 1
    """)
    core: Core = _monitoring.Core(is_program)
    names: dict[str, object] = {}
    go, done = threading.Semaphore(0), threading.Semaphore(0)

    def steps() -> Iterator[None]:
        for _ in range(3):
            go.acquire()
            yield
            done.release()

    core.start()
    exec(code, names)
    names["steps"] = steps
    thread = threading.Thread(target=names["work"])  # type: ignore[arg-type]
    thread.start()
    core.flush()
    for _ in range(2):
        go.release()
        done.acquire()
        core.flush()
    go.release()
    thread.join()
    core.stop()
    (last,) = core.flush()
    assert int.from_bytes(last.probes, "little") & 0b1110 == 0b1100, "lines 2 and 3, and not the def"


def test_the_recursion_limit_is_the_programs_own_again() -> None:
    """Also where the questions of two threads overlap, whose Python code gets room beyond it; and one it sets stays."""
    before = sys.getrecursionlimit()
    asked, go_on, second_asked = threading.Event(), threading.Event(), threading.Event()

    def in_scope(code: CodeType) -> bool:
        if code.co_filename == "first":
            asked.set()
            go_on.wait(10)
        elif code.co_filename == "second":
            second_asked.set()
            first.join(10)
        elif code.co_filename == "third":
            sys.setrecursionlimit(before + 5)
        return False

    programs = {name: compile("x = 1", name, "exec") for name in ("first", "second", "third")}
    first, second = (threading.Thread(target=exec, args=(programs[name], {})) for name in ("first", "second"))
    core = _monitoring.Core(in_scope)
    core.start()
    try:
        first.start()
        asked.wait(10)
        second.start()
        second_asked.wait(10)
        go_on.set()
        second.join(10)
        assert sys.getrecursionlimit() == before
        exec(programs["third"], {})
        assert sys.getrecursionlimit() == before + 5
    finally:
        core.stop()
        sys.setrecursionlimit(before)
