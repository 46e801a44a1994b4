from minicov_lsp.runs.events import Outcome
from minicov_lsp.server.features.hover import MOST_TESTS, hover

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
