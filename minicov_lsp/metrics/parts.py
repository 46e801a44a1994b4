"""A file's functions or classes, and what is outside of all, as parts that together are the file (docs/parity.md, 44).

Lines and ways are put in order once for a file; the own ones of a part are then pieces of these lists.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import compress
from operator import itemgetter
from typing import Generic, Literal, NamedTuple, TypeVar

from minicov_lsp.metrics.narrowing import missed_ways, own_lines
from minicov_lsp.metrics.numbers import Numbers
from minicov_lsp.model import Analysis, Arc, Definition, Line

_Ranges = Sequence[tuple[Line, Line, int]]
"""(first line, last line, number of the definition whose own they are), ascending; none overlap."""
_Item = TypeVar("_Item")
_OfLine = TypeVar("_OfLine")
_OfWay = TypeVar("_OfWay")


class Lists(NamedTuple, Generic[_OfLine, _OfWay]):
    """The lines and ways of a file or a part of it, or something for each; by line."""

    executed: Sequence[_OfLine]
    missing: Sequence[_OfLine]
    excluded: Sequence[_OfLine]
    executed_branches: Sequence[_OfWay]
    missed: Sequence[_OfWay]
    """Ways never taken; of a file those to excluded lines, too, which only another part's count as missing."""


def ordered(analysis: Analysis) -> Lists[Line, Arc]:
    """The lines and ways of a file, ascending."""
    return Lists(
        sorted(analysis.executed),
        sorted(analysis.missing),
        sorted(analysis.source.excluded),
        sorted(analysis.executed_branches),
        sorted(missed_ways(analysis)) if analysis.has_branches else [],
    )


class Part(NamedTuple, Generic[_OfLine, _OfWay]):
    """A part of a file with a name of its own."""

    name: str
    """Qualified; with `@line` where another of the same kind has the name already; "" for what is outside of all."""
    start_line: Line
    """The `def` or `class` line; of what is outside the first line."""
    definition: Definition | None
    """None for what is outside."""
    counts: tuple[int, ...]
    """The fields of `Numbers`, as `count` would give them of it alone."""
    own: Lists[_OfLine, _OfWay]
    """What falls to it."""

    @property
    def numbers(self) -> Numbers:
        """Its counts by name."""
        return Numbers(*self.counts)


def parts(
    analysis: Analysis,
    kind: Literal["function", "class"],
    lists: Lists[Line, Arc],
    items: Lists[_OfLine, _OfWay],
) -> Iterator[Part[_OfLine, _OfWay]]:
    """The functions or classes of a file by line, and last what is outside of them.

    `lists` are those of `ordered`; `items` has for each line and way what the parts shall have in its place.
    """
    source = analysis.source
    definitions = sorted(
        [definition for definition in source.definitions if definition.kind == kind],
        key=lambda definition: definition.line,
    )
    ranges = sorted((first, last, at) for at, each in enumerate(definitions) for first, last in each.own_lines)
    share = _Sharing(ranges, len(definitions), len(source.lines))
    executed, missing, excluded = map(share.out, items[:3], lists[:3])
    taken = share.out(items.executed_branches, [start for start, _ in lists.executed_branches])
    ways, never = lists.missed, items.missed
    outer = _outer(ways, source.excluded, ranges)
    if outer is not None:
        ways, never = [*compress(ways, outer)], [*compress(never, outer)]
    missed = share.out(never, [start for start, _ in ways])
    partials = share.sums((start, 1) for start, _ in ways if start not in analysis.missing)
    branches = source.branches if analysis.has_branches else ()
    widths = share.sums((branch.line, len(branch.destinations)) for branch in branches)
    outside = _first_outside(ranges, len(source.lines))
    names = _names(definitions, [bool(executed[at] or missing[at]) for at in range(len(definitions))])
    owns: Iterator[Lists[_OfLine, _OfWay]] = map(
        Lists._make, zip(executed, missing, excluded, taken, missed, strict=True)
    )
    columns = zip(names, [*definitions, None], owns, widths, partials, strict=True)
    for name, definition, own, ways_out, partly in columns:
        unrun = len(own.missing)
        counts = (len(own.executed) + unrun, len(own.excluded), unrun, ways_out, partly, len(own.missed))
        yield Part(name, outside if definition is None else definition.line, definition, counts, own)


def _outer(missed: Sequence[Arc], excluded: AbstractSet[Line], ranges: _Ranges) -> Sequence[bool] | None:
    """Whether each missed way counts: not one to an excluded line of the same part; None where all do."""
    if not any(end in excluded for _, end in missed):
        return None
    return [end not in excluded or _owner(start, ranges) != _owner(end, ranges) for start, end in missed]


def lines_outside(analysis: Analysis, kind: Literal["function", "class"]) -> AbstractSet[Line]:
    """The lines that are not the own ones of any function or class."""
    source = analysis.source
    others = [own_lines(definition) for definition in source.definitions if definition.kind == kind]
    return set(range(1, len(source.lines) + 1)).difference(*others)


class _Sharing:
    """What falls to whom."""

    def __init__(self, ranges: _Ranges, number: int, last_line: Line) -> None:
        """Share between so many definitions, of a text with so many lines."""
        self._number = number
        owners = [number] * (last_line + 1)
        for first, last, owner in ranges:
            owners[first : last + 1] = [owner] * (last + 1 - first)
        self._owners = owners

    def out(self, items: Sequence[_Item], lines: Sequence[Line]) -> Sequence[Sequence[_Item]]:
        """The items that fall to each definition, and last all others; `lines` are those of the items."""
        if not lines or not self._number:
            return [*([[]] * self._number), items]
        found: list[list[_Item]] = [[] for _ in range(self._number + 1)]
        for item, owner in zip(items, map(self._owners.__getitem__, lines), strict=True):
            found[owner].append(item)
        return found

    def sums(self, numbers: Iterable[tuple[Line, int]]) -> list[int]:
        """The sum of what falls to each definition, and last of all others."""
        found = [0] * (self._number + 1)
        owners = self._owners
        for line, number in numbers:
            found[owners[line]] += number
        return found


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
