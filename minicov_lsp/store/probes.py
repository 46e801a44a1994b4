"""What a code object's probe table says; schema.py has the form."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import NamedTuple

from minicov_lsp.model import Arc, Line
from minicov_tracer.jumps import Span, Test, read_row, read_span

_JUMP = 7
"""How many numbers a jump's row has before what it tests."""


class ProbeTable(NamedTuple):
    """What probes stand for."""

    lines: tuple[Line, ...]
    """Of probes 1, 2 and so on."""
    arcs: tuple[tuple[int, int, int, int], ...]
    """(a, b, p, q): with probes p and q hit, line a was followed by line b; negative is an entry or exit."""
    jumps: tuple[tuple[int, ...], ...]
    """As CodeFacts.jumps."""
    tests: tuple[Test, ...] = ()
    """As CodeFacts.tests."""
    conditions: tuple[Span, ...] = ()
    """As CodeFacts.conditions."""

    def ran(self, hit: Collection[int]) -> tuple[frozenset[Line], frozenset[Arc]]:
        """The lines and arcs of a set of hit probes; numbers that it knows nothing of are passed over."""
        lines = self.lines
        taken = frozenset((a, b) for a, b, p, q in self.arcs if p in hit and q in hit)
        return frozenset(lines[number - 1] for number in hit if 0 < number <= len(lines)), taken


def decode(probes: str, first_line: Line) -> ProbeTable:
    """The table that a code object's row has. Raises ValueError, TypeError, KeyError or IndexError where it is none."""
    lines, told_jumps, told_arcs, *more = json.loads(probes)
    jumps = tuple(tuple(jump[:_JUMP]) for jump in told_jumps)
    tests = tuple(map(read_row, told_jumps)) if any(len(jump) > _JUMP for jump in told_jumps) else ()
    line_of = [-first_line, *lines, *(jump[3] for jump in jumps for _ in range(2))]
    arcs = []
    for p, *rest in told_arcs:
        if not rest:
            arcs.append((line_of[p], -first_line, p, p))
        elif len(rest) == 1:
            arcs.append((line_of[p], line_of[rest[0]], p, rest[0]))
        else:
            q, a, b = rest
            arcs.append((a, b, p, q))
    conditions = tuple(map(read_span, more[0])) if more else ()
    return ProbeTable(tuple(lines), tuple(arcs), jumps, tests, conditions)
