"""What every core sees, the same on each: lines, entries and where branches lead."""

from __future__ import annotations

import asyncio
import threading
from types import ModuleType

from .measuring import check_lines, run


def test_both_sides_of_if(core: ModuleType) -> None:
    """A branch that was not taken is missed, and no arc leads to it."""
    found = check_lines(
        core,
        """\
        x = 1
        if x:          # hit
            a = 2      # hit
        else:
            a = 3      # miss
        """,
    )
    assert (2, 3) in found.arcs
    assert (2, 5) not in found.arcs


def test_function_never_called(core: ModuleType) -> None:
    """That a def ran says nothing about its body."""
    found = check_lines(
        core,
        """\
        def called():      # hit
            return 1       # hit
        def never():       # hit
            return 2       # miss
        called()           # hit
        """,
    )
    assert "called" in found.entered
    assert "never" not in found.entered


def test_loop_that_ends_and_loop_that_breaks(core: ModuleType) -> None:
    """A loop's exhausted arc is taken only when it was exhausted."""
    found = check_lines(
        core,
        """\
        for i in (1, 2):       # hit
            x = i              # hit
        for j in (1, 2):       # hit
            break              # hit
        else:
            y = 1              # miss
        z = 2                  # hit
        """,
    )
    assert {(1, 2), (2, 1), (1, 3), (3, 4), (4, 7)} <= found.arcs
    assert (3, 6) not in found.arcs


def test_while_never_entered(core: ModuleType) -> None:
    """A loop whose test is false at once goes only past its body."""
    found = check_lines(
        core,
        """\
        n = 0
        while n:           # hit
            n -= 1         # miss
        done = 1           # hit
        """,
    )
    assert (2, 4) in found.arcs
    assert (2, 3) not in found.arcs


def test_exits_of_a_function(core: ModuleType) -> None:
    """Leaving a function is an arc to minus its first line: by return, at its end, or by exception."""
    found = run(
        core,
        """\
        def f(x):
            if x == 1:
                return 1
            for _ in ():
                pass
        def g():
            raise ValueError
        f(1)
        f(2)
        try:
            g()
        except ValueError:
            pass
        """,
    )
    assert {(3, -1), (4, -1), (7, -6), (11, 12)} <= found.arcs


def test_condition_that_always_raises(core: ModuleType) -> None:
    """A test that raises takes neither of its branches."""
    found = check_lines(
        core,
        """\
        def fail():
            raise ValueError
        try:
            if fail():         # hit
                a = 1          # miss
            else:
                a = 2          # miss
        except ValueError:     # hit
            pass
        """,
    )
    assert (4, 8) in found.arcs
    assert not {(4, 5), (4, 7)} & found.arcs


def test_match_cases(core: ModuleType) -> None:
    """Each case that was tried leads to its body or to the next case."""
    found = check_lines(
        core,
        """\
        def kind(x):
            match x:                   # hit
                case 0:                # hit
                    return "zero"      # miss
                case [a, *_]:          # hit
                    return "list"      # hit
                case _:                # hit
                    return "other"     # hit
        kind([1])
        kind(None)
        """,
    )
    assert {(3, 5), (5, 6), (5, 7), (7, 8)} <= found.arcs
    assert (3, 4) not in found.arcs


def test_condition_over_several_lines(core: ModuleType) -> None:
    """Every line of a test that was evaluated is hit; operands that were not needed are not."""
    check_lines(
        core,
        """\
        a, b, c = 1, 0, 1
        if (a and          # hit
                b and      # hit
                c):        # miss
            x = 1          # miss
        else:
            x = 2          # hit
        """,
    )


def test_generator_suspended_for_ever(core: ModuleType) -> None:
    """A generator that is never resumed is entered but not left."""
    found = run(
        core,
        """\
        def numbers():
            for i in range(3):
                yield i
            return
        kept = numbers()
        next(kept)
        keep(kept)
        """,
        keep=_kept.append,
    )
    assert {(2, 3)} <= found.arcs
    assert not {(3, -1), (2, -1), (2, 4), (4, -1)} & found.arcs


_kept: list[object] = []


def test_generator_resumed_is_not_entered_again(core: ModuleType) -> None:
    """Resuming is neither an entry nor, for a yield, an exit."""
    found = run(
        core,
        """\
        def numbers():
            yield 1
            yield 2
        list(numbers())
        """,
    )
    assert {(2, 3), (3, -1)} <= found.arcs
    assert (2, -1) not in found.arcs
    assert (-1, 3) not in found.arcs


def test_exception_thrown_into_a_generator(core: ModuleType) -> None:
    """What is thrown at a yield continues at its handler."""
    found = check_lines(
        core,
        """\
        def numbers():
            try:
                yield 1            # hit
                after = 2          # miss
            except KeyError:       # hit
                yield 3            # hit
        it = numbers()
        next(it)
        it.throw(KeyError)
        """,
    )
    assert (3, 5) in found.arcs


def test_finally_runs_on_both_ways(core: ModuleType) -> None:
    """A finally body is hit whether or not something was raised."""
    check_lines(
        core,
        """\
        def f(x):
            try:
                if x:              # hit
                    return 1       # hit
                y = 2              # hit
            finally:
                z = 3              # hit
            return y               # hit
        f(0)
        f(1)
        """,
    )


def test_with_that_swallows(core: ModuleType) -> None:
    """Lines after the raise inside a `with` are missed, those after it are hit."""
    check_lines(
        core,
        """\
        from contextlib import suppress
        with suppress(KeyError):       # hit
            {}["x"]                    # hit
            never = 1                  # miss
        after = 2                      # hit
        """,
    )


def test_lambda_and_comprehension(core: ModuleType) -> None:
    """A lambda that is never called is not entered; one that is, is."""
    found = run(
        core,
        """\
        used = lambda x: x + 1
        unused = lambda x: x - 1
        values = [used(i) for i in range(3)]
        """,
    )
    assert len([name for name in found.entered if name == "<lambda>"]) == 1
    assert 3 in found.lines


def test_one_line_if(core: ModuleType) -> None:
    """A body on the same line as its test is told apart by where it leads."""
    found = run(
        core,
        """\
        def f(x):
            if x: return 1
            return 2
        f(0)
        """,
    )
    assert (2, 3) in found.arcs
    assert (2, -1) not in found.arcs


def test_await_that_is_never_cancelled(core: ModuleType) -> None:
    """That an awaited task ends is no exception, and leads to no handler."""
    found = check_lines(
        core,
        """\
        import asyncio
        async def main():
            task = asyncio.create_task(asyncio.sleep(0))
            try:
                await task                     # hit
            except asyncio.CancelledError:     # miss
                x = 1                          # miss
            async for _ in ticks():            # hit
                y = 2                          # hit
            z = 3                              # hit
        async def ticks():
            yield 1
        run(main())
        """,
        run=asyncio.run,
    )
    assert not {(5, 6)} & found.arcs
    assert {(8, 9), (8, 10)} <= found.arcs


def test_recursion_keeps_frames_apart(core: ModuleType) -> None:
    """The line before a recursive call goes on in its own frame."""
    found = run(
        core,
        """\
        def down(n):
            if n:
                down(n - 1)
                return n
            return 0
        down(3)
        """,
    )
    assert {(2, 3), (3, 4), (2, 5), (4, -1), (5, -1)} <= found.arcs
    assert not {(3, 5), (3, -1)} & found.arcs


def test_threads_are_measured(core: ModuleType) -> None:
    """Threads that start while the core watches are measured, and do not mix their lines' order."""
    found = check_lines(
        core,
        """\
        def work(n):
            for i in range(n):     # hit
                total = i          # hit
            return n               # hit
        threads = [Thread(target=work, args=(50,)) for _ in range(4)]
        for t in threads: t.start()
        for t in threads: t.join()
        """,
        Thread=threading.Thread,
    )
    assert {(2, 3), (3, 2), (2, 4), (4, -1)} <= found.arcs
