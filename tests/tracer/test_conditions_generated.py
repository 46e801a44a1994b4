"""What the cores decide against the slow reference, on random programs.

MINICOV_CONDITION_PROGRAMS says how many (a program has about 95 decisions, small ones or in a world of tasks, threads
and recursion); 110 of them are more than 10,000.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import chain
from types import ModuleType

import pytest

from minicov_tracer import jumps

from . import conditions_reference, small_decisions
from .conditions_programs import Author, perform
from .deciding import Judge
from .modules import code_objects

PROGRAMS = int(os.environ.get("MINICOV_CONDITION_PROGRAMS", "8"))
GROUPS = 4
"""Programs are dealt out to so many tests."""


def blind_spots(source: str) -> set[tuple[int, int]]:
    """(line, column) of tests whose outcomes lead to one place, as with two arms that are the same constant."""
    module = compile(source, "program.py", "exec", dont_inherit=True)
    return {test.span[:2] for code in code_objects(module) for test in jumps.tests(code) if test.is_blind}


def check(source: str, teller: conditions_reference.Teller, judge: Judge) -> int:
    """Asserts that all that could be seen was, and nothing else; how many decisions could."""
    spots = blind_spots(source)
    expected, found = teller.bits(), judge.bits()
    assert found.keys() == expected.keys()
    seen = 0
    for key, bits in expected.items():
        where = (key, source.split("\n")[key[1][0] - 1])
        if any(key[1][:2] <= spot < key[1][2:] for spot in spots):
            pairs = zip(chain(*found[key]), chain(*bits), strict=True)
            assert all(theirs or not ours for ours, theirs in pairs), where
        else:
            assert found[key] == bits, where
            seen += 1
    return seen


def compare(module: ModuleType, seed: int) -> int:
    """Runs one program both ways, half of the time in several contexts; how many decisions agree."""
    source = Author(seed).program()
    tree, teller = conditions_reference.rewritten(source)
    perform(compile(tree, "reference", "exec"), seed, _nothing, **{conditions_reference.TELLER: teller})
    judge = Judge(module, source)
    edge: Callable[[], object] = judge.flush if seed % 2 else _nothing
    judge.run(lambda code: perform(code, seed, edge))
    return check(source, teller, judge)


def compare_small(module: ModuleType, seed: int) -> int:
    """The same for a program of small decisions."""
    source = small_decisions.program(seed)
    tree, teller = conditions_reference.rewritten(source)
    small_decisions.perform(compile(tree, "reference", "exec"), seed, **{conditions_reference.TELLER: teller})
    judge = Judge(module, source)
    judge.run(lambda code: small_decisions.perform(code, seed))
    return check(source, teller, judge)


def _nothing() -> None:
    pass


@pytest.mark.filterwarnings("ignore:coroutine")  # some are forgotten on purpose
@pytest.mark.parametrize("group", range(GROUPS))
def test_agrees_with_the_reference(decider: ModuleType, group: int) -> None:
    """Each condition of each decision was seen and demonstrated exactly as the rules say (9 to 14)."""
    assert sum(compare(decider, seed) for seed in range(group, PROGRAMS, GROUPS)) > PROGRAMS


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # `'' <= c` is meant
def test_small_decisions_agree(decider: ModuleType) -> None:
    """So are those of decisions that nobody would write."""
    assert sum(compare_small(decider, seed) for seed in range(PROGRAMS)) > 40 * PROGRAMS
