"""Which regions are around a place of a text."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from minicov_lsp.model import Line, Region, SourceModel, Span
from minicov_lsp.source.spans import span_at

CALLED_KINDS = frozenset({"function", "lambda", "class"})
"""Regions that are the body of a code object of their own: they run when that is called."""
_VALUES = frozenset({"arm", "operand"})


class RegionFinder:
    """Finds the regions around a place of a text."""

    def __init__(
        self, source: SourceModel, wanted: AbstractSet[Line] | None, settled: AbstractSet[Region] = frozenset()
    ) -> None:
        """Find regions around or in statements that have a `wanted` line, if not all.

        Where there are only `settled` ones none need be found.
        """
        self._lines = source.lines
        firsts = source.first_lines
        if wanted is not None:
            wanted = wanted | {firsts.get(line, line) for line in wanted}
        bodies = [region for region in source.regions if region.kind == "lambda"]
        self._lambdas = sorted(bodies, key=lambda region: region.span)
        self._lambda_starts = [region.span[:2] for region in self._lambdas]
        # Like the nodes that they are made of, regions are inside each other or apart: outer ones come first.
        found = [
            region
            for region in source.regions
            if region.kind not in CALLED_KINDS
            and (wanted is None or region.span.line in wanted or _is_at(firsts, region.span, wanted))
        ]
        found.sort(key=lambda each: (each.span.line, each.span.column, -each.span.end_line, -each.span.end_column))
        self._found = found
        self._starts = [region.span[:2] for region in found]
        self._outer = _outer(found)
        self.covered: AbstractSet[Line | None] = {
            line
            for region in found
            if region not in settled
            for line in range(region.span.line, region.span.end_line + 1)
        }
        """The lines on which there may be a region to be found around what begins there."""
        near = {firsts.get(line, line) for line in self.covered if line}
        self.near: AbstractSet[Line] = near.union([line for line, first in firsts.items() if first in near])
        """The lines of statements in which there may be one, or inside of which."""
        self._source = source
        self._constants: dict[Region, str | None] = {}
        self._around: dict[Span, frozenset[Region]] = {}

    def span(self, place: Sequence[int | None]) -> Span | None:
        """The span of line, end line, byte column, end byte column as `co_positions` has them; None for no text."""
        line, end_line, column, end_column = place
        if line is None or end_line is None or column is None or end_column is None:
            return None
        if not 1 <= line <= end_line <= len(self._lines):  # an empty module starts on line 0
            return None
        span = span_at((line, column, end_line, end_column), self._lines)
        return None if (span.line, span.column) == (span.end_line, span.end_column) else span

    def around(self, span: Span) -> frozenset[Region]:
        """The regions that a span is in; bodies of code objects are not among them."""
        found = self._around.get(span)
        if found is None:
            inside = []
            number = bisect_right(self._starts, span[:2]) - 1
            while number >= 0:
                if _contains(self._found[number].span, span):
                    inside.append(self._found[number])
                number = self._outer[number]
            found = self._around[span] = frozenset(inside)
        return found

    def of_constant(self, span: Span, value: object) -> frozenset[Region]:
        """The region in a `return` that is this constant: as what is returned it has the place of the whole."""
        if not self._lines[span.line - 1].startswith("return", span.column):
            return frozenset()  # the end of a function has the place of what comes last in it
        first, last = bisect_left(self._starts, span[:2]), bisect_right(self._starts, span[2:])
        literal = repr(value)
        same = {
            region
            for region in self._found[first:last]
            if _contains(span, region.span) and self._literal(region) == literal
        }
        return frozenset(same) if len(same) == 1 else frozenset()

    def _literal(self, region: Region) -> str | None:
        if region not in self._constants:
            self._constants[region] = _literal(self._source, region) if region.kind in _VALUES else None
        return self._constants[region]

    def lambda_body(self, span: Span) -> Region | None:
        """The body of the lambda that is a span: what ends last in it."""
        first, last = bisect_left(self._lambda_starts, span[:2]), bisect_right(self._lambda_starts, span[2:])
        within = [region for region in self._lambdas[first:last] if _contains(span, region.span)]
        # Of several that end together the outermost is what comes first.
        return max(within, key=lambda region: (region.span.end_line, region.span.end_column), default=None)


def _outer(found: Sequence[Region]) -> list[int]:
    """For each of some regions, outer ones first, the number of the innermost one around it; -1 for none."""
    outer: list[int] = []
    around: list[int] = []
    for number, region in enumerate(found):
        while around and not _contains(found[around[-1]].span, region.span):
            around.pop()
        outer.append(around[-1] if around else -1)
        around.append(number)
    return outer


def _literal(source: SourceModel, region: Region) -> str | None:
    """How Python writes the constant that a region on one line is."""
    span = region.span
    if span.line != span.end_line:
        return None
    try:
        return repr(ast.literal_eval(source.lines[span.line - 1][span.column : span.end_column]))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _is_at(firsts: Mapping[Line, Line], span: Span, lines: AbstractSet[Line]) -> bool:
    """Whether a span that starts on none of some lines, or the statement that it starts in, has one of them."""
    line, _, last, _ = span
    if line == last and line not in firsts:
        return False
    return firsts.get(line, line) in lines or not lines.isdisjoint(range(line, last + 1))


def _contains(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )
