"""A million events leave nothing behind: memory and reference counts stay, on every core in C, and on its twin."""

from __future__ import annotations

import gc
import os
import sys
from itertools import pairwise
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from minicov_tracer.machine_maker import MachineMaker

from .measuring import FILENAME, in_program

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
    pytest.mark.skipif("libasan" in os.environ.get("LD_PRELOAD", ""), reason="AddressSanitizer keeps freed memory"),
]

PROGRAM = """\
def work(n, a, b):
    for i in range(n):
        if (i % 3 or a) and i % 5:
            b += 1
        try:
            if i % 7 == 0:
                raise KeyError
        except KeyError:
            yield b
"""
ROUNDS = 12
"""More than a million events: each has some 90,000."""


def resident() -> int:
    """Bytes of this process's memory that are in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def counts(code: CodeType) -> list[int]:
    """Reference counts of what events handle: two code objects, and values that there is one of."""
    (inner,) = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return [sys.getrefcount(each) for each in (code, inner, KeyError, FILENAME)]


def test_a_million_events(core: ModuleType) -> None:
    """What one round leaves, no later one adds to."""
    watcher = core.Core(in_program, MachineMaker(lambda code: PROGRAM))
    code = compile(PROGRAM, FILENAME, "exec", dont_inherit=True)
    space: dict[str, object] = {"__name__": "measured"}
    told, memory = [], []
    calls = 15_000 if core.__name__.rpartition(".")[2].startswith("_") else 1_500  # a tenth for cores in Python
    watcher.start()
    try:
        exec(code, space)
        for _ in range(ROUNDS):
            exec(compile(f"for _ in work({calls}, 0, 0): pass", "elsewhere", "exec"), space)
            watcher.flush()
            gc.collect()
            told.append(counts(code))
            memory.append(resident())
    finally:
        watcher.stop()
    assert told[2:] == [told[2]] * (ROUNDS - 2)
    assert min(later - earlier for earlier, later in pairwise(memory[2:])) <= 0
    assert memory[-1] - memory[2] < 1_000_000
