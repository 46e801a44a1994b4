"""Probe tables as data files of the versions 2 and 3 have them, and hit logs of that time: as JSON.

[lines, jumps, arcs], or [lines, jumps, arcs, conditions]
lines: [line, ...]
jumps: [[offset, offset if not taken, offset if taken, line, byte column, end line, end byte column, jumps.row], ...]
arcs: [[p, q, a, b], ...]; [p, q]: a is the line of p and b that of q; [p]: b is the exit and q is p
conditions: [[line, byte column, end line, end byte column], ...]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minicov_tracer import probe_text

_JUMP = 7
_SPAN = 4


def converted(table: Any, first_line: int) -> str:  # from a file
    """The text of such a table now. Raises ValueError, TypeError or IndexError where it is none."""
    lines, jumps, arcs, *more = table
    conditions = more[0] if more else []
    numbers = [first_line, *lines, *(number for row in (*jumps, *arcs, *conditions) for number in row)]
    if any(type(number) is not int for number in numbers):
        raise ValueError("a table of probes is damaged")
    if any(len(jump) < _JUMP for jump in jumps) or any(len(span) != _SPAN for span in conditions):
        raise ValueError("a table of probes is damaged")
    line_of = [-first_line, *lines, *(jump[3] for jump in jumps for _ in range(2))]
    return probe_text.encode(first_line, lines, jumps, [_arc(arc, line_of) for arc in arcs], conditions)


def _arc(told: Sequence[int], line_of: Sequence[int]) -> tuple[int, int, int, int]:
    if len(told) == 1:
        (p,) = told
        return line_of[p], line_of[0], p, p
    if len(told) == 2:
        p, q = told
        return line_of[p], line_of[q], p, q
    p, q, a, b = told
    return a, b, p, q
