"""What is missing below lines that ran, as real runs show it (docs/conditions.md, 19)."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest

from minicov_lsp.documents.gaps import Gap
from minicov_lsp.documents.incremental import Finish, Painter, Recorded
from minicov_lsp.documents.picture import Picture
from minicov_lsp.metrics.truth_tables import text_of
from minicov_lsp.model import FileFacts
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_lsp.source.parser import parse
from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database

CASES = {
    "an operand never evaluated explains why the one before was never false": (
        "x = a or b",
        [(1, 0), (1, 1)],
        ["region b: this operand was never evaluated"],
    ),
    "an operand that decides nothing is told as a piece, not as a condition": (
        "x = a or b",
        [(0, 1)],
        ["condition a: the condition a was never true"],
    ),
    "both ways of a value shown": ("x = a or b", [(1, 0), (0, 1)], []),
    "an outcome that never happened and the conditions that would make it": (
        "if a and b:\n    x = 1",
        [(1, 1)],
        [
            "branch a and b: the condition on line 2 was always true",
            "condition a: the condition a was never false",
            "condition b: the condition b was never false",
        ],
    ),
    "a branch whose test is one condition tells it": (
        "if a:\n    x = 1",
        [(1, 1)],
        ["branch a: the condition on line 2 was always true"],
    ),
    "a condition never evaluated is a piece that never ran": (
        "if a and b:\n    x = 1",
        [(0, 1)],
        ["branch a and b: the condition on line 2 was never true", "region b: this operand was never evaluated"],
    ),
    "a condition that both outcomes leave in doubt": (
        "if a and b:\n    x = 1",
        [(1, 1), (0, 1)],
        ["condition b: the condition b was never false"],
    ),
    "a condition that was masked": (
        "if (a or b) and c:\n    x = 1",
        [(1, 1, 1), (0, 0, 1), (0, 1, 0)],
        ["condition b: the condition b never decided the outcome when it was true"],
    ),
    "an arm never taken tells why its test was never false": (
        "x = a if b else c",
        [(1, 1, 1)],
        ["region c: this arm was never taken"],
    ),
    "an element never made tells why the condition was never true": (
        "x = [a for y in b if y]",
        [(1, [0])],
        ["region a: this element was never made"],
    ),
    "a comprehension's condition has no other way to tell": (
        "x = [a for y in b if y]",
        [(1, [1])],
        ["condition y: the condition y was never false"],
    ),
    "a lambda": ("x = lambda: a", [(1,)], ["region a: this lambda was never called"]),
    "an inner function on one line": (
        "def g(): return a",
        [(1,)],
        ["branch def g(): return a: the return on line 2 never ran"],
    ),
    "the outermost of pieces inside each other": (
        "x = a and (b or (lambda: c))",
        [(0, 1, 1)],
        ["region b or (lambda: c): this operand was never evaluated"],
    ),
    "an assert that never failed is no gap": ("assert a and b, a or 2", [(1, 1)], []),
    "an operand of an assert can be one": (
        "assert a or b",
        [(1, 1)],
        ["region b: this operand was never evaluated"],
    ),
    "an assert's condition that never helped": (
        "assert a or b",
        [(0, 1)],
        ["condition a: the condition a was never true"],
    ),
    "an assert's condition below not": ("assert not a", [(0,)], []),
    "a chain": (
        "x = 0 < a < b",
        [(0, 5)],
        ["region b: this operand was never evaluated"],
    ),
    "a suite on the line of its test, which no branch tells": (
        "if a: x = 1\nx = 2",
        [(0,)],
        ["region x = 1: this never ran"],
    ),
    "code that never ran has no gaps": (
        "if a:\n    x = b or a",
        [(0, 1)],
        ["branch a: the condition on line 2 was never true"],
    ),
    "code that is left out has none": ("x = a or b  # pragma: no cover", [(1, 1)], []),
    "across lines": (
        "x = (a\n     or b)",
        [(1, 1)],
        ["region b: this operand was never evaluated"],
    ),
}


def program(name: str) -> tuple[str, str]:
    """A case as a function of its own, and the calls of it."""
    body, calls, _ = CASES[name]
    count = len(calls[0])
    function = f"def f({', '.join('abc'[:count])}):\n{textwrap.indent(body, '    ')}\n    return 0\n"
    return function, "".join(f"f{call}\n" for call in calls)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, Recorded]]:
    """Each case as a file of its own, all run by one program."""
    folder = tmp_path_factory.mktemp("gaps")
    texts = {}
    for number, name in enumerate(CASES):
        function, calls = program(name)
        texts[name] = function
        (folder / f"case{number}.py").write_text(function)
        (folder / f"calls{number}.py").write_text(f"from case{number} import f\n{calls}")
    (folder / "program.py").write_text("".join(f"import calls{number}\n" for number in range(len(CASES))))
    subprocess.run([sys.executable, "-m", "minicov_tracer", "run", "program.py"], cwd=folder, check=True, timeout=60)
    combine(folder / ".coverage.db")
    with Database(folder / ".coverage.db") as database:
        return {
            name: (texts[name], Recorded(database.facts(f"case{number}.py"), True, database.has_conditions))
            for number, name in enumerate(CASES)
        }


def paint(text: str, recorded: Recorded, conditions: bool = True) -> Picture:
    finish = Finish(conditions=conditions)
    return Painter("m.py", ExclusionRules(), finish=finish).paint(tuple(text.split("\n")), recorded)


def told(gaps: tuple[Gap, ...], text: str) -> list[str]:
    source = parse(text)
    return [f"{gap.kind} {text_of(gap.span, source)}: {gap.message}" for gap in gaps]


@pytest.mark.parametrize("name", CASES)
def test_one_fact_is_told_once(name, recorded):
    """And a line is partial exactly if it has a gap."""
    text, known = recorded[name]
    picture = paint(text, known)
    assert told(picture.gaps, text) == CASES[name][2]
    lines = {gap.span.line for gap in picture.gaps}
    assert all((picture.mark(line) == "partial") == bool(lines) for line in lines or {2})


def run(folder: Path, text: str, *options: str) -> Recorded:
    """What is known of a program after it ran as its user would run it."""
    (folder / "program.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "minicov_tracer", "run", *options, "program.py"]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    combine(folder / ".coverage.db")
    with Database(folder / ".coverage.db") as database:
        return Recorded(database.facts("program.py"), database.has_arcs, database.has_conditions)


def test_conditions_are_shown_only_where_they_are_wanted_and_measured(tmp_path, tmp_path_factory):
    """Without them a line is partial by branches and regions alone, and the figures are 0 of 0."""
    text = "def f(a, b):\n    return a and b or 1\nf(1, 1), f(0, 1)\n"
    measured = run(tmp_path, text)
    shown = paint(text, measured)
    assert told(shown.gaps, text) == ["condition b: the condition b was never false"]
    assert (shown.mark(2), shown.summary.conditions) == ("partial", (1, 2))
    for hidden in (
        paint(text, measured, conditions=False),
        paint(text, run(tmp_path_factory.mktemp("without"), text, "--no-conditions")),
    ):
        assert hidden.gaps == ()
        assert (hidden.mark(2), hidden.summary.conditions) == ("covered", (0, 0))


def test_what_another_python_ran_is_not_said_to_be_missing(tmp_path):
    """Its jumps mean nothing here: a piece may have run, unless its conditions tell that it didn't."""
    text = "def f(a, b):\n    return a or b\nf(1, 0)\n"
    known = run(tmp_path, text)
    assert [gap.kind for gap in paint(text, known).gaps] == ["region"]
    (facts,) = known.facts
    elsewhere = replace(facts, codes=tuple(replace(code, python="2.7") for code in facts.codes))
    assert [gap.kind for gap in paint(text, replace(known, facts=(elsewhere,))).gaps] == ["region"]
    untold = replace(facts, codes=tuple(replace(code, python="2.7", tests=()) for code in facts.codes))
    assert paint(text, replace(known, facts=(untold,), has_conditions=False)).gaps == ()
    assert paint(text, replace(known, facts=(elsewhere, facts), has_conditions=False)).gaps == ()


def test_gaps_move_with_their_lines_and_edited_lines_have_none(tmp_path):
    """So do the places where a branch never went."""
    text = "def f(a, b):\n    x = a or b\n    if a:\n        return b\n    return x\nf(1, 0)\n"
    known = run(tmp_path, text)
    assert told(paint(text, known).gaps, text) == [
        "region b: this operand was never evaluated",
        "branch a: the condition on line 3 was always true",
    ]
    moved = "# new\n" + text
    gaps = paint(moved, known).gaps
    assert told(gaps, moved)[1] == "branch a: the condition on line 4 was always true"
    assert [(target.line, target.message) for target in gaps[1].targets] == [(6, "line 4 never went on to here")]
    edited = text.replace("x = a or b", "x = a  or b")
    assert [gap.kind for gap in paint(edited, known).gaps] == ["branch"]
    broken = "if (\n" + text
    assert len(paint(broken, known).gaps) == 2


def test_what_ran_of_a_function_holds_below_its_lines_when_others_change(tmp_path):
    """Conditions and pieces too, though what is known of them is in bytecode's terms."""
    text = "def f(a, b):\n    return a or b and 1\n\ndef g():\n    return 1\nf(0, 0), g()\n"
    run(tmp_path, text)
    changed = text.replace("return 1", "return 2").replace("f(0, 0), ", "f(1, 0), ").replace("def f", "\n\ndef f")
    run(tmp_path, changed)
    database = Database(tmp_path / ".coverage.db")

    def carried(version: str) -> tuple[FileFacts, ...]:
        return (database.facts_of_text("program.py", version),)

    with database:
        known = Recorded(database.facts("program.py"), True, True)
        painter = Painter("m.py", ExclusionRules(), carried=carried)
        assert len(known.facts) == 2
        picture = painter.paint(tuple(changed.split("\n")), known)
    assert told(picture.gaps, changed) == ["region 1: this operand was never evaluated"]


JUMPING = """\
def f(a, b, c):
    if (0 if a else 0) or c:
        pass
    if (a and b) is None or not (a < b < c):
        return a or b and c
    return [x for x in (a, b) if x and (b or c) is not None]
"""


def test_what_jumps_test_is_the_same_where_a_function_stands_now(tmp_path):
    """All that is known of a jump moves with it: what a function showed before is read like what it shows now."""
    run(tmp_path, f"{JUMPING}f(1, 2, 3)\n")
    changed = f"import sys\n\n{JUMPING}f(3, 2, 1), sys\n"
    run(tmp_path, changed)
    with Database(tmp_path / ".coverage.db") as database:
        codes = [code for code in database.facts_of_text("program.py", changed).codes if code.name == "f"]
    assert [code.tests != () for code in codes] == [True, True]
    assert codes[0].tests == codes[1].tests


PIECES = {"lambdas": "lambda b: b", "arms": "(1 if a else 2)", "operands": "(a and a or 3)"}


@pytest.mark.parametrize("pieces", PIECES)
def test_a_line_twice_as_long_takes_about_twice_as_many_steps(tmp_path, pieces):
    """A generated line may hold tens of thousands of pieces: none is compared with all others."""
    steps = []
    for count in (150, 300):
        text = f"a = 1\nx = [{', '.join([PIECES[pieces]] * count)}]\n"
        known = run(tmp_path, text)
        steps.append(calls(lambda text=text, known=known: paint(text, known)))
    assert steps[1] < 2.5 * steps[0]


def calls(work: Callable[[], object]) -> int:
    """How many functions in Python are called."""
    found = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal found
        found += event == "call"

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return found
