"""A code object's probe table as the list of numbers that `code.probes` is (number_lists.py).

    how many lines L, followers F, jumps J, kinds K, arcs A, conditions C; first_line - b
    L lines
    F followers, of the probes from 0 on: q + 1 if, with this and q hit, the line of q came after that of this one;
        1 if the exit did; 0 if nothing is told
    J jumps of seven: offset; bytes to where it goes if not taken; if taken (an odd number n: n + 1 bytes back);
        line, byte column, how many lines further it ends, end byte column
    K kinds of tests, of the jumps from 0 on: 0 if nothing is told, else jumps.row's and 64 for each span that it has
    A arcs of four: with probes p and q hit, an end was followed by another
    C conditions of four, which jumps alone do not decide: line, byte column, how many lines further, end byte column
    the spans of all jumps, each like a condition

b is a line before all others, mostly first_line - 1. A line is told as line - b, none as 0. The end of an arc is told
as 0 for -first_line, the entry or exit; else as 2 * (line - b), and one more where it is negative. The entry's probe
has the line -first_line, those of a jump the jump's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from minicov_tracer.number_lists import packed, unpacked

COUNTS = 7
"""How many numbers come first."""
JUMP = 7
"""Numbers of a jump."""
SPANS = 64
"""What a span adds to a jump's kind of test."""
_SPAN = 4
"""Numbers of a span, of an arc, of a condition."""

JumpRow = Sequence[int]
"""Offset, offset if not taken, offset if taken, line, byte column, end line, end byte column, then jumps.row."""
Arc = tuple[int, int, int, int]
"""(a, b, p, q): with probes p and q hit, line a was followed by line b."""


def encode(
    first_line: int,
    lines: Sequence[int],
    jumps: Sequence[JumpRow] = (),
    arcs: Iterable[Arc] = (),
    conditions: Sequence[Sequence[int]] = (),
) -> str:
    """The text of a table."""
    arcs = list(arcs)
    line_of = [-first_line, *lines, *(jump[3] for jump in jumps for _ in range(2))]
    before = _line_before(first_line, lines, jumps, arcs, conditions)
    followers, others = _followers(arcs, line_of, 1 + len(lines))
    kinds = _kinds(jumps)
    told = [len(lines), len(followers), len(jumps), len(kinds), len(others), len(conditions), first_line - before]
    told += [line - before for line in lines]
    told += followers
    for jump in jumps:
        told += _jump(jump, before)
    told += kinds
    for a, b, p, q in others:
        told += (p, q, _end(a, first_line, before), _end(b, first_line, before))
    for span in conditions:
        told += _span(span, before)
    for jump in jumps:
        for at in range(JUMP + 1, len(jump), _SPAN):
            told += _span(jump[at : at + _SPAN], before)
    return packed(told)


def completed(table: str, first_line: int, conditions: Sequence[Sequence[int]]) -> str:
    """A table that has no conditions, with these, none of which comes before first_line."""
    numbers = unpacked(table)
    lines, followers, jumps, kinds, arcs, _, distance = numbers[:COUNTS]
    at = COUNTS + lines + followers + JUMP * jumps + kinds + _SPAN * arcs
    numbers[at:at] = [number for span in conditions for number in _span(span, first_line - distance)]
    numbers[5] = len(conditions)
    return packed(numbers)


def reduced(table: str, *, has_arcs: bool, has_tests: bool) -> str:
    """A table that has no conditions, without its arcs, or without what its jumps test."""
    numbers = iter(unpacked(table))
    lines, followers, jumps, kinds, arcs, _, distance = islice(numbers, COUNTS)
    told_lines, told_followers, told_jumps, told_kinds, told_arcs = (
        list(islice(numbers, count)) for count in (lines, followers, JUMP * jumps, kinds, _SPAN * arcs)
    )
    spans = list(numbers)
    if not has_tests:
        kinds, told_kinds, spans = 0, [], []
    if not has_arcs:
        followers, arcs, told_followers, told_arcs = 0, 0, [], []
    counts = [lines, followers, jumps, kinds, arcs, 0, distance]
    return packed(counts + told_lines + told_followers + told_jumps + told_kinds + told_arcs + spans)


def _line_before(
    first_line: int,
    lines: Sequence[int],
    jumps: Iterable[JumpRow],
    arcs: Iterable[Arc],
    conditions: Iterable[Sequence[int]],
) -> int:
    """A line before all that are told."""
    placed = [jump[at] for jump in jumps for at in (3, *range(JUMP + 1, len(jump), _SPAN)) if jump[at]]
    ends = [abs(end) for a, b, _, _ in arcs for end in (a, b)]
    least: int = min([first_line, *lines, *placed, *ends, *(span[0] for span in conditions)])
    return least - 1


def _followers(arcs: Iterable[Arc], line_of: Sequence[int], jumps_at: int) -> tuple[list[int], list[Arc]]:
    """What follows each probe, and the arcs that this does not tell; `line_of` is the line of each probe."""
    followers, others = [0] * len(line_of), []
    count = 0
    for arc in arcs:
        a, b, p, q = arc
        told = 0
        if p < len(line_of) and not followers[p] and a == line_of[p]:
            if b == line_of[0] and q == p:
                told = 1
            elif 0 < q < jumps_at and b == line_of[q]:
                told = q + 1
        if told:
            followers[p] = told
            count = max(count, p + 1)
        else:
            others.append(arc)
    return followers[:count], others


def _jump(jump: JumpRow, before: int) -> list[int]:
    offset, not_taken, taken, *_ = jump
    away = taken - offset if taken >= offset else offset - taken - 1
    return [offset, not_taken - offset, away, *_span(jump[3:JUMP], before)]


def _kinds(jumps: Iterable[JumpRow]) -> list[int]:
    """What jumps test, up to the last that tests anything."""
    kinds, count = [], 0
    for number, jump in enumerate(jumps, 1):
        has_test = len(jump) > JUMP
        kinds.append(jump[JUMP] + SPANS * ((len(jump) - JUMP) // _SPAN) if has_test else 0)
        count = number if has_test else count
    return kinds[:count]


def _span(span: Sequence[int], before: int) -> list[int]:
    line, column, end_line, end_column = span
    return [line - before if line else 0, column, end_line - line, end_column]


def _end(line: int, first_line: int, before: int) -> int:
    if line == -first_line:
        return 0
    return 2 * (line - before) if line >= 0 else 2 * (-line - before) + 1
