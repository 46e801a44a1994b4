"""What a code object's probe table says; minicov_tracer.probe_text has the form."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, compress, count, repeat
from typing import NamedTuple

from minicov_lsp.model import Arc, Line
from minicov_tracer.jumps import Span, Test, read_row
from minicov_tracer.number_lists import unpacked
from minicov_tracer.probe_text import COUNTS, JUMP, SPANS

_LINE = 3
"""The place of a jump's line."""
_OUTCOMES = 0, 1
_SPAN = 4
"""Numbers of a span, or an arc."""
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
    """The table that a code object's row has. Raises ValueError, TypeError or IndexError where it is none."""
    numbers = unpacked(probes)
    line_count, follower_count, jump_count, kind_count, arc_count, condition_count, distance = numbers[:COUNTS]
    if min(line_count, follower_count, kind_count) < 0:
        raise ValueError("a table of probes is damaged")
    before, at = first_line - distance, COUNTS + line_count
    lines = tuple([before + number for number in numbers[COUNTS:at]])
    followers = numbers[at : at + follower_count]
    at += follower_count
    jumps = _rows(numbers, at, JUMP, jump_count)
    at += JUMP * jump_count
    kinds = numbers[at : at + kind_count]
    at += kind_count
    arcs = _rows(numbers, at, _SPAN, arc_count)
    at += _SPAN * arc_count
    conditions = _rows(numbers, at, _SPAN, condition_count)
    at += _SPAN * condition_count
    spans = iter(_rows(numbers, at, _SPAN, (len(numbers) - at) // _SPAN) if at < len(numbers) else ())
    told = [_jump(jump, before) for jump in jumps]
    line_of = [-first_line, *lines, *[jump[_LINE] for jump in told for _ in _OUTCOMES]]
    return ProbeTable(
        lines,
        (*_followed(followers, line_of), *[_arc(arc, first_line, before) for arc in arcs]),
        tuple(told),
        tuple(_tests(told, kinds, spans, before)),
        tuple([_span(span, before) for span in conditions]),
    )


def lines_of(probes: str, first_line: Line) -> list[Line]:
    """The lines of such a table alone. Raises ValueError, TypeError or IndexError where it is none."""
    numbers = unpacked(probes)
    before = first_line - numbers[COUNTS - 1]
    return [before + number for number in numbers[COUNTS : COUNTS + numbers[0]]]


def _rows(numbers: list[int], at: int, width: int, count: int) -> list[list[int]]:
    """So many rows of numbers. Raises ValueError where there are fewer."""
    end = at + width * count
    if not 0 <= count <= end <= len(numbers):
        raise ValueError("a table of probes is damaged")
    return [numbers[start : start + width] for start in range(at, end, width)]


def _followed(followers: list[int], line_of: list[Line]) -> list[tuple[Arc, int, int]]:
    """The arcs to what follows probes; `line_of` has the line of each, of the entry the negative first one."""
    arcs = zip(line_of, followers, count())  # probes after the last that says something are left out
    return [((line, line_of[told - 1]), p, told - 1 if told > 1 else p) for line, told, p in arcs if told]


def _arc(told: list[int], first_line: Line, before: Line) -> tuple[Arc, int, int]:
    p, q, a, b = told
    return (_end(a, first_line, before), _end(b, first_line, before)), p, q


def _end(told: int, first_line: Line, before: Line) -> Line:
    if not told:
        return -first_line
    line = before + (told >> 1)
    return -line if told & 1 else line


def _jump(told: list[int], before: Line) -> tuple[int, ...]:
    """A jump as CodeFacts.jumps has it."""
    offset, further, away, line, column, lines, end_column = told
    taken = offset - away - 1 if away & 1 else offset + away
    line += before if line else 0
    return offset, offset + further, taken, line, column, line + lines, end_column


def _span(told: list[int], before: Line) -> Span:
    line, column, further, end_column = told
    line += before if line else 0
    return line, column, line + further, end_column


def _tests(jumps: list[tuple[int, ...]], kinds: list[int], spans: Iterator[list[int]], before: Line) -> Iterator[Test]:
    """What jumps test; nothing where none tests anything. Raises ValueError where spans are not there."""
    if not any(kinds):
        return
    for jump, kind in zip(jumps, chain(kinds, repeat(0))):  # noqa: B905  # those after the last that tests anything are left out
        more: list[int] = []
        for _ in range(kind // SPANS):
            more += _span(next(spans, []), before)
        yield read_row((*jump, kind % SPANS, *more) if kind else jump)
