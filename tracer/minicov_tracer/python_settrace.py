"""The core on sys.settrace in Python: the specification of `_settrace`, and what runs on 3.11 without a C compiler.

The rules are coverage.py's: a line event makes an arc from the frame's last
line; a `call` is an entry unless a generator resumes (RESUME with an argument),
a `return` is an exit unless the frame is about to yield.

On 3.11 jumps are watched too, where a maker says that conditions are wanted: by opcode events, on those lines only
that have a jump with something left to show.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from minicov_tracer.bytecode import bitmap, line_probes, resumes, yields
from minicov_tracer.cores import Hits
from minicov_tracer.machine_maker import MachineMaker
from minicov_tracer.opcodes import LOSES_PLACES
from minicov_tracer.python_jumps import KnownJumps


class _Gathered:
    """One code object's lines, arcs and outcomes of jumps since the last flush."""

    __slots__ = ("arcs", "code", "entered", "hit", "lines")

    def __init__(self, code: CodeType) -> None:
        self.code = code
        self.entered = False
        self.lines: set[int] = set()
        self.arcs: set[tuple[int, int]] = set()
        self.hit: set[int] = set()

    def has_news(self) -> bool:
        """Whether anything happened that is kept: an exception that is passed on is an event, too."""
        return bool(self.entered or self.lines or self.arcs or self.hit)

    def hits(self) -> Hits:
        lines = {line: number for number, line in enumerate(line_probes(self.code), 1)}
        probes = {lines[line] for line in self.lines if line in lines} | ({0} if self.entered else set()) | self.hit
        return Hits(self.code, bitmap(probes), (), tuple(sorted(self.arcs)))


class Core:
    """Traces every thread with a Python function."""

    name = "python"
    sees_jumps = False

    def __init__(
        self, in_scope: Callable[[CodeType], bool], maker: MachineMaker | None = None, counts: bool = False
    ) -> None:
        self._in_scope = in_scope
        self._is_counting = counts
        self._counted: dict[int, tuple[CodeType, Counter[int]]] = {}
        self._measured: dict[str, bool] = {}
        self._gathered: dict[int, _Gathered] = {}
        # By identity: equal code objects of different files compare equal. `_Gathered` keeps them alive.
        self._last_line: dict[int, int] = {}
        # By id(frame): a generator that is never finished must not be kept alive. It stays while one is suspended:
        # throw() into `yield from` may let it go on without a `call`.
        self._jumps = KnownJumps(maker) if maker is not None and LOSES_PLACES else None
        self._running = False

    def start(self) -> None:
        self._running = True
        threading.settrace(self._on_call)
        sys.settrace(self._on_call)

    def stop(self) -> None:
        self._running = False
        if sys.gettrace() == self._on_call:
            sys.settrace(None)
        threading.settrace(None)

    def flush(self) -> list[Hits]:
        gathered, self._gathered = self._gathered, {}
        if self._jumps is not None:
            self._jumps.forget_hits(found.code for found in gathered.values())
            for frame in sys._current_frames().values():  # noqa: SLF001  # there is no other way to all threads
                self._watch_again(frame)
        return [found.hits() for found in gathered.values() if found.has_news()]

    def take_counts(self) -> list[tuple[CodeType, tuple[int, ...]]]:
        counted, self._counted = self._counted, {}
        return [(code, tuple(counts[line] for line in line_probes(code))) for code, counts in counted.values()]

    def _on_call(self, frame: FrameType, event: str, arg: Any) -> Any:
        if not self._running:
            sys.settrace(None)
            return None
        code = frame.f_code
        measured = self._measured.get(code.co_filename)
        if measured is None:
            measured = self._measured[code.co_filename] = self._in_scope(code)
        if not measured:
            return None
        if resumes(code, frame.f_lasti):
            self._last_line[id(frame)] = frame.f_lineno
            self._watch(frame, self._of(code))
        else:
            self._last_line[id(frame)] = -code.co_firstlineno
            self._of(code).entered = True
        return self._on_event

    def _on_event(self, frame: FrameType, event: str, arg: Any) -> Any:
        key = id(frame)
        found = self._of(frame.f_code)
        jumps = self._jumps and self._jumps.of(frame.f_code)
        if jumps:
            if event in ("line", "opcode"):
                jumps.arrive(key, frame.f_lasti, found.hit)
            else:
                jumps.leave(key)
        if event == "line":
            self._on_line(frame, key, found)
        elif event == "opcode":
            if jumps:
                jumps.expect(key, frame.f_lasti)
        elif event == "return" and not yields(frame.f_code, frame.f_lasti):
            last = self._last_line.pop(key, None)
            if last is not None:
                found.arcs.add((last, -frame.f_code.co_firstlineno))
        return self._on_event

    def _on_line(self, frame: FrameType, key: int, found: _Gathered) -> None:
        line = frame.f_lineno
        found.lines.add(line)
        if self._is_counting:
            self._counted.setdefault(id(found.code), (found.code, Counter()))[1][line] += 1
        if key in self._last_line:
            found.arcs.add((self._last_line[key], line))
        self._last_line[key] = line
        self._watch(frame, found)

    def _watch(self, frame: FrameType, found: _Gathered) -> None:
        """Watch single instructions while the frame is on a line that has something left to show."""
        jumps = self._jumps and self._jumps.of(frame.f_code)
        if jumps:
            frame.f_trace_opcodes = jumps.is_open(frame.f_lineno, found.hit)

    def _watch_again(self, innermost: FrameType) -> None:
        frame: FrameType | None = innermost
        while frame is not None:
            if frame.f_trace == self._on_event:
                self._watch(frame, self._of(frame.f_code))
            frame = frame.f_back

    def _of(self, code: CodeType) -> _Gathered:
        found = self._gathered.get(id(code))
        if found is None:
            found = self._gathered[id(code)] = _Gathered(code)
        return found
