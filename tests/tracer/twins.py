"""Runs programs under the C core on sys.settrace and under its Python twin, and compares what they tell."""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType

from minicov_tracer import python_settrace
from minicov_tracer.cores import Hits
from minicov_tracer.interfaces import Core

PROGRAM = "program"
"""The file name of what is measured."""
Arcs = tuple[tuple[int, int], ...]
Told = dict[tuple[str, int], tuple[bytes, Arcs]]
"""{(qualified name, first line): (probes, arcs)} of the code objects that showed something until a flush."""
Maker = Callable[[Callable[[CodeType], bool]], Core]


@contextlib.contextmanager
def no_tracer() -> Iterator[None]:
    """Takes out what may measure the tests, and puts it back."""
    before, before_in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        threading.settrace(before_in_threads)
        sys.settrace(before)


def is_program(code: CodeType) -> bool:
    return code.co_filename == PROGRAM


def compiled(source: str) -> CodeType:
    return compile(textwrap.dedent(source), PROGRAM, "exec", dont_inherit=True)


def described(all_hits: list[Hits]) -> Told:
    """Hits by name and first line, so that runs can be compared."""
    found: Told = {}
    for hits in all_hits:
        assert type(hits) is Hits
        assert hits.raised == ()
        key = (hits.code.co_qualname, hits.code.co_firstlineno)
        assert key not in found, "a code object is told once a flush, and programs here have no namesakes"
        found[key] = (hits.probes, hits.arcs)
    return found


def measure(make: Maker, code: CodeType, **names: object) -> list[Told]:
    """Runs a program, in which `flush()` starts afresh; what it showed, flush by flush."""
    core = make(is_program)
    told: list[Told] = []
    space = {"__name__": PROGRAM, "flush": lambda: told.append(described(core.flush())), **names}
    with no_tracer():
        gc.collect()
        gc.disable()  # Its time depends on us, and what it finalizes is measured.
        core.start()
        try:
            exec(code, space)
            gc.collect()
        finally:
            core.stop()
            gc.enable()
    told.append(described(core.flush()))
    return told


def check_same(make: Maker, source: str, **names: object) -> None:
    """Asserts that a core tells what the twin tells of a program, on cold code and on warm."""
    code = compiled(source)
    expected = measure(python_settrace.Core, code, **names)
    for _ in range(2):
        assert measure(make, code, **names) == expected
    assert any(expected)


def run(source: str) -> subprocess.CompletedProcess[str]:
    """A program of its own that may import the tracer."""
    path = str(Path(sys.modules["minicov_tracer"].__path__[0]).parent)
    command = [sys.executable, "-c", textwrap.dedent(source)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path})
