import pytest
from hypothesis import given
from hypothesis import strategies as st

from minicov_lsp.documents.text import replace, split_lines


def test_only_what_ends_a_line_for_the_compiler_ends_one():
    """Form feeds and Unicode's line separators stay in their line, as in LSP."""
    assert split_lines("a\x0cb\u2028c\r\nd\re\nf\x85") == ("a\x0cb\u2028c", "d", "e", "f\x85")


def test_a_final_line_end_leaves_an_empty_line():
    """The cursor can stand there."""
    assert split_lines("a\n") == ("a", "")
    assert split_lines("") == ("",)


@pytest.mark.parametrize(
    ("start", "end", "new", "expected"),
    [
        ((0, 1), (0, 1), "X", ("aXb", "cd", "")),
        ((0, 1), (1, 1), "", ("ad", "")),
        ((1, 0), (1, 2), "x\r\ny", ("ab", "x", "y", "")),
        ((2, 0), (2, 0), "end", ("ab", "cd", "end")),
        ((9, 9), (9, 9), "end", ("ab", "cd", "end")),
        ((0, 99), (0, 99), "!", ("ab!", "cd", "")),
        ((1, 1), (0, 1), "X", ("ab", "cXd", "")),
        ((0, 0), (9, 0), "", ("",)),
    ],
)
def test_a_change_replaces_what_is_between_two_places(start, end, new, expected):
    """Places beyond an end mean that end; an end before its start is the start."""
    assert replace(("ab", "cd", ""), start, end, new) == expected


@given(st.text("ab\n", max_size=20), st.text("xy\n", max_size=8), st.data())
def test_changes_do_to_lines_what_they_do_to_the_text(text, new, data):
    """Cutting into lines and changing commute."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))

    def place(offset):
        before = text[:offset]
        return before.count("\n"), offset - (before.rfind("\n") + 1)

    assert replace(split_lines(text), place(start), place(end), new) == split_lines(text[:start] + new + text[end:])
