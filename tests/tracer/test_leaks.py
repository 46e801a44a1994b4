"""Memory and reference counts stay: after a million events, and in a program that compiles code for ever.

MINICOV_COMPILED says how many times it does.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_tracer.machine_maker import MachineMaker

from .measuring import FILENAME, in_program
from .test_lives import KEEPS_LOG

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


COMPILED = int(os.environ.get("MINICOV_COMPILED", "4500"))
COMPILES = """\
import sys
TEXT = open(__file__).read().partition("# then this\\n")
for n in range(int(sys.argv[1])):
    if n % (int(sys.argv[1]) // 3) == 0:
        print(open("/proc/self/statm").read().split()[1])
    name = __file__ if sys.argv[2] == "measured" else f"<text {n}>"
    exec(compile("\\n" * TEXT[0].count("\\n") + f"n = {n};\\n" + TEXT[2], name, "exec"), {})
sys.exit()
# then this
def work(a):
    if a:
        return 1
    return 2
if n == 5:
    work(1)
work(0)
"""


@pytest.mark.skipif(not KEEPS_LOG or sys.version_info < (3, 12), reason="of the core on sys.monitoring")
@pytest.mark.parametrize("kind", ["measured", "made up"])
def test_compiling_for_ever(kind: str, tmp_path: Path) -> None:
    """Code objects that are gone are let go, with nothing lost of what they showed; names that are made up, too."""
    (tmp_path / "program.py").write_text(COMPILES)
    command = [sys.executable, "-m", "minicov_tracer", "run", "program.py", str(COMPILED), kind]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    pages = [int(line) for line in ran.stdout.split()]
    assert (pages[2] - pages[1]) * os.sysconf("SC_PAGESIZE") < 1_000_000
    assert ran.stderr == ""
    assert combine(tmp_path / ".coverage.db", append=False).problems == ()
    with Database(tmp_path / ".coverage.db") as database:
        found = {line for facts in database.facts("program.py") for line in facts.lines()}
    assert found == set(range(1, 17 if kind == "measured" else 9))
