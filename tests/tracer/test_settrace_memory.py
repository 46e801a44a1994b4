"""What the C core on sys.settrace keeps alive: code objects until they are flushed, and nothing for ever."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest

from .twins import compiled, is_program, no_tracer, run

_settrace = pytest.importorskip("minicov_tracer._settrace", reason="the C core for Python 3.11 is not built")


def code_that_dies(core: Any) -> Callable[[], CodeType | None]:
    with no_tracer():
        core.start()
        code = compiled("def f(): return 1\nf(); f()")
        exec(code, {})
        core.stop()
    return weakref.ref(code)


def test_code_objects_may_die() -> None:
    """A code object lives until it has been flushed, and no longer for our sake."""
    core = _settrace.Core(is_program)
    code = code_that_dies(core)
    assert code() is not None
    assert [hits.code.co_name for hits in core.flush()] == ["f", "<module>"][::-1]
    assert code() is None


@pytest.mark.skipif("libasan" in os.environ.get("LD_PRELOAD", ""), reason="AddressSanitizer keeps freed memory")
def test_memory_stays() -> None:
    """A program that runs for ever, compiles for ever and is flushed for ever needs no more memory."""
    done = run("""
        import resource, threading
        from minicov_tracer._settrace import Core
        core = Core(lambda code: code.co_filename == "program")
        core.start()
        source = (
            "def f(n):\\n for i in range(n):\\n  try:\\n   if i % 2: raise ValueError\\n"
            "  except ValueError: x = 1\\n  yield i\\n"
            "def g(n):\\n for i in f(n):\\n  if i == 3: continue\\n  x = [j for j in range(3)]\\n"
        )
        def once():
            space = {}
            exec(compile(source, "program", "exec"), space)
            for _ in range(4): space["g"](20)
            thread = threading.Thread(target=space["g"], args=(3,)); thread.start(); thread.join()
            core.flush()
        def memory():
            with open("/proc/self/statm") as file: return int(file.read().split()[1]) * resource.getpagesize()
        def growth():
            before = memory()
            for _ in range(700): once()
            return memory() - before
        # A leak is in each of them; the allocator's own growth is not.
        print(min(growth() for _ in range(6)))
        """)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) < 30_000
