"""What the cores decide against the slow reference, on random programs.

MINICOV_CONDITION_PROGRAMS says how many (a program has about 95 decisions); 110 of them are more than 10,000.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from types import CodeType, ModuleType

import pytest

from minicov_tracer.bytecode import probe_table

from . import conditions_reference
from .conditions_programs import Author, perform
from .deciding import Judge
from .modules import code_objects

PROGRAMS = int(os.environ.get("MINICOV_CONDITION_PROGRAMS", "8"))
CORES = ("_monitoring", "python_monitoring") if sys.version_info >= (3, 12) else ()
GROUPS = 4
"""Programs are dealt out to so many tests."""


def unmeasurable(source: str) -> set[tuple[int, int]]:
    """(line, column) of tests whose outcomes lead to one place, as with two arms that are the same constant."""
    module = compile(source, "program.py", "exec", dont_inherit=True)
    jumps = [jump for code in code_objects(module) for jump in probe_table(code, sees_jumps=True).jumps]
    return {jump.span[:2] for jump in jumps if jump.taken == jump.not_taken}


def compare(module: ModuleType, seed: int) -> int:
    """Runs one program both ways, half of the time in several contexts; how many decisions agree."""
    source = Author(seed).program()
    tree, teller = conditions_reference.rewritten(source)
    perform(compile(tree, "reference", "exec"), seed, _nothing, **{conditions_reference.TELLER: teller})
    judge = Judge(module, source)
    edge: Callable[[], object] = judge.flush if seed % 2 else _nothing

    def run(code: CodeType) -> None:
        perform(code, seed, edge)

    judge.run(run)
    left_out = unmeasurable(source)
    expected = {key: bits for key, bits in teller.bits().items() if key[1][:2] not in left_out}
    found = {key: bits for key, bits in judge.bits().items() if key[1][:2] not in left_out}
    assert found.keys() == expected.keys()
    for key, bits in expected.items():
        assert found[key] == bits, (seed, key, source.split("\n")[key[1][0] - 1])
    return len(expected)


def _nothing() -> None:
    pass


@pytest.mark.filterwarnings("ignore:coroutine")  # some are forgotten on purpose
@pytest.mark.parametrize("name", CORES)
@pytest.mark.parametrize("group", range(GROUPS))
def test_agrees_with_the_reference(name: str, group: int) -> None:
    """Each condition of each decision was seen and demonstrated exactly as the rules say (9 to 14)."""
    try:
        module = importlib.import_module(f"minicov_tracer.{name}")
    except ImportError:
        pytest.skip(f"{name} is not built for this Python")
    assert sum(compare(module, seed) for seed in range(group, PROGRAMS, GROUPS)) > PROGRAMS
