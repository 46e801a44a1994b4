"""What a code object's probe table says; schema.py has the form."""

from __future__ import annotations

import json
from itertools import compress
from typing import NamedTuple

from minicov_lsp.model import Arc, Line
from minicov_tracer.jumps import Span, Test, read_row, read_span

_JUMP = 7
"""How many numbers a jump's row has before what it tests."""
_FLAGS = bytes.maketrans(b"01", b"\0\1")
"""From digits to what is false or true."""


class ProbeTable(NamedTuple):
    """What probes stand for."""

    lines: tuple[Line, ...]
    """Of probes 1, 2 and so on."""
    arcs: tuple[tuple[Arc, int, int], ...]
    """((a, b), p, q): with probes p and q hit, line a was followed by line b; negative is an entry or exit."""
    jumps: tuple[tuple[int, ...], ...]
    """As CodeFacts.jumps."""
    tests: tuple[Test, ...] = ()
    """As CodeFacts.tests."""
    conditions: tuple[Span, ...] = ()
    """As CodeFacts.conditions."""

    def ran(self, hit: int) -> tuple[frozenset[Line], frozenset[Arc]]:
        """The lines and arcs of hit probes as a bit set; of those that it knows nothing of nothing is said."""
        number = 1 + len(self.lines) + 2 * len(self.jumps)
        flags = f"{hit:0{number}b}".encode().translate(_FLAGS)[::-1]
        taken = [arc for arc, p, q in self.arcs if flags[p] and flags[q]]
        return frozenset(compress(self.lines, flags[1:])), frozenset(taken)


def decode(probes: str, first_line: Line) -> ProbeTable:
    """The table that a code object's row has. Raises ValueError, TypeError, KeyError or IndexError where it is none."""
    lines, told_jumps, told_arcs, *more = json.loads(probes)
    jumps = tuple(tuple(jump[:_JUMP]) for jump in told_jumps)
    tests = tuple(map(read_row, told_jumps)) if any(len(jump) > _JUMP for jump in told_jumps) else ()
    line_of = [-first_line, *lines, *(jump[3] for jump in jumps for _ in range(2))]
    arcs = [_arc(told, line_of) for told in told_arcs]
    conditions = tuple(map(read_span, more[0])) if more else ()
    return ProbeTable(tuple(lines), tuple(arcs), jumps, tests, conditions)


def _arc(told: list[int], line_of: list[Line]) -> tuple[Arc, int, int]:
    """One of the table's arcs; `line_of` has the line of each probe, of the entry the negative first one."""
    if len(told) == 2:
        p, q = told
        return (line_of[p], line_of[q]), p, q
    if len(told) == 1:
        (p,) = told
        return (line_of[p], line_of[0]), p, p
    p, q, a, b = told
    return (a, b), p, q
