"""Which line of one text is which line of another: an exact line diff.

Equal heads and tails are set aside first, which is all there is to do for most
edits. What is left is matched by Myers' shortest edit script ("An O(ND)
Difference Algorithm and Its Variations", 1986). Where the two differ too much
for that to be quick, lines that are unique on both sides are matched first
(Bram Cohen's patience diff) and the pieces between them apart.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from minicov_lsp.source.text import unchanged

MAX_EDITS = 400
"""Longest edit script that is sought, at least 1; the work grows with its square."""

_Block = tuple[int, int, int, int]
"""(old start, old end, new start, new end), ends exclusive."""
_Run = tuple[int, int, int]
"""(old start, new start, how many) of lines that match one after the other."""
_SPARE = 8
"""How many edits more than there are lines more or fewer are thought of first; even."""


@dataclass(frozen=True, slots=True)
class LineMap:
    """Where lines went between two texts; lines count from 1, 0 is nowhere.

    Matched lines are identical, and each is matched at most once. A diff keeps
    their order; functions that were moved (`moves.with_moved`) don't.
    """

    to_new: tuple[int, ...]
    """For each old line, the new one; index 0 is unused."""
    to_old: tuple[int, ...]
    """For each new line, the old one; index 0 is unused."""

    def new_line(self, old: int) -> int:
        """Where an old line is now, or 0."""
        return self.to_new[old] if 0 < old < len(self.to_new) else 0

    def old_line(self, new: int) -> int:
        """Where a new line was, or 0."""
        return self.to_old[new] if 0 < new < len(self.to_old) else 0

    def nearest_new(self, old: int) -> int:
        """Where an old line is now, or else the new line in the gap that it left; at least 1."""
        if found := self.new_line(old):
            return found
        for line in range(min(old, len(self.to_new)) - 1, 0, -1):
            if self.to_new[line]:
                return min(self.to_new[line] + 1, len(self.to_old) - 1)
        return 1

    @property
    def is_identity(self) -> bool:
        """Whether both texts have the same lines."""
        return len(self.to_new) == len(self.to_old) and all(self.to_new[1:])


def map_lines(old: Sequence[str], new: Sequence[str]) -> LineMap:
    """The map between two texts, each a sequence of lines without line ends."""
    to_new = [0] * (len(old) + 1)
    to_old = [0] * (len(new) + 1)
    for old_start, new_start, size in _matches(old, new):
        to_new[old_start + 1 : old_start + size + 1] = range(new_start + 1, new_start + size + 1)
        to_old[new_start + 1 : new_start + size + 1] = range(old_start + 1, old_start + size + 1)
    return LineMap(tuple(to_new), tuple(to_old))


def _matches(old: Sequence[str], new: Sequence[str]) -> Iterator[_Run]:
    """Indices of matched lines, in no particular order."""
    pending: list[_Block] = [(0, len(old), 0, len(new))]
    while pending:
        old_start, old_end, new_start, new_end = pending.pop()
        head, tail = unchanged(old[old_start:old_end], new[new_start:new_end])
        yield old_start, new_start, head
        yield old_end - tail, new_end - tail, tail
        old_start, old_end, new_start, new_end = old_start + head, old_end - tail, new_start + head, new_end - tail
        if old_start == old_end or new_start == new_end:
            continue
        # A line that only one side has cannot be matched, and would only make the edit script longer.
        common = set(old[old_start:old_end]).intersection(new[new_start:new_end])
        old_rows = [index for index in range(old_start, old_end) if old[index] in common]
        new_rows = [index for index in range(new_start, new_end) if new[index] in common]
        script, reached = _edit_script([old[row] for row in old_rows], [new[row] for row in new_rows], MAX_EDITS)
        is_whole = reached == (len(old_rows), len(new_rows))
        if not is_whole and (anchors := _anchors(old, old_rows, new, new_rows)):
            yield from ((a, b, 1) for a, b in anchors)
            pending.extend(_between(anchors, (old_start, old_end, new_start, new_end)))
            continue
        for a, b, size in script:
            yield from _together(old_rows[a : a + size], new_rows[b : b + size])
        if reached[0] < len(old_rows) and reached[1] < len(new_rows):
            pending.append((old_rows[reached[0]], old_end, new_rows[reached[1]], new_end))


def _together(old_rows: Sequence[int], new_rows: Sequence[int]) -> Iterator[_Run]:
    """Lines that match one by one, as runs of lines that are next to each other in both texts."""
    last = len(old_rows) - 1
    if old_rows[last] - old_rows[0] == last == new_rows[last] - new_rows[0]:
        yield old_rows[0], new_rows[0], last + 1
    else:
        half = len(old_rows) // 2
        yield from _together(old_rows[:half], new_rows[:half])
        yield from _together(old_rows[half:], new_rows[half:])


def _edit_script(old: Sequence[str], new: Sequence[str], limit: int) -> tuple[list[_Run], tuple[int, int]]:
    """A longest common subsequence, and how far it goes in each text.

    It goes to both ends when that takes no more than `limit` edits, else as far
    as so many lead. First, only those diagonals are looked at from which few
    edits lead to both ends: it is the same script, and found at once where
    lines were only added or only deleted.
    """
    fewest = abs(len(old) - len(new))
    trace, reach = _search(old, new, limit, fewest + _SPARE)
    if reach.get(len(old) - len(new)) != len(old):
        trace, reach = _search(old, new, limit, fewest + 2 * limit)
    end = len(old), len(new)
    if reach.get(end[0] - end[1]) != end[0]:
        ends = [(reach[diagonal], reach[diagonal] - diagonal) for diagonal in range(-limit, limit + 1, 2)]
        end = max((each for each in ends if each[0] <= len(old) and 0 <= each[1] <= len(new)), key=sum)
    return _walk_back(trace, *end), end


def _search(
    old: Sequence[str], new: Sequence[str], limit: int, expected: int
) -> tuple[list[dict[int, int]], dict[int, int]]:
    """How far so many edits lead, on those diagonals from which no more than `expected` in all lead to both ends.

    `reach[k]` is the furthest old index on diagonal k = old index - new index;
    before it comes what it was before each edit, which is the way back. It ends
    once both ends are reached.
    """
    old_size, new_size = len(old), len(new)
    last = old_size - new_size
    reach = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(limit, expected, old_size + new_size) + 1):
        trace.append(dict(reach))
        left = expected - edits
        for diagonal in range(max(-edits, last - left), min(edits, last + left) + 1, 2):
            a = reach[diagonal + 1] if _is_insertion(reach, edits, diagonal) else reach[diagonal - 1] + 1
            b = a - diagonal
            while a < old_size and b < new_size and old[a] == new[b]:
                a, b = a + 1, b + 1
            reach[diagonal] = a
            if diagonal == last and a >= old_size:
                return trace, reach
    return trace, reach


def _is_insertion(reach: dict[int, int], edits: int, diagonal: int) -> bool:
    """Whether `diagonal` is entered by a line inserted (from the diagonal above), not by one deleted."""
    return diagonal == -edits or (diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1])


def _walk_back(trace: Sequence[dict[int, int]], a: int, b: int) -> list[_Run]:
    """What matches on the way to (a, b), last first."""
    matched: list[_Run] = []
    for edits in range(len(trace) - 1, -1, -1):
        reach, diagonal = trace[edits], a - b
        before = diagonal + 1 if _is_insertion(reach, edits, diagonal) else diagonal - 1
        before_a, before_b = reach[before], reach[before] - before
        size = min(a - max(before_a, 0), b - max(before_b, 0))
        if size > 0:
            matched.append((a - size, b - size, size))
        a, b = before_a, before_b
    return matched


def _anchors(
    old: Sequence[str], old_rows: Sequence[int], new: Sequence[str], new_rows: Sequence[int]
) -> list[tuple[int, int]]:
    """Lines to split at, ascending: those that occur equally often on both sides, paired in order.

    Unique lines are the trustworthy ones; only where there are none do the
    repeated lines serve.
    """
    old_places, new_places = _places(old, old_rows), _places(new, new_rows)
    for most in (1, max(len(old_rows), len(new_rows))):
        pairs = sorted(
            pair
            for line, places in old_places.items()
            if len(places) == len(new_places[line]) <= most
            for pair in zip(places, new_places[line], strict=True)
        )
        if pairs:
            return _longest_rising(pairs)
    return []


def _places(lines: Sequence[str], rows: Sequence[int]) -> dict[str, list[int]]:
    """{line: indices at which it stands, ascending}."""
    places: dict[str, list[int]] = {}
    for row in rows:
        places.setdefault(lines[row], []).append(row)
    return places


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence in which the second numbers rise too (patience sorting)."""
    tops: list[int] = []
    top_pairs: list[int] = []
    previous: list[int] = []
    for index, (_, new) in enumerate(pairs):
        pile = bisect_left(tops, new)
        previous.append(top_pairs[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [new]
        top_pairs[pile : pile + 1] = [index]
    rising: list[tuple[int, int]] = []
    index = top_pairs[-1]
    while index >= 0:
        rising.append(pairs[index])
        index = previous[index]
    return rising[::-1]


def _between(anchors: Sequence[tuple[int, int]], block: _Block) -> Iterator[_Block]:
    """The blocks that the anchors leave; none where there is no anchor, so that the work ends."""
    if not anchors:
        return
    old_start, old_end, new_start, new_end = block
    for (old_before, new_before), (old_after, new_after) in pairwise(
        [(old_start - 1, new_start - 1), *anchors, (old_end, new_end)]
    ):
        if old_after - old_before > 1 and new_after - new_before > 1:
            yield old_before + 1, old_after, new_before + 1, new_after
