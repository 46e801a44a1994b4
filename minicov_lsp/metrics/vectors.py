"""Ways through a decision: the rows of its truth table, and vectors that would demonstrate a condition.

A way is found in the decision's diagram (`minicov_tracer.diagrams`), which has one step for each condition. What a
diagram can't know is which ways the program allows: of `a and not a` it has three.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from minicov_tracer.decisions import Arms, Join, Known, Leaf, Node, Not, Untested
from minicov_tracer.diagrams import DONE, Arm, Diagram, Facts, Step
from minicov_tracer.points import Span

Truth = bool | None
"""None is not evaluated: whatever it would have been makes no difference."""


class Taken(NamedTuple):
    """An operand and how it came out."""

    condition: int
    """Its number in the decision; of an operand of a conditional expression's test, -1."""
    span: Span
    """In bytes, as the syntax tree has it."""
    truth: bool


@dataclass(frozen=True, slots=True)
class Vector:
    """One way through a decision: how each condition comes out."""

    values: tuple[Truth, ...]
    """Of the conditions in their order."""
    choices: tuple[Taken, ...]
    """How the tests of conditional expressions must come out on the way, which are decisions of their own."""
    outcome: Truth
    """What the decision comes to; None where an operand that nothing tests gives its value (`b` of `x = a or b`)."""
    demonstrates: tuple[int, ...]
    """The numbers of the conditions that it demonstrates at their values (docs/conditions.md, 13)."""

    @property
    def facts(self) -> Facts:
        """What a complete evaluation of this kind shows."""
        true = sum(1 << number for number, value in enumerate(self.values) if value is True)
        false = sum(1 << number for number, value in enumerate(self.values) if value is False)
        shown = sum(1 << number for number in self.demonstrates)
        return Facts(true, false, true & shown, false & shown)


def vectors(diagram: Diagram) -> Iterator[Vector]:
    """All ways through a decision, true before false; there can be exponentially many."""
    waiting: list[tuple[int, _Way]] = [(diagram.root, _START)]
    while waiting:
        number, way = waiting.pop()
        if number == DONE:
            yield _vector(diagram, _unrolled(way))
            continue
        step = diagram.steps[number]
        for truth, arm in ((False, step.false), (True, step.true)):
            waiting.append((arm.next, _Way(0, (step, truth), way)))


def count_vectors(diagram: Diagram) -> int:
    """How many ways there are."""
    ways: list[int] = []
    for step in diagram.steps:  # arms lead from higher numbers to lower ones
        ways.append(sum(1 if arm.next == DONE else ways[arm.next] for arm in (step.false, step.true)))
    return ways[diagram.root]


class Ways:
    """The cheapest ways through one decision: those with the fewest values that were never seen."""

    def __init__(self, diagram: Diagram, seen: Facts) -> None:
        self._diagram = diagram
        self._seen = seen
        self._step_of = {step.condition: number for number, step in enumerate(diagram.steps)}
        self._from_root = self._cheapest(diagram.root)

    def demonstrating(self, condition: int, truth: bool) -> Vector | None:
        """The cheapest vector that demonstrates a condition at a value.

        None where there is none: what follows always masks it.
        """
        step = self._diagram.steps[self._step_of[condition]]
        rest = self._cheapest(_arm(step, truth).next, unmasked=condition).get(DONE)
        if rest is None:
            return None
        return _vector(self._diagram, (*self.leading_to(condition), _taken(step, truth), *_unrolled(rest)))

    def leading_to(self, condition: int) -> tuple[Taken, ...]:
        """What must come out how for a condition to be evaluated."""
        return _unrolled(self._from_root[self._step_of[condition]])

    def maskers(self, condition: int, truth: bool) -> tuple[Taken, ...]:
        """What can mask a condition that came out as `truth`, in order of evaluation."""
        steps = self._diagram.steps
        reached = self._cheapest(_arm(steps[self._step_of[condition]], truth).next)
        return tuple(
            _taken(steps[number], value)
            for number in sorted(reached, reverse=True)
            if number != DONE
            for value in (True, False)
            if _arm(steps[number], value).masked >> condition & 1
        )

    def _cheapest(self, start: int, unmasked: int | None = None) -> dict[int, _Way]:
        """{step: the cheapest way to it} for all that can be reached, DONE among them, without masking a condition."""
        found = {start: _START}
        for number in range(start, -1, -1):
            way, step = found.get(number), self._diagram.steps[number]
            for truth, arm, seen in ((True, step.true, self._seen.true), (False, step.false, self._seen.false)):
                if way is None or (unmasked is not None and arm.masked >> unmasked & 1):
                    continue
                cost = way.cost + (step.condition >= 0 and not seen >> step.condition & 1)
                if arm.next not in found or cost < found[arm.next].cost:
                    found[arm.next] = _Way(cost, (step, truth), way)
        return found


class _Way(NamedTuple):
    """A way to a step, from its end."""

    cost: int
    last: tuple[Step, bool] | None
    before: _Way | None


_START = _Way(0, None, None)


def _unrolled(way: _Way | None) -> tuple[Taken, ...]:
    found: list[Taken] = []
    while way is not None and way.last is not None:
        found.append(_taken(*way.last))
        way = way.before
    return tuple(reversed(found))


def _arm(step: Step, truth: bool) -> Arm:
    return step.true if truth else step.false


def _taken(step: Step, truth: bool) -> Taken:
    return Taken(step.condition, step.leaf.span, truth)


def _vector(diagram: Diagram, way: tuple[Taken, ...]) -> Vector:
    values: list[Truth] = [None] * len(diagram.decision.conditions)
    truths: dict[Span, bool] = {}
    counts = 0
    number = diagram.root
    for taken in way:
        truths[taken.span] = taken.truth
        arm = _arm(diagram.steps[number], taken.truth)
        if taken.condition >= 0:
            values[taken.condition] = taken.truth
            counts |= 1 << taken.condition
        counts &= ~arm.masked
        number = arm.next
    return Vector(
        tuple(values),
        tuple(taken for taken in way if taken.condition < 0),
        _outcome(diagram.decision.root, truths),
        tuple(place for place in range(counts.bit_length()) if counts >> place & 1),
    )


def _outcome(node: Node, truths: dict[Span, bool]) -> Truth:
    """What a subtree comes to."""
    match node:
        case Leaf(span):
            return truths.get(span)
        case Known(truth):
            return truth
        case Untested():
            return None
        case Not(operand):
            outcome = _outcome(operand, truths)
            return None if outcome is None else not outcome
        case Join(is_and, operands):
            outcome = is_and
            for operand in operands:
                outcome = _outcome(operand, truths)
                if outcome is not is_and:
                    break
            return outcome
        case Arms(test, body, orelse):
            return _outcome(body if _outcome(test, truths) else orelse, truths)
