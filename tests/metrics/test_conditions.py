"""What is read of decisions from data files of real runs (docs/conditions.md)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from minicov_lsp.metrics.conditions import ConditionCoverage, decided, independent, read_text
from minicov_lsp.metrics.metric import Stats
from minicov_lsp.source.parser import parse
from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database

from .running import measure, told

PROGRAM = """\
    def f(a, b, c):
        return "yes" if (a or b) and c else "no"

    f(1, 0, 1); f(0, 0, 1); f(0, 1, 0)
    x = [n for n in (1, None) if n is None]
    assert x == [None]
"""


@pytest.mark.parametrize("core", ["", "python"])
def test_decisions_are_read(tmp_path: Path, core: str) -> None:
    """What jumps show and what the tracer remembered come together, in every core that sees jumps."""
    source, facts = measure(tmp_path, PROGRAM, "--core", core)
    assert told(source, decided(source, facts)) == {
        "(a or b) and c": ["tfTF", "tfF", "tfTF"],
        "n is None": ["tfTF"],
        "x == [None]": ["tT"],
    }


LAYOUTS = """\
    import sys

    def never(a, b):
        return a or b is None

    def f(a, b, c):
        x = (a is None
             if c or
             b else (b
                     is not None and c))
        y = a; z = y is None or b; u = [v for v in (x, y,
            z) if v is None or
            v]
        def inner(): return a if b is None and c else not (a in (b, c))
        if not (a is b or
                c):
            return inner()
        elif (0 and a) or b is None: return u
        while a and b and not c: a = None
        return inner() if (a or (b and not c)) else (lambda d, e=a or b: d or
            e)(b, c)

    for a in (0, 1, None):
        for b in (None, 1):
            f(a, b, 0); f(a, b, 1)
    if __debug__ and never: sys.stdout.write("" or
        "ok")
    match a:
        case None if b: pass
        case _ if (a if a else b): pass
"""


@pytest.mark.parametrize("core", ["", "python"])
def test_no_more_is_read_than_ran(tmp_path: Path, core: str) -> None:
    """What is told is the same as by a reader of all the text."""
    source, facts = measure(tmp_path, LAYOUTS, "--core", core)
    found = decided(source, facts)
    assert found == decided(source, facts, read_text)
    assert sum(one.true or one.false for each in found for one in each.conditions) > 20


def test_runs_are_united(tmp_path: Path) -> None:
    """Bits of several runs are merged by OR: one run may show a condition true, another false (14)."""
    text = "import sys\nif len(sys.argv) > 1 and sys.argv[1] == 'a': pass\n"
    measure(tmp_path, text)
    program = tmp_path / "program.py"
    command = [sys.executable, "-m", "minicov_tracer", "run", program.name, "a"]
    subprocess.run(command, cwd=tmp_path, check=True)
    combine(tmp_path / ".coverage.db")
    with Database(tmp_path / ".coverage.db") as database:
        facts = database.facts("program.py")
    source = parse(text)
    found = decided(source, facts)
    assert told(source, found) == {"len(sys.argv) > 1 and sys.argv[1] == 'a'": ["tfTF", "tT"]}
    assert ConditionCoverage().calculate_stats(source, independent(found)) == Stats(1, 2)
    assert not found[0].covered


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_places_are_characters(tmp_path: Path, encoding: str) -> None:
    """Columns count characters of the text, whatever its encoding and line ends (positions)."""
    head = "# coding: latin-1\r\n" if encoding == "latin-1" else ""
    source, facts = measure(tmp_path, f"{head}é = 'ü'; ö = (é == 'ü' or\r\n é) and é\r\n", encoding=encoding)
    (found,) = decided(source, facts)
    spans = [(one.span.column, one.span.end_column) for one in found.decision.conditions]
    assert spans == [(14, 22), (1, 2)]
    assert [facts.demonstrated_true for facts in found.conditions] == [True, False]


def test_no_conditions(tmp_path: Path) -> None:
    """With --no-conditions nothing is said of decisions; lines and branches are as ever."""
    source, facts = measure(tmp_path, PROGRAM, "--no-conditions")
    assert not any(one.true or one.false for found in decided(source, facts) for one in found.conditions)
    assert facts[0].arcs()


def test_no_branch(tmp_path: Path) -> None:
    """With --no-branch conditions are decided all the same, and there are no arcs."""
    source, facts = measure(tmp_path, PROGRAM, "--no-branch")
    assert told(source, decided(source, facts))["(a or b) and c"] == ["tfTF", "tfF", "tfTF"]
    assert not facts[0].arcs()


def test_other_text(tmp_path: Path) -> None:
    """Facts about another text say nothing of this one's decisions."""
    _, facts = measure(tmp_path, PROGRAM)
    source = parse("def f(a, b, c):\n    return 'ja' if (a or b) and c else 'no'\n")
    assert told(source, decided(source, facts)) == {"(a or b) and c": ["", "", ""]}
