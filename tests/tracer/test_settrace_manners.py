"""What a program must not notice of the C core on sys.settrace, and what it may do to it."""

from __future__ import annotations

import os
import threading
from types import CodeType
from typing import Any

import pytest

from .twins import PROGRAM, check_same, compiled, described, is_program, measure, no_tracer, run

_settrace = pytest.importorskip("minicov_tracer._settrace", reason="the C core for Python 3.11 is not built")

HOT = "for _ in range(300): x = 1"
"""A line after which there is nothing left to see in it, so that its frame runs without events."""


IS_SANITIZED = "libasan" in os.environ.get("LD_PRELOAD", "")
"""AddressSanitizer keeps freed memory, and takes a greenlet's switch for an overflow."""


def outcome(source: str, *, is_measured: bool) -> Any:
    """What a program leaves in its global `seen`, with the core or without."""
    space: dict[str, Any] = {"__name__": PROGRAM}
    core = _settrace.Core(is_program)
    with no_tracer():
        if is_measured:
            core.start()
        try:
            exec(compiled(source), space)
        finally:
            core.stop()
    return space["seen"]


NOTICEABLE = {
    "a tracer of its own": f"""
        import sys
        seen = []
        def tracer(frame, event, argument):
            if frame.f_code.co_filename == __name__:
                seen.append((frame.f_code.co_name, event, frame.f_lineno))
            return tracer
        def called(): return 1
        def f():
            {HOT}
            sys.settrace(tracer)
            called()
            sys._getframe().f_trace = tracer
            y = 1
            called()
            sys.settrace(None)
            z = 1
        for _ in range(4): f()
        """,
    "a profiler": f"""
        import sys
        seen = []
        def profiler(frame, event, argument):
            if frame.f_code.co_filename == __name__:
                seen.append((frame.f_code.co_name, event, getattr(argument, "__name__", "")))
        def called(): return len("")
        def f():
            {HOT}
            sys.setprofile(profiler)
            len("")
            called()
            sys.setprofile(None)
        for _ in range(4): f()
        """,
    "cProfile": f"""
        import cProfile
        def called(): return 1
        def f():
            {HOT}
            profile = cProfile.Profile()
            profile.enable()
            called(); len("")
            profile.disable()
            return sorted((entry.code, entry.callcount) for entry in profile.getstats() if isinstance(entry.code, str))
        seen = [f() for _ in range(4)]
        """,
    "the depth of recursion": """
        import sys
        seen = []
        def deep(n):
            try:
                return deep(n + 1)
            except RecursionError:
                seen.append(n)
                raise
        start = len(__import__("inspect").stack())
        for _ in range(3):
            del seen[:]
            try: deep(0)
            except RecursionError: pass
        seen = seen[0] + start > sys.getrecursionlimit() - 50
        """,
    "a raised recursion limit": """
        import sys
        limit = sys.getrecursionlimit()
        def deep(n): return 0 if n == 0 else 1 + deep(n - 1)
        sys.setrecursionlimit(100_000)
        try:
            seen = [deep(50_000), deep(3), deep(50_000)]
        finally:
            sys.setrecursionlimit(limit)
        """,
    "tracebacks and frames": f"""
        import sys, traceback
        def f(n):
            {HOT}
            if n: raise ValueError(n)
            return sys._getframe().f_lineno, sys._getframe(1).f_lineno
        seen = [f(0) for _ in range(3)]
        for n in range(3):
            try: f(n)
            except ValueError as error: seen.append("".join(traceback.format_exception(error)))
        """,
    "keyword arguments": f"""
        def g(*a, **k): return a, sorted(k)
        def f():
            {HOT}
            return g(
                1,
                a=[
                    x for x in range(2)],
                b=g(
                    c=1,
                ),
            )
        seen = [f() for _ in range(4)]
        """,
    "generators and their values": f"""
        def g(n):
            total = 0
            {HOT}
            for i in range(n):
                got = yield i
                total += got or 0
            return total
        def f():
            return (yield from g(300))
        seen = []
        for _ in range(3):
            it = f(); next(it)
            try:
                while True: it.send(2)
            except StopIteration as stop: seen.append(stop.value)
        """,
}


@pytest.mark.parametrize("name", NOTICEABLE)
def test_program_does_the_same(name: str) -> None:
    """What a program sees of itself is the same with the core and without."""
    source = NOTICEABLE[name]
    assert outcome(source, is_measured=True) == outcome(source, is_measured=False)


def test_measuring_goes_on_when_the_trace_function_is_put_back() -> None:
    """Between sys.settrace(None) and sys.settrace(what sys.gettrace() gave) nothing is seen, afterwards all is."""
    check_same(
        _settrace.Core,
        """
        import sys
        def called(n):
            if n: return 1
            return 2
        def f(n):
            tracer = sys.gettrace()
            sys.settrace(None)
            called(n)
            sys.settrace(tracer)
            x = called(1)
            return x
        for n in range(4): f(n)
        called(0)
        """,
    )


def test_trace_function_may_be_handed_to_another_thread() -> None:
    """What sys.gettrace() gives measures any thread in which it is set."""
    check_same(
        _settrace.Core,
        """
        import _thread, sys
        def work(n):
            for i in range(n): x = 1
            return n
        tracer, lock = sys.gettrace(), _thread.allocate_lock()
        def start(n):
            sys.settrace(tracer)
            work(n)
            lock.release()
        for n in range(3):
            lock.acquire()
            _thread.start_new_thread(start, (n,))
        lock.acquire()
        """,
    )


def test_small_stack() -> None:
    """In a thread with a small C stack, deep frames are seen as elsewhere."""
    source = """
        import threading
        def leaf(n):
            for i in range(n):
                if i == 3: flush()
            return n
        def deep(n):
            if n == 0: return leaf(5)
            value = deep(n - 1)
            if n % 50 == 0: leaf(2)
            return value
        def work():
            for n in range(4): leaf(n)
            deep(300); deep(3)
            leaf(4)
        for _ in range(2):
            thread = threading.Thread(target=work); thread.start(); thread.join()
        """
    before = threading.stack_size(256 * 1024)
    try:
        check_same(_settrace.Core, source)
    finally:
        threading.stack_size(before)


@pytest.mark.skipif(IS_SANITIZED, reason="AddressSanitizer does not know greenlets")
def test_greenlets() -> None:
    """Frames that wait in other greenlets go on telling what they do, after a flush too."""
    pytest.importorskip("greenlet")
    check_same(
        _settrace.Core,
        """
        import greenlet
        def leaf(n):
            if n % 3 == 0: raise ValueError
            return n
        def work(name, peers):
            total = 0
            for i in range(30):
                try: total += leaf(i)
                except ValueError: total -= 1
                if i % 4 == 0 and not peers[name - 1].dead:
                    peers[name - 1].switch()
                if i == 17 and name == 0: flush()
            return total
        def main(n):
            peers = []
            for k in range(n):
                peers.append(greenlet.greenlet(lambda k=k: work(k, peers)))
            for peer in peers:
                while not peer.dead:
                    peer.switch()
        for n in range(1, 4): main(n)
        """,
    )


def test_recursion_without_end() -> None:
    """Frames that end by RecursionError are left like any others; the C core needs no frames of its own."""
    code = compiled("""
        def forever(n):
            return forever(n + 1)
        try:
            forever(0)
        except RecursionError:
            x = 1
        """)
    (told,) = measure(_settrace.Core, code)
    assert told["forever", 2] == (b"\x05", ((-2, 3), (3, -2)))
    assert (6, 7) in told["<module>", 1][1]


def test_a_trace_function_that_took_over_is_told() -> None:
    """Who sets another trace function loses what runs then, and hears of it once, on standard error, at the end."""
    done = run("""
        import sys
        from minicov_tracer._settrace import Core
        core = Core(lambda code: False)
        core.start()
        sys.settrace(lambda *event: None)
        core.stop()
        core.stop()
        assert sys.gettrace() is not None
        """)
    assert done.returncode == 0
    assert done.stderr.count("minicov: the program set a trace function of its own") == 1
    assert done.stderr.count("\n") == 1


def test_internal_error_is_told_once() -> None:
    """When the core fails it stops, says so in one line, and the program goes on."""
    done = run("""
        import sys
        from minicov_tracer._settrace import Core
        def in_scope(code):
            raise ValueError("no such scope")
        core = Core(in_scope)
        def f(): return 1
        def g():
            for i in range(3): f()
            return sys.gettrace()
        core.start()
        print(f(), g())
        core.stop()
        print(core.flush())
        """)
    assert done.returncode == 0
    assert done.stdout == "1 None\n[]\n"
    assert done.stderr == "minicov: measuring stopped by an internal error: no such scope\n"


def test_daemon_threads_at_exit() -> None:
    """A program ends as it would, with threads that still run and a core that was never stopped."""
    done = run("""
        import threading, time
        from minicov_tracer._settrace import Core
        core = Core(lambda code: True)
        core.start()
        started = threading.Event()
        def work():
            while True:
                started.set()
                x = sorted([2, 1], key=lambda a: a)
        threading.Thread(target=work, daemon=True).start()
        started.wait()
        print("done")
        """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_nothing_is_seen_after_stop() -> None:
    """What runs after stop() is not measured, in frames that were running neither."""
    core = _settrace.Core(is_program)
    with no_tracer():
        core.start()
        exec(compiled("def f(): return 1\nf()\nstop()\nx = f()"), {"stop": core.stop})
    told = described(core.flush())
    assert told["<module>", 1][1] == ((-1, 1), (1, 2), (2, 3))
    assert core.flush() == []


def test_scope_is_asked_once_per_file() -> None:
    """`in_scope` gets the first code object of each file that runs, and no other."""
    asked: list[CodeType] = []

    def in_scope(code: CodeType) -> bool:
        asked.append(code)
        return sorted([2, 1], key=lambda a: -a) == [2, 1] and is_program(code)

    core = _settrace.Core(in_scope)
    with no_tracer():
        core.start()
        exec(compiled("def f(): return 1\nf(); f()\n(lambda: 1)()"), {})
        core.stop()
    assert len(asked) == len({code.co_filename for code in asked})
    assert len(core.flush()) == 3
