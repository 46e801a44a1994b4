import sys

import pytest

from minicov_lsp.metrics import gain
from minicov_lsp.runs.events import Outcome
from minicov_lsp.server.features.hover import MOST_TESTS, hover
from minicov_lsp.server.markdown import plain

SOURCE = "x = 1\nif x:\n    y = 2\n\nz = 3  # pragma: no cover\n"


def said(snapshot, line):
    found = hover(snapshot, line)
    return found and found.contents.value


def test_each_mark_in_words(snapshot):
    """What is known of the line; a line of which nothing is known has no hover."""
    made = snapshot(SOURCE, {"": {1}, "t.py::test_a": {2}})
    assert said(made, 1) == "**covered** · not by a test"
    assert said(made, 2).startswith("**covered** · 1 test ran it\n\n- `t.py::test_a`")
    assert said(made, 3) == "**never ran**"
    assert said(made, 4) is None
    assert said(made, 5) == "**excluded from coverage**"


def test_an_edited_line_names_the_tests_of_what_was_there(snapshot):
    """So that they can be run again; it says that they ran something else."""
    made = snapshot(SOURCE.replace("if x:", "if not x:"), {"t.py::test_a": {2}}, ran=SOURCE)
    assert said(made, 2).startswith("**edited since it ran** · 1 test ran what was here before")


def test_many_tests_are_counted_and_a_few_named(snapshot):
    """With how each ended last, where that is known."""
    names = [f"t.py::test_{n:02}" for n in range(20)]
    made = snapshot(SOURCE, {name: {1} for name in names}, outcomes={names[0]: Outcome(names[0], "failed", 0.1)})
    text = said(made, 1)
    assert "20 tests ran it" in text
    assert "- `t.py::test_00` failed" in text
    assert text.endswith(f"- and {20 - MOST_TESTS} more")


def test_a_test_id_with_backticks_stays_code(snapshot):
    """Parameters may be anything."""
    assert "``t.py::test[`]``" in said(snapshot(SOURCE, {"t.py::test[`]": {1}}), 1)


DECISION = "def f(a, b, c):\n    if (a or b) and c:\n        return 1\n    return 2\n"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="no core sees jumps")
def test_a_decision_is_told_with_the_vector_still_missing(snapshot, measured):
    """Its truth table, why a condition was not shown to matter, what would show it, and which tests came nearest."""
    known = measured(DECISION, {"t.py::one": "f(1, 0, 1)", "t.py::two": "f(0, 1, 0), f(0, 0, 1)"})
    text = said(snapshot(DECISION, {}, recorded=known), 2)
    assert "| `a` | `b` | `c` | outcome | seen |\n| --- | --- | --- | --- | --- |\n" in text
    assert "| True | - | True | True | 1 test |" in text
    assert "| False | True | True | True | **never** |" in text
    missing = "b being true never mattered: it was masked by c being false; missing: a false, b true, c true"
    assert f"- {missing} (nearest: t.py::one, t.py::two)" in plain(text)
    edited = DECISION.replace("and c:", "and  c:")
    assert "| `a`" not in said(snapshot(edited, {}, recorded=known), 2)


def test_what_covering_would_gain_is_told(snapshot):
    """How many other lines would run with a line, or with the way that was never taken."""
    source = "def f(a):\n    if a:\n        x = 1\n        y = 2\n    return 3\n\ndef g():\n    x = 1\n    return x\n"
    made = snapshot(source, {"": {1, 2, 5, 7}}, arcs={(2, 5)})
    gains = gain.gaps(made.picture.analysis)

    def told(line):
        return hover(made, line, 0, gains).contents.value

    assert "taking the way that it never took would run 2 lines that never ran" in told(2)
    assert "whatever runs it runs 2 lines that never ran" in told(8)
    assert "runs" not in told(5)


def test_source_and_names_are_never_markup(snapshot):
    """A test's parameters, or a line of code, could hold a link that the editor follows."""
    evil = "t.py::test[](command:evil)<img src=x>[a](b)\n# x"
    text = said(snapshot(SOURCE, {evil: {1}}), 1)
    assert text.splitlines()[-1] == "- `t.py::test[](command:evil)<img src=x>[a](b) # x`"
