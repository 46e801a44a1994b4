"""Which lines changed in their coverage between two texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from minicov_lsp.history.build import IRRELEVANT, FileCoverage, figures_of, lines_of
from minicov_lsp.history.comparison import Fold, compare, folded, regressed_lines


def coverage(marked: str) -> FileCoverage:
    """A file from lines that say their state at their ends: `# hit`, `# miss`, `# 3`, or nothing."""
    lines = [line.partition("  # ") for line in marked.splitlines()]
    states = {"hit": 1, "miss": 0, "": IRRELEVANT}
    return FileCoverage(
        "a.py",
        "".join(f"{text}\n" for text, _, _ in lines),
        tuple(states[mark] if mark in states else int(mark) for _, _, mark in lines),
    )


OLD = coverage("""\
a = 1  # hit
b = 2  # miss
c = 3  # hit

d = 4  # 5
""")
NEW = coverage("""\
a = 1  # miss
b = 2  # hit
e = 5  # miss
f = 6  # hit

d = 4  # 7
""")


def of_interest(interest: str) -> list[tuple[int, int]]:
    return [(line.old_number, line.new_number) for line in compare(OLD, NEW) if line.is_of(interest)]


def test_lines_whose_state_changed():
    """More or fewer hits of a covered line are no change of state; lines that came or went count if they could run."""
    assert of_interest("state") == [(1, 1), (2, 2), (3, 0), (0, 3), (0, 4)]


def test_lines_whose_hits_changed():
    """Every other number of hits counts."""
    assert of_interest("hits") == [(1, 1), (2, 2), (3, 0), (0, 3), (0, 4), (5, 6)]


def test_regressions():
    """A regression is a line that was covered and is missed, or that is new and missed."""
    assert of_interest("regressed") == [(1, 1), (0, 3)]


def test_regressions_of_a_text_in_hand():
    """Of the lines that are missed now those that an earlier text has too, and had covered."""
    text = ["# new", *OLD.lines[:3], "e = 5"]
    assert regressed_lines(OLD, text, {2, 3, 5}) == (2,)
    assert regressed_lines(OLD, text, ()) == ()


def test_a_file_that_is_new_or_gone():
    """All of its lines were added, or removed."""
    assert [line.change for line in compare(None, NEW)] == ["added"] * 6
    assert [line.change for line in compare(OLD, None)] == ["removed"] * 5


def test_what_is_far_from_a_change_is_folded():
    """Some lines around a change are told, of the rest only how many there are; nothing where nothing changed."""
    old = FileCoverage("a.py", "".join(f"x{n}\n" for n in range(20)), (1,) * 20)
    new = FileCoverage("a.py", old.text, (1,) * 10 + (0,) + (1,) * 9)
    told = folded(list(compare(old, new)), "state", context=2)
    assert told[0] == Fold(8)
    assert [line.new_number for line in told[1:-1]] == [9, 10, 11, 12, 13]
    assert told[-1] == Fold(7)
    assert folded(list(compare(old, old)), "state") == []


@st.composite
def files(draw: st.DrawFn) -> FileCoverage:
    text = "".join(f"{line}\n" for line in draw(st.lists(st.sampled_from("abcd"), max_size=12)))
    size = len(lines_of(text))
    return FileCoverage("a.py", text, tuple(draw(st.lists(st.integers(-1, 2), min_size=size, max_size=size))))


@given(files(), files())
def test_every_line_is_told_once_and_in_order(old, new):
    """Both texts, with their states, can be read from a comparison."""
    lines = list(compare(old, new))
    kept, came = ([line for line in lines if line.change != change] for change in ("added", "removed"))
    assert [(line.text, line.old_state) for line in kept] == [*zip(old.lines, old.states, strict=True)]
    assert [(line.text, line.new_state) for line in came] == [*zip(new.lines, new.states, strict=True)]
    assert [line.old_number for line in kept] == [*range(1, len(old.lines) + 1)]
    assert [line.new_number for line in came] == [*range(1, len(new.lines) + 1)]


@given(files(), files())
def test_lines_of_interest_account_for_the_change(old, new):
    """The figures of both differ by nothing but the lines that are told."""
    told = [line for line in compare(old, new) if line.is_of("state")]
    before, after = figures_of(line.old_state for line in told), figures_of(line.new_state for line in told)
    assert new.figures.covered - old.figures.covered == after.covered - before.covered
    assert new.figures.missed - old.figures.missed == after.missed - before.missed
