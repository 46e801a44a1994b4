"""Which jump of a code object tests which operand: by the place that both carry.

A jump carries the span of what it tests, or of the `and`, `or` or chain whose operands are told
apart by their order. Code that was compiled more than once (`finally`, the test of `while`) has
all its jumps once more. Python 3.13 loses the place of some tests of `x is None`; what is left of
it is where x was loaded, or what was stored just before on the same line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from minicov_tracer.decisions import Leaf, Point, Span
from minicov_tracer.diagrams import Diagram
from minicov_tracer.jumps import Test
from minicov_tracer.opcodes import IF_FALSE, IF_NONE, IF_NOT_NONE, IF_TRUE

Places = dict[Point, list[int]]
"""{point: numbers of the jumps there, one for each time that it was compiled}."""


_NOWHERE = (0, 0, 0, 0)


class Sought(NamedTuple):
    """The points of a text's decisions, made ready for `align`."""

    counts: Mapping[Span, int]
    """{span: how many points have it}."""
    joins: AbstractSet[Span]
    """Those that are of an `and`, `or` or chain, whose jumps test its operands."""
    none_tests: Sequence[Leaf]
    """The operands `… is None` and `… is not None`."""


def sought(diagrams: Iterable[Diagram]) -> Sought:
    """What to look for."""
    found = [step.leaf for diagram in diagrams for step in diagram.steps]
    counts = {leaf.point.span: leaf.point.total for leaf in found}
    none_tests = [leaf for leaf in found if leaf.none_truth is not None]
    joins = {leaf.point.span for leaf in found if leaf.point.span != leaf.span}
    return Sought(counts, joins, none_tests)


def align(tests: Sequence[Test], points: Sought) -> Places:
    """Where in one code object the points are tested; those elsewhere, or not to be told apart, are left out."""
    by_span: dict[Span, list[int]] = {}
    lost = []
    for number, test in enumerate(tests):
        span = test.span
        if test.around is not None and test.around in points.joins and is_within(span, test.around):
            span = test.around
        elif test.kind in (IF_NONE, IF_NOT_NONE):
            leaf = _none_test_at(span, points.none_tests)
            if leaf is None and test.near is not None:
                lost.append((number, test.near))
            span = leaf.point.span if leaf is not None else _NOWHERE
        if test.kind and span in points.counts:
            by_span.setdefault(span, []).append(number)
    left = [leaf for leaf in points.none_tests if leaf.point.span not in by_span]
    for number, near in lost:
        leaf = _next_on_line(near, left)
        if leaf is not None:
            by_span.setdefault(leaf.point.span, []).append(number)
    places: Places = {}
    for span, numbers in by_span.items():
        count = points.counts[span]
        if len(numbers) % count == 0:
            for order in range(count):
                places[Point(span, order, count)] = sorted(numbers)[order::count]
    return places


def is_within(inner: Span, outer: Span) -> bool:
    """Whether a span is part of another."""
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


def _none_test_at(span: Span, none_tests: Sequence[Leaf]) -> Leaf | None:
    """The `… is None` that has a span, else the innermost whose left side has it, or has it at its end."""
    own = next((leaf for leaf in none_tests if leaf.point.span == span), None)
    around = [leaf for leaf in none_tests if leaf.left and leaf.left[:2] <= span[:2] and span[2:] <= leaf.left[2:]]
    return own or max(around, key=lambda leaf: leaf.span, default=None)


def _next_on_line(near: Span, none_tests: Iterable[Leaf]) -> Leaf | None:
    """The `… is None` that comes next on the line on which its left side was stored just before."""
    after = [leaf for leaf in none_tests if leaf.left and leaf.left[0] == near[2] and leaf.left[:2] >= near[2:]]
    return min(after, key=lambda leaf: leaf.span, default=None)


def truth_when_taken(test: Test, leaf: Leaf) -> bool | None:
    """What a jump that is taken says of an operand as written; None where it says nothing."""
    if test.is_blind:
        return None
    if test.kind in (IF_NONE, IF_NOT_NONE):
        return None if leaf.none_truth is None else leaf.none_truth is (test.kind == IF_NONE)
    return (test.kind == IF_TRUE) is not leaf.is_inverted if test.kind in (IF_TRUE, IF_FALSE) else None
