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

MAX_EDITS = 400
"""Longest edit script that is sought, at least 1; the work grows with its square."""

_Block = tuple[int, int, int, int]
"""(old start, old end, new start, new end), ends exclusive."""


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
        for line in range(min(old, len(self.to_new) - 1), 0, -1):
            if self.to_new[line]:
                return self.to_new[line] if line == old else min(self.to_new[line] + 1, len(self.to_old) - 1)
        return 1

    @property
    def is_identity(self) -> bool:
        """Whether both texts have the same lines."""
        return len(self.to_new) == len(self.to_old) and all(self.to_new[1:])


def map_lines(old: Sequence[str], new: Sequence[str]) -> LineMap:
    """The map between two texts, each a sequence of lines without line ends."""
    to_new = [0] * (len(old) + 1)
    to_old = [0] * (len(new) + 1)
    for old_index, new_index in _matches(old, new):
        to_new[old_index + 1] = new_index + 1
        to_old[new_index + 1] = old_index + 1
    return LineMap(tuple(to_new), tuple(to_old))


def _matches(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of indices of matched lines, in no particular order."""
    pending: list[_Block] = [(0, len(old), 0, len(new))]
    while pending:
        old_start, old_end, new_start, new_end = pending.pop()
        while old_start < old_end and new_start < new_end and old[old_start] == new[new_start]:
            yield old_start, new_start
            old_start, new_start = old_start + 1, new_start + 1
        while old_start < old_end and new_start < new_end and old[old_end - 1] == new[new_end - 1]:
            old_end, new_end = old_end - 1, new_end - 1
            yield old_end, new_end
        if old_start == old_end or new_start == new_end:
            continue
        # A line that only one side has cannot be matched, and would only make the edit script longer.
        common = set(old[old_start:old_end]).intersection(new[new_start:new_end])
        old_rows = [index for index in range(old_start, old_end) if old[index] in common]
        new_rows = [index for index in range(new_start, new_end) if new[index] in common]
        script, reached = _edit_script([old[row] for row in old_rows], [new[row] for row in new_rows], MAX_EDITS)
        if reached == (len(old_rows), len(new_rows)):
            yield from ((old_rows[a], new_rows[b]) for a, b in script)
        elif anchors := _anchors(old, old_rows, new, new_rows):
            yield from anchors
            pending.extend(_between(anchors, (old_start, old_end, new_start, new_end)))
        else:
            yield from ((old_rows[a], new_rows[b]) for a, b in script)
            if reached[0] < len(old_rows) and reached[1] < len(new_rows):
                pending.append((old_rows[reached[0]], old_end, new_rows[reached[1]], new_end))


def _edit_script(old: Sequence[str], new: Sequence[str], limit: int) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """A longest common subsequence as pairs of indices, and how far it goes in each text.

    It goes to both ends when that takes no more than `limit` edits, else as far
    as so many lead. `reach[k]` is the furthest old index on diagonal k = old
    index - new index after so many edits; the trace of all of them is the way back.
    """
    old_size, new_size = len(old), len(new)
    reach = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(limit, old_size + new_size) + 1):
        trace.append(dict(reach))
        for diagonal in range(-edits, edits + 1, 2):
            a = reach[diagonal + 1] if _is_insertion(reach, edits, diagonal) else reach[diagonal - 1] + 1
            b = a - diagonal
            while a < old_size and b < new_size and old[a] == new[b]:
                a, b = a + 1, b + 1
            reach[diagonal] = a
            if a >= old_size and b >= new_size:
                return _walk_back(trace, a, b), (a, b)
    furthest = max(
        (
            (reach[diagonal], reach[diagonal] - diagonal)
            for diagonal in range(-limit, limit + 1, 2)
            if reach[diagonal] <= old_size and 0 <= reach[diagonal] - diagonal <= new_size
        ),
        key=sum,
    )
    return _walk_back(trace, *furthest), furthest


def _is_insertion(reach: dict[int, int], edits: int, diagonal: int) -> bool:
    """Whether `diagonal` is entered by a line inserted (from the diagonal above), not by one deleted."""
    return diagonal == -edits or (diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1])


def _walk_back(trace: Sequence[dict[int, int]], a: int, b: int) -> list[tuple[int, int]]:
    """The matched pairs on the way to (a, b), last first."""
    matched: list[tuple[int, int]] = []
    for edits in range(len(trace) - 1, -1, -1):
        reach, diagonal = trace[edits], a - b
        before = diagonal + 1 if _is_insertion(reach, edits, diagonal) else diagonal - 1
        before_a, before_b = reach[before], reach[before] - before
        while a > max(before_a, 0) and b > max(before_b, 0):
            a, b = a - 1, b - 1
            matched.append((a, b))
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
