"""Regions of what another Python ran: told from its conditions, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from minicov_lsp.metrics.regions import executed_regions, unknown_regions, unreached_regions
from minicov_lsp.model import FileFacts, Region, SourceModel
from tests.metrics.running import measure

PROGRAM = """\
def f(a, b, c):
    x = 1 if a else 2
    y = a and b
    z = (a or
         b) and c
    if a: return x
    w = [i for i in range(3) if i > a]
    assert a == 0, "no"
    v = 3 if a and b else 4 if c else 5
    u = 0 < b < c < 4
    while a: b = c
    d = {i: (b or i) for i in range(2) if not i if b}
    match b:
        case 1 if not a: y = 2
    t = not (a or not b) or c
    return b or c or x

def g(n):
    return "big" if n > 5 else "small"

def never(n): return n or 1

f(0, 1, 0)
g(7)
h = lambda q: q and 1
[x for x in ()]
"""


def elsewhere(facts: tuple[FileFacts, ...]) -> tuple[FileFacts, ...]:
    """The same, as if a Python had run it whose bytecode is not ours."""
    return tuple(replace(each, codes=tuple(replace(code, python="3.1") for code in each.codes)) for each in facts)


def texts(source: SourceModel, regions: frozenset[Region]) -> list[str]:
    """Kind and text of regions on one line, by place."""
    found = sorted(regions, key=lambda each: each.span)
    return [
        f"{each.kind} {source.lines[each.span.line - 1][each.span.column : each.span.end_column]}" for each in found
    ]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[SourceModel, tuple[FileFacts, ...]]:
    return measure(tmp_path_factory.mktemp("ran"), PROGRAM)


def test_what_is_told_is_what_ran(ran: tuple[SourceModel, tuple[FileFacts, ...]]) -> None:
    """Conditions tell of each region what the bytecode tells of it, but for elements without a condition."""
    source, facts = ran
    own, other = executed_regions(source, facts), executed_regions(source, elsewhere(facts))
    unknown = unknown_regions(source, elsewhere(facts), other)
    assert own - unknown == other
    assert texts(source, unknown) == ["element x"]


def test_gaps_are_the_same(ran: tuple[SourceModel, tuple[FileFacts, ...]]) -> None:
    """What is shown as never run was never run."""
    source, facts = ran
    own, other = unreached_regions(source, facts), unreached_regions(source, elsewhere(facts))
    assert other <= own
    assert {"arm 1", 'message "no"', "operand x", 'arm "small"'} <= set(texts(source, other))


def test_without_conditions_nothing_is_made_up(tmp_path: Path) -> None:
    """Data without conditions tell of no arm; nothing is said to have run, or not to."""
    source, facts = measure(tmp_path, "a = 1\nb = 2 if a else 3\n", "--no-conditions")
    assert executed_regions(source, elsewhere(facts)) == frozenset()
    assert texts(source, unknown_regions(source, elsewhere(facts), frozenset())) == ["arm 2", "arm 3"]
    assert unreached_regions(source, elsewhere(facts)) == frozenset()


def test_of_this_python_all_is_told(ran: tuple[SourceModel, tuple[FileFacts, ...]]) -> None:
    """Nothing is unknown of what this Python ran."""
    source, facts = ran
    assert unknown_regions(source, facts, executed_regions(source, facts)) == frozenset()
