"""The C core on sys.settrace measures exactly what its Python twin measures."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from .control_flow_programs import programs
from .twins import check_same

_settrace = pytest.importorskip("minicov_tracer._settrace", reason="the C core for Python 3.11 is not built")

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
    check_same(_settrace.Core, PROGRAMS[name])


@pytest.mark.filterwarnings("ignore")  # programs leave coroutines and asynchronous generators unfinished
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(programs())
def test_same_as_the_twin_on_any_program(program: tuple[str, list[int]]) -> None:
    """Whatever control does, and wherever the flushes fall, both cores tell the same."""
    source, tape = program
    check_same(_settrace.Core, source, tape=tape)
