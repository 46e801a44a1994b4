"""What a decision's conditions still lack, why, and in which tests, from real runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from minicov_lsp.metrics.truth_tables import TruthTable, explanation, truth_table
from minicov_lsp.model import FileFacts, SourceModel
from minicov_lsp.source.parser import parse

from .running import Read, measure

PROGRAM = """\
    def f(a, b, c):
        return 1 if (a or b) and c else 2

    exec(open("calls.txt").read())
"""


@pytest.fixture
def measured(tmp_path: Path) -> Read:
    """What two tests have shown: one of a alone, one in which c masks b."""
    calls = tmp_path / "calls.txt"
    calls.write_text("f(1, 0, 1)")
    measure(tmp_path, PROGRAM, "--context", "both")
    calls.write_text("f(0, 1, 0); f(0, 0, 1)")
    return measure(tmp_path, PROGRAM, "--context", "masked")


def table_of(source: SourceModel, facts: tuple[FileFacts, ...], kind: str = "ifexp") -> TruthTable:
    """The table of the only decision of a kind."""
    (decision,) = [each for each in source.decisions if each.kind == kind]
    found = truth_table(source, facts, decision)
    assert found is not None
    return found


def told(table: TruthTable, source: SourceModel) -> list[str]:
    """The lacks in words."""
    return [explanation(table, lack, source) for lack in table.lacks]


def test_masked_condition(measured: Read) -> None:
    """A condition that had both values is told what masked it, in which test, and what would show it."""
    source, facts = measured
    table = table_of(source, facts)
    (lack,) = table.lacks
    assert told(table, source) == ["`b` being true never mattered: it was masked by `c` being false"]
    assert lack.vector is not None
    assert lack.vector.values == (False, True, True)
    assert lack.because_in == ("masked",)
    assert lack.nearest == ("masked", "both")


def test_rows_tell_what_ran(measured: Read) -> None:
    """A row ran if something only it demonstrates was demonstrated; one that would show more didn't."""
    source, facts = measured
    table = table_of(source, facts)
    assert {row.vector.values: row.seen for row in table.rows} == {
        (True, None, True): True,
        (True, None, False): None,
        (False, True, True): False,
        (False, True, False): None,
        (False, False, None): True,
    }
    assert table.row_count == 5
    ran = {row.vector.values: row.tests for row in table.rows}
    assert ran[True, None, True] == {"both"}
    assert ran[False, True, False] == {"masked"}


@pytest.mark.parametrize(
    ("calls", "lacks"),
    [
        ("", ["`a` was never evaluated"] * 2 + ["`b` was never evaluated"] * 2),
        ("f(0, 1)", ["`a` was always false", *["`b` was never evaluated: `a` was always false"] * 2]),
        ("f(1, 1)", ["`a` was always true", "`b` was always true"]),
        ("f(1, 1); f(0, 1)", ["`b` was always true"]),
        ("f(1, 1); f(0, 1); f(1, 0)", []),
    ],
)  # fmt: skip
def test_reasons(tmp_path: Path, calls: str, lacks: list[str]) -> None:
    """Never come to, never evaluated because of another, always one value, or nothing."""
    source, facts = measure(tmp_path, f"def f(a, b):\n    if a and b: pass\n{calls}\n")
    assert told(table_of(source, facts, "if"), source) == lacks


def test_unfinished(tmp_path: Path) -> None:
    """A value seen only in evaluations that an exception ended demonstrates nothing."""
    source, facts = measure(
        tmp_path, "def f(a):\n    if a and 1 / 0: pass\ntry: f(1)\nexcept ZeroDivisionError: pass\n"
    )
    assert told(table_of(source, facts, "if"), source)[0] == "`a` was true only in evaluations that were broken off"


def test_unmeasured_text() -> None:
    """Without data there is the static table, nothing of it seen."""
    source = parse("if a and b: pass\n")
    table = table_of(source, (), "if")
    assert [row.seen for row in table.rows] == [False, False, False]
    vectors = [lack.vector.values for lack in table.lacks if lack.vector]
    assert vectors == [(True, True), (False, None), (True, True), (True, False)]


def test_large_tables_are_cut() -> None:
    """Ten thousand operands have a table of a bounded size, and say how long it would be."""
    source = parse("if " + " and ".join(f"v{n}" for n in range(10_000)) + ": pass\n")
    table = table_of(source, (), "if")
    assert (len(table.rows), table.row_count, len(table.lacks)) == (2, 10_001, 2)
