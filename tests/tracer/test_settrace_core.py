"""The C core on sys.settrace measures exactly what its Python twin measures."""

from __future__ import annotations

import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import pytest

from minicov_tracer import python_settrace
from minicov_tracer.cores import Hits
from minicov_tracer.interfaces import Core

_settrace = pytest.importorskip("minicov_tracer._settrace", reason="the C core for Python 3.11 is not built")

Measured = list[dict[tuple[str, int], tuple[bytes, tuple[tuple[int, int], ...]]]]
"""For each flush, {(qualified name, first line): (probes, arcs)} of the code objects that showed something."""


@pytest.fixture(autouse=True)
def no_other_tracer() -> Iterator[None]:
    """The tests run a tracer of their own; one that measures them is put back afterwards."""
    before, before_in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]  # typeshed lacks None here
    yield
    threading.settrace(before_in_threads)  # type: ignore[arg-type]  # typeshed lacks None here
    sys.settrace(before)


def described(all_hits: list[Hits]) -> dict[tuple[str, int], tuple[bytes, tuple[tuple[int, int], ...]]]:
    """Hits by name and first line, so that runs can be compared."""
    found = {}
    for hits in all_hits:
        assert type(hits) is Hits
        assert hits.raised == ()
        key = (hits.code.co_qualname, hits.code.co_firstlineno)
        assert key not in found, "a code object is told once a flush, and programs here have no namesakes"
        found[key] = (hits.probes, hits.arcs)
    return found


def measure(make: Callable[[Callable[[CodeType], bool]], Core], code: CodeType) -> Measured:
    """Runs a program whose `flush()` starts afresh; what it showed, flush by flush."""
    core = make(lambda code: code.co_filename == "program")
    told: Measured = []
    space: dict[str, Any] = {"__name__": "program", "flush": lambda: told.append(described(core.flush()))}
    core.start()
    try:
        exec(code, space)
    finally:
        core.stop()
    told.append(described(core.flush()))
    return told


def check_same(source: str, runs: int = 2) -> Measured:
    """Asserts that both cores tell the same of a program, on warm code as on cold; gives what they told."""
    code = compile(textwrap.dedent(source), "program", "exec")
    expected = measure(python_settrace.Core, code)
    for _ in range(runs):
        assert measure(_settrace.Core, code) == expected
    assert expected[-1] or len(expected) > 1
    return expected


PROGRAMS = {
    "branches": """
        def f(x):
            if x > 1:
                a = 1
            elif x:
                a = 2
            else:
                a = 3
            return a if x else None
        for i in range(3):
            f(i)
        """,
    "loops": """
        def f(n):
            total = 0
            for i in range(n):
                if i % 3 == 0: continue
                if i > 7: break
                total += i
            else:
                total = -1
            while n:
                n -= 1
                if n == 2:
                    break
            return [i for i in range(3) if i], {i: i for i in range(2)}, total
        f(3); f(20); f(0)
        """,
    "exceptions": """
        def raises(x):
            return 1 // x
        def f(x):
            try:
                a = raises(x)
            except ZeroDivisionError as e:
                a = str(e)
            except (ValueError, TypeError):
                a = 2
            else:
                a = 3
            finally:
                b = 4
            return a, b
        def unwinds():
            try:
                raises(0)
            finally:
                x = 1
                if x: x = 2
        def reraises():
            for i in range(2):
                try:
                    try:
                        raises(0)
                    except KeyError:
                        pass
                except ZeroDivisionError:
                    if i: raise
        def early():
            try:
                return 1
            finally:
                x = 2
        f(1); f(0); f("")
        for g in unwinds, reraises, early:
            try:
                g()
            except ZeroDivisionError:
                pass
        """,
    "generators": """
        def count(n):
            for i in range(n):
                try:
                    got = yield i
                except ValueError:
                    got = "thrown"
                finally:
                    x = i
                if got: yield got
            return n
        def outer(n):
            x = yield from count(n)
            return x
        list(outer(3))
        g = count(3); next(g); g.send("hello"); next(g); g.throw(ValueError()); g.close()
        g = outer(3); next(g)
        try: g.throw(KeyError())
        except KeyError: pass
        g = count(1)
        try: g.throw(KeyError())
        except KeyError: pass
        never = count(1)
        del never
        any(i for i in range(3) if i)
        """,
    "coroutines": """
        import asyncio
        class Manager:
            async def __aenter__(self):
                await asyncio.sleep(0)
                return self
            async def __aexit__(self, *what):
                return True
        async def ticks(n):
            for i in range(n):
                yield i
                await asyncio.sleep(0)
        async def work(n):
            async with Manager() as m:
                async for i in ticks(n):
                    if i == 2:
                        raise ValueError
                return 1
            return [i async for i in ticks(2)]
        async def main():
            return await asyncio.gather(*(work(n) for n in range(5)))
        asyncio.run(main())
        """,
    "context managers": """
        class Manager:
            def __init__(self, swallow):
                self.swallow = swallow
            def __enter__(self):
                return self
            def __exit__(self, *what):
                return self.swallow
        def f(swallow, wrong):
            with Manager(swallow) as a, \\
                 Manager(False):
                if wrong:
                    raise ValueError
                return a
            return None
        f(True, True); f(True, False)
        try: f(False, True)
        except ValueError: pass
        """,
    "recursion": """
        def fib(n):
            return n if n < 2 else fib(n - 1) + fib(n - 2)
        def deep(n):
            if n == 0:
                return 0
            return 1 + deep(n - 1)
        fib(10); deep(200)
        """,
    "classes": """
        class Base:
            x: int = 1
            def __init_subclass__(cls): cls.seen = True
            def __getitem__(self, key):
                if key:
                    return key
                return None
            @property
            def p(self):
                return 1
            def __del__(self):
                self.gone = True
        class Derived(Base):
            def __getattr__(self, name):
                return name
        d = Derived()
        for i in range(200):
            d[i % 2], d.p, d.missing
        del d
        f = lambda x: (
            x +
            1)
        sorted([3, 1, 2], key=f)
        """,
    "threads": """
        import threading
        def work(n):
            for i in range(n):
                if i % 2:
                    x = 1
                else:
                    x = 2
        def generate():
            yield 1
            yield 2
        threads = [threading.Thread(target=work, args=(50 * n,)) for n in range(4)]
        for t in threads: t.start()
        for t in threads: t.join()
        g = generate(); next(g)
        t = threading.Thread(target=lambda: (next(g), g.close())); t.start(); t.join()
        """,
    "match": """
        def f(x):
            match x:
                case 0 | 1:
                    return "small"
                case [a, b] if a:
                    return b
                case {"k": v}:
                    return v
                case str():
                    pass
                case _:
                    return None
        for x in 0, 1, [0, 1], [1, 2], {"k": 3}, "s", 3.0: f(x)
        """,
    "one line": "def f(): return 1\nx = [f() for _ in range(2)]; y = f() if x else 2",
    "flushes": """
        def f(n):
            for i in range(n):
                if i == 5:
                    flush()
                if i == 7: x = 1
            return n
        def g():
            yield 1
            flush()
            yield 2
            yield 3
        def called():
            f(10); f(10); f(10); f(3)
            flush()
            f(2)
            return 1
        called(); called()
        for x in g(): f(1)
        flush()
        flush()
        for x in g(): f(1)
        """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_as_the_twin(name: str) -> None:
    """Lines, arcs and entries are those of the Python core, flush by flush."""
    check_same(PROGRAMS[name])


def test_recursion_without_end() -> None:
    """Frames that end by RecursionError are left like any others; the C core needs no frames of its own."""
    source = """
        def forever(n):
            return forever(n + 1)
        try:
            forever(0)
        except RecursionError:
            x = 1
        """
    code = compile(textwrap.dedent(source), "program", "exec")
    (told,) = measure(_settrace.Core, code)
    assert told["forever", 2] == (b"\x05", ((-2, 3), (3, -2)))
    assert (6, 7) in told["<module>", 1][1]
