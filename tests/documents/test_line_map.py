import difflib
import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from minicov_lsp.documents import line_map
from minicov_lsp.documents.line_map import LineMap, map_lines

TEXTS = st.lists(st.sampled_from(["", "a", "b", "    return x", ")", "c", "d", "e"]), max_size=40)


def pairs(found: LineMap) -> list[tuple[int, int]]:
    return [(old, new) for old, new in enumerate(found.to_new) if new]


def check(old: list[str], new: list[str]) -> LineMap:
    """Every law that a map obeys."""
    found = map_lines(old, new)
    matched = pairs(found)
    assert all(old[a - 1] == new[b - 1] for a, b in matched)
    assert [b for _, b in matched] == sorted({b for _, b in matched})
    assert [(old, new) for new, old in enumerate(found.to_old) if old] == matched
    assert (len(found.to_new), len(found.to_old)) == (len(old) + 1, len(new) + 1)
    return found


def longest_common_subsequence(old: list[str], new: list[str]) -> int:
    """The textbook table, as the judge of how many lines can be matched."""
    row = [0] * (len(new) + 1)
    for line in old:
        before = row[:]
        for index, other in enumerate(new, start=1):
            row[index] = before[index - 1] + 1 if line == other else max(before[index], row[index - 1])
    return row[-1]


@settings(max_examples=400)
@given(TEXTS, TEXTS)
def test_only_identical_lines_match_in_order(old, new):
    """No line is ever taken for one with another text, none twice, and the order is kept."""
    check(old, new)


@given(TEXTS, TEXTS)
def test_as_many_lines_match_as_can(old, new):
    """The edit script is a shortest one."""
    assert len(pairs(map_lines(old, new))) == longest_common_subsequence(old, new)


@given(TEXTS)
def test_equal_texts_map_to_themselves(text):
    """Undo brings every line back to where it was."""
    found = map_lines(text, list(text))
    assert found.is_identity
    assert pairs(found) == [(line, line) for line in range(1, len(text) + 1)]


@settings(max_examples=200)
@given(TEXTS, TEXTS, st.integers(1, 12))
def test_laws_hold_when_the_texts_differ_too_much_for_a_shortest_script(old, new, limit):
    """With the effort bounded, fewer lines may match, but never a wrong one."""
    before = line_map.MAX_EDITS
    line_map.MAX_EDITS = limit
    try:
        check(old, new)
    finally:
        line_map.MAX_EDITS = before


def test_an_inserted_line_moves_what_follows():
    """A new line has no origin; the lines after it keep theirs."""
    found = check(["a", "b", "c"], ["a", "new", "b", "c"])
    assert found.to_old == (0, 1, 0, 2, 3)
    assert found.new_line(2) == 3


def test_a_changed_line_is_nowhere():
    """One character is enough for a line to be another."""
    found = check(["a", "b", "c"], ["a", "b ", "c"])
    assert (found.new_line(2), found.old_line(2)) == (0, 0)


def test_a_function_inserted_between_two_alike_is_new_as_a_whole():
    """Lines that resemble the neighbours' are not taken from them."""
    first = ["def a():", "    x = 1", "    return x", ""]
    last = ["def c():", "    x = 1", "    return x", ""]
    inserted = ["def b():", "    x = 1", "    return x", ""]
    found = check(first + last, first + inserted + last)
    assert found.to_old[1:] == (1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8)


def test_lines_outside_are_nowhere():
    """Lines below 1 and beyond the end have no image."""
    found = map_lines(["a"], ["a"])
    assert (found.new_line(0), found.new_line(2), found.old_line(-1), found.old_line(2)) == (0, 0, 0, 0)


def test_a_line_that_is_gone_is_nearest_to_the_gap_it_left():
    """What stood on a deleted line can still be shown where it was."""
    found = check(["a", "b", "c"], ["a", "c"])
    assert [found.nearest_new(line) for line in (1, 2, 3, 9)] == [1, 2, 2, 2]


def _program(size: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    body = ["", "    return x", "    else:", ")", "    if x:"]
    return [
        chance.choice(body) if chance.random() < 0.4 else f"    value_{chance.randrange(size)} = {n}"
        for n in range(size)
    ]


def test_twenty_thousand_lines_after_one_edit_are_quick():
    """Typing in a large file must not be felt: heads and tails cost one comparison a line."""
    old = _program(20_000, 1)
    new = [*old[:9000], "changed", *old[9001:]]
    started = time.process_time()
    found = map_lines(old, new)
    assert time.process_time() - started < 0.5
    assert len(pairs(found)) == 19_999


def test_twenty_thousand_lines_rewritten_end_in_time():
    """However much two large texts differ, the map is found, and it is sound."""
    old, new = _program(20_000, 1), _program(20_000, 2)
    started = time.process_time()
    check(old, new)
    assert time.process_time() - started < 20


def test_many_scattered_edits_match_what_a_reference_matches():
    """Hundreds of edits all over a file lose no line that another diff keeps."""
    old = _program(3000, 3)
    chance = random.Random(4)
    new = [f"edited {n}" if chance.random() < 0.15 else line for n, line in enumerate(old)]
    reference = difflib.SequenceMatcher(None, old, new, autojunk=False)
    assert len(pairs(check(old, new))) >= sum(block.size for block in reference.get_matching_blocks())
