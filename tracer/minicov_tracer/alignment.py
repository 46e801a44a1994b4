"""Which jump of a code object tests which operand: by the place that both carry.

A jump carries the span of what it tests, or of the `and`, `or` or chain whose operands are told
apart by their order. Code that was compiled more than once (`finally`, the test of `while`) has
all its jumps once more. Python 3.13 loses the place of some tests of `x is None`; what is left of
it is where x was loaded, or what was stored just before on the same line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from minicov_tracer.decisions import Leaf
from minicov_tracer.diagrams import Diagram
from minicov_tracer.jumps import Test
from minicov_tracer.opcodes import IF_FALSE, IF_NONE, IF_NOT_NONE, IF_TRUE
from minicov_tracer.points import End, Place, Point, Span

Places = dict[Point, list[int]]
"""{point: numbers of the jumps there, one for each time that it was compiled}."""


_NOWHERE = (0, 0, 0, 0)


class Sought(NamedTuple):
    """The points of a text's decisions, made ready for `align`."""

    by_span: Mapping[Span, Sequence[Point]]
    by_end: Mapping[Place, Sequence[tuple[Point, End]]]
    """Those of values, by where the operand ends."""
    joins: AbstractSet[Span]
    """The spans that are of an `and`, `or` or chain, whose jumps test its operands."""
    none_tests: Sequence[Leaf]
    """The operands `… is None` and `… is not None`."""
    values: Sequence[Leaf]
    """The operands of values."""
    bodies: Sequence[Span]
    """What stands before the test of a conditional expression, and is evaluated after it."""


def sought(diagrams: Iterable[Diagram]) -> Sought:
    """What to look for: not what is never evaluated, which might be taken for what is."""
    known = [diagram for diagram in diagrams if not diagram.decision.is_dead]
    found = [step.leaf for diagram in known for step in diagram.steps]
    by_span: dict[Span, list[Point]] = {}
    by_end: dict[Place, list[tuple[Point, End]]] = {}
    for point in dict.fromkeys(leaf.point for leaf in found):
        by_span.setdefault(point.span, []).append(point)
        for end in point.ends:
            by_end.setdefault(end.place, []).append((point, end))
    none_tests = [leaf for leaf in found if leaf.none_truth is not None]
    joins = {leaf.point.span for leaf in found if leaf.point.span != leaf.span}
    values = [leaf for leaf in found if leaf.point.ends]
    bodies = [diagram.decision.body for diagram in known if diagram.decision.body is not None]
    return Sought(by_span, by_end, joins, none_tests, values, bodies)


def align(tests: Sequence[Test], points: Sought) -> Places:
    """Where in one code object the points are tested; those elsewhere, or not to be told apart, are left out."""
    places: Places = {}
    for span, numbers in _by_span(tests, points).items():
        _deal(numbers, [(point, point.order, point.total) for point in points.by_span.get(span, ())], places)
    by_end = _by_end(tests, points)
    for place, numbers in by_end.items():
        ending = {point: end for point, end in points.by_end.get(place, ()) if _last(point, by_end) == place}
        if len({end.order for end in ending.values()}) == len(ending):  # else some are of a lambda that ends there
            total = max((end.total for end in ending.values()), default=1)
            _deal(numbers, [(point, end.order, total) for point, end in ending.items()], places)
    return places


def _last(point: Point, by_end: Mapping[Place, object]) -> Place:
    """Of the places where a value may end the last that the compiler laid down: the value is tested after that."""
    return [end.place for end in point.ends if end.place in by_end][-1]


def _by_span(tests: Sequence[Test], points: Sought) -> dict[Span, list[int]]:
    """The jumps that have a place of their own, by that; for a test of None it is that of the operand."""
    found: dict[Span, list[int]] = {}
    lost: dict[Span, list[int]] = {}
    none_tests = points.none_tests
    for number, test in enumerate(tests):
        span = test.span
        if test.around is not None and test.around in points.joins and is_within(span, test.around):
            span = test.around
        elif test.kind in (IF_NONE, IF_NOT_NONE):
            leaf = _none_test_at(span, none_tests, is_sure=test.near is None)
            if leaf is None and test.near is not None:
                lost.setdefault(test.near, []).append(number)
            span = leaf.point.span if leaf is not None else _NOWHERE
        if test.kind and not test.is_value:
            found.setdefault(span, []).append(number)
    left = [(leaf.left, leaf) for leaf in none_tests if leaf.point.span not in found and leaf.left]
    for leaf, numbers in _by_what_is_before(lost, left, points.bodies):
        found.setdefault(leaf.point.span, []).extend(numbers)
    return found


def _by_end(tests: Sequence[Test], points: Sought) -> dict[Place, list[int]]:
    """The jumps that test a value, by where that ends."""
    found: dict[Place, list[int]] = {}
    lost: dict[Span, list[int]] = {}
    for number, test in enumerate(tests):
        if test.is_value and test.near is None:
            found.setdefault(test.span[2:], []).append(number)
        elif test.is_value and test.near is not None:
            lost.setdefault(test.near, []).append(number)
    left = [(leaf.span, leaf) for leaf in points.values if not any(end.place in found for end in leaf.point.ends)]
    for leaf, numbers in _by_what_is_before(lost, left, points.bodies):
        found.setdefault(leaf.point.ends[0].place, []).extend(numbers)
    return found


def _by_what_is_before(
    lost: Mapping[Span, list[int]], candidates: list[tuple[Span, Leaf]], bodies: Sequence[Span]
) -> Iterator[tuple[Leaf, list[int]]]:
    """Jumps of which only is known what was loaded or stored right before, on the same line; each has another leaf."""
    left = candidates
    for near, numbers in lost.items():  # in order of evaluation: what an assignment stores in comes before its value
        after = (leaf for _, leaf in candidates if leaf.after == near)
        leaf = next(after, None) or _next_on_line(near, left, bodies)
        if leaf is not None:
            left = [one for one in left if one[1] is not leaf]
            yield leaf, numbers


def _deal(numbers: list[int], among: Iterable[tuple[Point, int, int]], places: Places) -> None:
    """Deals the jumps at one place out to the points there, by order, once for each time that it was compiled."""
    for point, order, total in among:
        if len(numbers) % total == 0:
            places[point] = sorted(numbers)[order::total]


def is_within(inner: Span, outer: Span) -> bool:
    """Whether a span is part of another."""
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


def _none_test_at(span: Span, none_tests: Sequence[Leaf], *, is_sure: bool) -> Leaf | None:
    """The `… is None` that has a span, else the innermost whose left side has it, or has it at its end.

    A span that is not sure may be that of a comprehension's element, which may be a value or part of a left side.
    """
    own = next((leaf for leaf in none_tests if leaf.point.span == span and (is_sure or not leaf.point.ends)), None)
    if not is_sure:
        return own
    around = [leaf for leaf in none_tests if leaf.left and leaf.left[:2] <= span[:2] and span[2:] <= leaf.left[2:]]
    return own or max(around, key=lambda leaf: leaf.span, default=None)


def _next_on_line(near: Span, candidates: Iterable[tuple[Span, Leaf]], bodies: Sequence[Span]) -> Leaf | None:
    """Whose place is the next on the line on which something was loaded or stored just before."""
    late = [body for body in bodies if not is_within(near, body)]
    after = [
        (span, leaf)
        for span, leaf in candidates
        if span[0] == near[2] and span[:2] >= near[2:] and not any(is_within(span, body) for body in late)
        if leaf.after is None and (leaf.within is None or is_within(near, leaf.within))
    ]
    return min(after, key=lambda found: found[0])[1] if after else None


def truth_when_taken(test: Test, leaf: Leaf) -> bool | None:
    """What a jump that is taken says of an operand as written; None where it says nothing."""
    if test.is_blind:
        return None
    if test.kind in (IF_NONE, IF_NOT_NONE):
        return None if leaf.none_truth is None else leaf.none_truth is (test.kind == IF_NONE)
    is_inverted = leaf.is_inverted and not test.is_as_written
    return (test.kind == IF_TRUE) is not is_inverted if test.kind in (IF_TRUE, IF_FALSE) else None
