"""A file's functions or classes, and what is outside of all, as parts that together are the file (docs/parity.md, 44).

Nothing is copied but what is asked for: a part is where it stands in the file's own lines and ways, which are in order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate
from operator import itemgetter
from typing import Literal, NamedTuple, TypeVar

from minicov_lsp.metrics.narrowing import missed_ways, own_lines
from minicov_lsp.metrics.numbers import Numbers
from minicov_lsp.model import Analysis, Arc, Definition, Line

Slices = Sequence[tuple[int, int]]
"""(from, to) in a list, ascending; none is empty."""
_Ranges = Sequence[tuple[Line, Line, int]]
"""(first line, last line, number of the definition whose own they are), ascending; none overlap."""
_Item = TypeVar("_Item")


class Ordered:
    """The lines and ways of a file, ascending."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.executed = sorted(analysis.executed)
        self.missing = sorted(analysis.missing)
        self.excluded = sorted(analysis.source.excluded)
        self.executed_branches = sorted(analysis.executed_branches)
        self.missed: list[Arc] = []
        """Ways never taken, those to excluded lines among them."""
        self._branch_lines: list[Line] = []
        self._ways_before = [0]
        """Of each branch how many ways the ones before it have, and at the end of all."""
        if analysis.has_branches:
            self.missed = sorted(missed_ways(analysis))
            self._branch_lines = [branch.line for branch in analysis.source.branches]
            ways = [len(branch.destinations) for branch in analysis.source.branches]
            self._ways_before = list(accumulate(ways, initial=0))

    def parts(self, kind: Literal["function", "class"]) -> Iterator[Part]:
        """The functions or classes by line, and last what is outside of them."""
        source = self.analysis.source
        definitions = sorted(
            [definition for definition in source.definitions if definition.kind == kind],
            key=lambda definition: definition.line,
        )
        own = [(first, last, at) for at, each in enumerate(definitions) for first, last in each.own_lines]
        ranges = sorted(own)
        number = len(definitions)
        executed, missing, excluded = (
            _shared_out(lines, ranges, number) for lines in (self.executed, self.missing, self.excluded)
        )
        branches = _shared_out(self._branch_lines, ranges, number)
        executed_branches = _shared_out([start for start, _ in self.executed_branches], ranges, number)
        inner = self._inner(ranges)
        missed = _shared_out([start for start, _ in self.missed], ranges, number, inner)
        names = _names(definitions, [bool(executed[at] or missing[at]) for at in range(number)])
        for at, definition in enumerate([*definitions, None]):
            counts = (
                _length(executed[at]) + _length(missing[at]),
                _length(excluded[at]),
                _length(missing[at]),
                sum([self._ways_before[end] - self._ways_before[start] for start, end in branches[at]]),
                self._partial(missed[at]),
                _length(missed[at]),
            )
            start_line = definition.line if definition is not None else _first_outside(ranges, len(source.lines))
            places = (executed[at], missing[at], excluded[at], executed_branches[at], missed[at])
            yield Part(names[at], start_line, definition, counts, Places(*places), self)

    def _partial(self, missed: Slices) -> int:
        """How many missed ways start on lines that ran."""
        missing = self.analysis.missing
        return sum([arc[0] not in missing for start, end in missed for arc in self.missed[start:end]])

    def _inner(self, ranges: _Ranges) -> Sequence[int]:
        """Where in `missed` the ways to an excluded line of the same part are.

        As in coverage.py those to an excluded line of another part count as missing.
        """
        excluded = self.analysis.source.excluded
        if not excluded:
            return ()
        found = [(at, arc) for at, arc in enumerate(self.missed) if arc[1] in excluded]
        return [at for at, (start, end) in found if _owner(start, ranges) == _owner(end, ranges)]


class Places(NamedTuple):
    """What of a file falls to one part: where it stands in the lists of the same names of `Ordered`."""

    executed: Slices
    missing: Slices
    excluded: Slices
    executed_branches: Slices
    missed: Slices


class Part(NamedTuple):
    """A part of a file with a name of its own."""

    name: str
    """Qualified; with `@line` where another of the same kind has the name already; "" for what is outside of all."""
    start_line: Line
    """The `def` or `class` line; of what is outside the first line."""
    definition: Definition | None
    """None for what is outside."""
    counts: tuple[int, ...]
    """The fields of `Numbers`."""
    places: Places
    whole: Ordered
    """The file's."""

    @property
    def numbers(self) -> Numbers:
        """What `count` would give of it alone."""
        return Numbers(*self.counts)

    @property
    def statements(self) -> Sequence[Line]:
        """Ascending."""
        executed = picked(self.whole.executed, self.places.executed)
        return sorted([*executed, *picked(self.whole.missing, self.places.missing)])

    def lines(self, kind: Literal["function", "class"]) -> AbstractSet[Line]:
        """Its own, of parts of this kind."""
        if self.definition is not None:
            return own_lines(self.definition)
        source = self.whole.analysis.source
        others = [own_lines(definition) for definition in source.definitions if definition.kind == kind]
        return set(range(1, len(source.lines) + 1)).difference(*others)


def picked(items: Sequence[_Item], slices: Slices) -> Sequence[_Item]:
    """Those items that are in the slices."""
    if len(slices) == 1:
        ((start, end),) = slices
        return items[start:end]
    return [item for start, end in slices for item in items[start:end]]


def _shared_out(lines: Sequence[Line], ranges: _Ranges, number: int, without: Iterable[int] = ()) -> list[Slices]:
    """Where in ascending lines the own ones of each of so many definitions are, and last all others.

    Positions in `without` fall to nobody.
    """
    found: list[list[tuple[int, int]]] = [[] for _ in range(number + 1)]
    if not lines:
        return [*found]
    rest, at = found[number], 0
    for first, last, owner in ranges:
        low = bisect_left(lines, first, at)
        high = bisect_right(lines, last, low)
        if at < low:
            rest.append((at, low))
        if low < high:
            found[owner].append((low, high))
        at = high
    if at < len(lines):
        rest.append((at, len(lines)))
    left_out = list(without)
    return [_without(slices, left_out) for slices in found] if left_out else [*found]


def _without(slices: Slices, left_out: Sequence[int]) -> Slices:
    """The slices less some positions, ascending."""
    kept = []
    for start, end in slices:
        at = start
        for hole in left_out[bisect_left(left_out, start) : bisect_left(left_out, end)]:
            kept.append((at, hole))
            at = hole + 1
        kept.append((at, end))
    return [each for each in kept if each[0] < each[1]]


def _length(slices: Slices) -> int:
    return sum([end - start for start, end in slices])


def _owner(line: Line, ranges: _Ranges) -> int | None:
    """The number of the definition whose own a line is, None for what is outside."""
    at = bisect_right(ranges, line, key=itemgetter(0)) - 1
    return ranges[at][2] if at >= 0 and line <= ranges[at][1] else None


def _first_outside(ranges: _Ranges, last_line: Line) -> Line:
    """The first line that is no definition's own; 1 where there is none."""
    line = 1
    for first, last, _ in ranges:
        if first > line:
            break
        line = max(line, last + 1)
    return line if line <= last_line else 1


def _names(definitions: Sequence[Definition], has_statements: Sequence[bool]) -> list[str]:
    """What the parts are called; of several with one name the first that has statements keeps it."""
    with_statements = {each.name for each, has in zip(definitions, has_statements, strict=True) if has}
    taken: set[str] = set()
    names = []
    for definition, has in zip(definitions, has_statements, strict=True):
        name = definition.name
        if name in taken or (name in with_statements and not has):
            name += f"@{definition.line}"
        taken.add(name)
        names.append(name)
    return [*names, ""]
