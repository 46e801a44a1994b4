from itertools import pairwise
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minicov_lsp.documents.incremental import Painter, Recorded
from minicov_lsp.documents.picture import MarkRun, Picture, mark_runs
from minicov_lsp.model import CodeFacts, FileFacts, Span
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_tracer import sources


def ran(text: str, lines: dict[str, str], arcs: dict[str, str] | None = None) -> FileFacts:
    """Hand-made facts of one text: {context: "1 2 3"} lines and {context: "1>2 2>-1"} arcs."""
    hits: dict[tuple[frozenset[int], frozenset[tuple[int, int]]], frozenset[str]] = {}
    for label in {*lines, *(arcs or {})}:
        hit = frozenset(map(int, lines.get(label, "").split()))
        ways = [arc.split(">") for arc in (arcs or {}).get(label, "").split()]
        taken = frozenset((int(start), int(end)) for start, end in ways)
        hits[hit, taken] = hits.get((hit, taken), frozenset()) | {label}
    probed = frozenset(range(1, text.count("\n") + 1))
    return FileFacts("m.py", sources.digest(text), text, (CodeFacts("<module>", 1, "3.12", probed, hits),))


def paint(buffer: str, *versions: FileFacts) -> Picture:
    """The picture of a buffer, given what ran, newest first."""
    return Painter("m.py", ExclusionRules()).paint(tuple(buffer.split("\n")), Recorded(versions))


def marks(picture: Picture, buffer: str) -> str:
    """A letter a line: c(overed), p(artial), m(issed), x (excluded), e(dited), or a dot."""
    letters = {"covered": "c", "partial": "p", "missed": "m", "excluded": "x", "edited": "e", None: "."}
    return "".join(letters[picture.mark(line)] for line in range(1, len(buffer.splitlines()) + 1))


SOURCE = dedent(
    """\
    import os

    def f(a):
        if a:
            return 1
        return 2

    def g():
        return f(
            0
        )
    """
)
RAN = ran(
    SOURCE,
    {"": "1 3 8", "tests/t.py::test_one": "4 5"},
    {"tests/t.py::test_one": "4>5 5>-3"},
)


def test_the_text_that_ran_is_fresh():
    """A partial line has one way never taken; the body of a function never called is missed, its def line is not."""
    picture = paint(SOURCE, RAN)
    assert picture.state == "fresh"
    assert marks(picture, SOURCE) == "c.cpcm.cmmm"
    assert picture.summary.statements == (5, 7)
    assert picture.summary.branches == (1, 2)
    assert picture.summary.complexity == 3


def test_line_ends_and_a_byte_order_mark_change_nothing():
    """The compiler doesn't see them either."""
    assert paint("\ufeff" + SOURCE, RAN).state == "fresh"


def test_a_file_without_data_has_no_picture():
    """Nothing known is nothing shown."""
    picture = paint(SOURCE)
    assert (picture.state, picture.runs, picture.gaps, picture.summary) == ("none", (), (), None)


def test_an_inserted_line_is_edited_and_the_rest_moves():
    """A line keeps its state when only other lines changed."""
    buffer = SOURCE.replace("    return 2\n", "    print(a)\n    return 2\n")
    picture = paint(buffer, RAN)
    assert picture.state == "stale"
    assert marks(picture, buffer) == "c.cpcem.cmmm"


def test_a_new_blank_line_has_no_mark():
    """Blank lines say nothing; a comment does."""
    buffer = SOURCE.replace("import os\n", "import os\n\n# why\n")
    assert marks(paint(buffer, RAN), buffer) == "c.e.cpcm.cmmm"


def test_trailing_blanks_are_a_change():
    """A line whose text differs in any character is edited."""
    buffer = SOURCE.replace("import os", "import os ")
    assert marks(paint(buffer, RAN), buffer)[0] == "e"


def test_one_edited_line_of_a_statement_edits_all_of_it():
    """A statement over several lines is known or unknown as a whole."""
    buffer = SOURCE.replace("        0\n", "        1\n")
    assert marks(paint(buffer, RAN), buffer) == "c.cpcm.ceee"


def test_a_line_deleted_from_a_statement_edits_what_is_left():
    """What remains is not what ran."""
    buffer = SOURCE.replace("        0\n", "")
    assert marks(paint(buffer, RAN), buffer) == "c.cpcm.cee"


def test_a_blank_line_in_a_statement_edits_nothing():
    """It may stand where it likes."""
    buffer = SOURCE.replace("        0\n", "\n        0\n")
    assert marks(paint(buffer, RAN), buffer) == "c.cpcm.cm.mm"


def test_lines_that_became_part_of_a_new_string_are_edited():
    """Code in quotes no longer runs, though its lines are the same."""
    buffer = SOURCE.replace("def f(a)", "text = '''\ndef f(a)").replace("return 2\n", "return 2\n'''\n")
    assert marks(paint(buffer, RAN), buffer) == "c.eeeeee.cmmm"


def test_a_syntax_error_keeps_the_picture():
    """While a line is being typed the others keep what is known of them."""
    buffer = SOURCE.replace("import os\n", "import os\nif (\n")
    picture = paint(buffer, RAN)
    assert marks(picture, buffer) == "ce.cpcm.cmmm"
    assert [(d.name, d.line) for d in picture.definitions] == [("f", 4), ("g", 9)]


def test_undo_brings_the_picture_back():
    """The same text has the same picture, whatever was in between."""
    first = paint(SOURCE, RAN)
    paint(SOURCE + "x", RAN)
    assert paint(SOURCE, RAN) == first


def test_a_gap_moves_with_its_line_and_names_lines_as_they_are_now():
    """The message's line number is the one on the screen."""
    buffer = "# first\n" + SOURCE
    (gap,) = paint(buffer, RAN).gaps
    assert gap.span == Span(5, 7, 5, 8)
    assert "line 5" in gap.message
    assert "line 4" not in gap.message


def test_an_edited_line_has_no_gap():
    """Nothing is known of it."""
    assert paint(SOURCE.replace("if a:", "if a :"), RAN).gaps == ()


def test_older_facts_hold_for_what_has_not_changed_since():
    """After an edit and a run of one test, the other functions keep what earlier runs showed."""
    changed = SOURCE.replace("return 1", "return 10")
    newer = ran(changed, {"": "1 3 8", "tests/t.py::test_two": "4 6"}, {"tests/t.py::test_two": "4>6 6>-3"})
    older = ran(SOURCE, {"tests/t.py::test_three": "4 5 9"}, {"tests/t.py::test_three": "4>5 5>-3 9>-8"})
    picture = paint(changed, newer, older)
    assert picture.state == "fresh"
    # The changed line 5 was not run anew; that line 4 went on to it is no longer known either.
    assert marks(picture, changed) == "c.cpmc.cccc"
    assert picture.labels(9, 9) == {"tests/t.py::test_three"}
    assert picture.labels(5, 5) == frozenset()


def test_a_painter_that_has_painted_before_sees_which_of_the_older_facts_are_others():
    """Facts come again with each commit: the same ones are not moved again, others of the same text are."""
    now = "def f(x):\n    if x:\n        return 1\n    return 2\n\n\ndef g():\n    return 4\n"
    older = now.replace("4", "3")
    newest = ran(now, {"t1": "7 8"})
    some, more = ran(older, {"t2": "2 3"}), ran(older, {"t2": "2 3 4"})
    painter = Painter("m.py", ExclusionRules())
    pictures = []
    for versions in [(newest, some), (newest, more), (newest, some), (newest,), (more, newest)]:
        lines, recorded = tuple(now.split("\n")), Recorded(versions)
        pictures.append(painter.paint(lines, recorded))
        assert pictures[-1].runs == Painter("m.py", ExclusionRules()).paint(lines, recorded).runs
    assert pictures[0].runs == pictures[2].runs != pictures[1].runs != pictures[3].runs


def test_the_same_text_that_ran_before_is_fresh_again():
    """Going back to a text that ran shows what that text did."""
    newer = ran(SOURCE.replace("1", "10"), {"": "1 3 8"})
    assert paint(SOURCE, newer, RAN).state == "fresh"
    assert marks(paint(SOURCE, newer, RAN), SOURCE)[4] == "c"


def test_what_two_processes_ran_of_one_text_is_one_picture():
    """Each tells its own part."""
    other = ran(SOURCE, {"tests/t.py::test_two": "6"}, {"tests/t.py::test_two": "4>6"})
    assert marks(paint(SOURCE, other, RAN), SOURCE) == "c.cccc.cmmm"


def test_a_function_that_was_moved_keeps_its_facts():
    """It stands elsewhere as it ran; the line diff can match only one of the two that changed places."""
    head, f, g = SOURCE.rstrip("\n").split("\n\n")
    buffer = f"{head}\n\n{g}\n\n{f}\n"
    picture = paint(buffer, RAN)
    assert marks(picture, buffer) == "c.cmmm.cpcm"
    assert picture.labels(10, 10) == {"tests/t.py::test_one"}
    changed = buffer.replace("return 2", "return 3")
    assert marks(paint(changed, RAN), changed) in ("c.cmmm.eeee", "c.eeee.cpce")


def test_two_functions_of_one_name_are_not_told_apart():
    """Which of them ran is not known once they have changed places."""
    source = "def f(a):\n    return 1\n\ndef f(a):\n    return 2\n"
    known = ran(source, {"": "1 4 5"})
    assert marks(paint(source, known), source) == "cm.cc"
    buffer = "def f(a):\n    return 2\n\ndef f(a):\n    return 1\n"
    assert marks(paint(buffer, known), buffer).count("c") <= 2


def test_excluded_lines_are_excluded():
    """A pragma on a header takes its suite with it."""
    source = "if x:  # pragma: no cover\n    y = (1 +\n         2)\nz = 3\n"
    assert marks(paint(source, ran(source, {"": "1 4"})), source) == "xxxc"


def test_a_decorated_definition_ran_and_its_body_did_not():
    """Decorator and def lines run when the function is made."""
    source = "@d\ndef f(\n    a,\n):\n    return a\n"
    assert marks(paint(source, ran(source, {"": "1 2"})), source) == "ccccm"


def test_a_text_that_cannot_be_parsed_shows_the_lines_that_could_run():
    """What a newer Python ran is shown as lines at least."""
    source = "x = 1\nnot python at all\n"
    assert marks(paint(source, ran(source, {"": "1"})), source) == "cm"


def test_tests_of_an_edited_line_are_those_that_ran_what_it_replaced():
    """So that an edit can be tried at once with the tests that matter."""
    buffer = SOURCE.replace("return 1", "return 100")
    picture = paint(buffer, RAN)
    assert picture.labels(5, 5) == {"tests/t.py::test_one"}
    assert picture.labels(6, 6) == frozenset()


@pytest.mark.parametrize(("first", "last"), [(0, 0), (1, 99), (99, 120), (-3, 2)])
def test_ranges_beyond_the_text_are_cut(first, last):
    """A range of a client that is ahead or behind breaks nothing."""
    expected = {"", "tests/t.py::test_one"} if last == 99 else {""} if first <= 1 <= last else None
    found = paint(SOURCE, RAN).labels(first, last)
    assert expected is None or found == expected


@given(st.lists(st.sampled_from(["covered", "missed", "edited", None]), max_size=40))
def test_runs_say_what_the_marks_say(marks):
    """Runs ascend, do not overlap, and lines without a mark are in none."""
    runs = mark_runs(marks)
    told = {line: run.mark for run in runs for line in range(run.first, run.last + 1)}
    assert [told.get(line) for line in range(1, len(marks) + 1)] == marks
    assert all(a.last < b.first for a, b in pairwise(runs))
    assert all(a.last + 1 < b.first or a.mark != b.mark for a, b in pairwise(runs))


def test_a_single_line_is_a_run():
    """Both ends are inclusive."""
    assert mark_runs([None, None, "missed"]) == (MarkRun(3, 3, "missed"),)
