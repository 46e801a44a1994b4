"""How an evaluation goes through a decision, and what each way demonstrates (masking MC/DC).

A decision's tree becomes a diagram: a node for each condition, and for each operand of the tests of
its conditional expressions, which only choose the way. Taking an arm of a node decides the
outcome of subtrees, and so masks what was evaluated before: an `and` that comes out false
masks its earlier operands, an `or` that comes out true likewise (docs/conditions.md, 12
and 13). Which ones is known beforehand, so an evaluation needs two sets of bits and no vector:

    taking arm v of condition c:   evaluated[v] += c;   evaluated[*] -= masked by the arm
    at the end:                    demonstrated[v] += evaluated[v]

(Kvalsvik, arXiv 2501.02133, finds the same masks for C in the compiler's flow graph.)
"""

from __future__ import annotations

import ast
from itertools import accumulate
from typing import NamedTuple

from minicov_tracer.decisions import Arms, Decision, Join, Known, Leaf, Node, Not, Untested, find, leaves
from minicov_tracer.points import Span

DONE = -1
"""Stands for a node where nothing is left to evaluate."""


class Arm(NamedTuple):
    """Where an outcome of a node leads."""

    next: int
    """The node that is evaluated next, or DONE."""
    masked: int
    """Bit set of the conditions that can no longer be demonstrated by this evaluation."""


class Step(NamedTuple):
    """One node of a diagram."""

    leaf: Leaf
    condition: int
    """Its number in the decision, or -1 where it only chooses the way."""
    false: Arm
    true: Arm


class Facts(NamedTuple):
    """Bit sets over a decision's conditions."""

    true: int = 0
    false: int = 0
    demonstrated_true: int = 0
    demonstrated_false: int = 0

    def __or__(self, other: object) -> Facts:
        if not isinstance(other, Facts):
            return NotImplemented
        return Facts(*(mine | its for mine, its in zip(self, other, strict=True)))


class Diagram(NamedTuple):
    """All ways through one decision; arms lead from higher numbers to lower ones."""

    decision: Decision
    steps: tuple[Step, ...]
    root: int

    @property
    def is_tree(self) -> bool:
        """Whether each arm alone tells how it was come to, so that nothing need be remembered."""
        return not any(step.leaf.is_shared for step in self.steps) and all(came.is_certain for came in self._arrivals())

    def arm_facts(self) -> list[tuple[Facts, Facts]]:
        """For each step what its false and its true arm show for certain, however they were come to."""
        arrivals = self._arrivals()
        return [
            (_shown(step, False, came), _shown(step, True, came))
            for step, came in zip(self.steps, arrivals, strict=True)
        ]

    def _arrivals(self) -> list[_Arrival]:
        """How evaluations come to each step."""
        arrivals: list[_Arrival | None] = [None] * len(self.steps)
        arrivals[self.root] = _Arrival(0, 0, True)
        for number in range(self.root, -1, -1):
            came, step = arrivals[number], self.steps[number]
            for truth, arm in ((False, step.false), (True, step.true)):
                if came is not None and arm.next != DONE:
                    arrivals[arm.next] = taken(step, truth, came).merged(arrivals[arm.next])
        return [came or _Arrival(0, 0, True) for came in arrivals]


class _Arrival(NamedTuple):
    """What an evaluation remembers when it comes to a step."""

    true: int
    """Conditions that were evaluated true and are not masked; those common to all ways."""
    false: int
    is_certain: bool
    """Whether it is the same on all ways."""

    def merged(self, other: _Arrival | None) -> _Arrival:
        """Both ways as one."""
        if other is None:
            return self
        is_certain = self == other and self.is_certain
        return _Arrival(self.true & other.true, self.false & other.false, is_certain)


def taken(step: Step, truth: bool, came: _Arrival) -> _Arrival:
    """What is remembered after a step came out as `truth`."""
    bit = 1 << step.condition if step.condition >= 0 else 0
    kept = ~(step.true if truth else step.false).masked
    true, false = (came.true | bit, came.false) if truth else (came.true, came.false | bit)
    return _Arrival(true & kept, false & kept, came.is_certain)


def _shown(step: Step, truth: bool, came: _Arrival) -> Facts:
    bit = 1 << step.condition if step.condition >= 0 else 0
    after = taken(step, truth, came)
    is_end = (step.true if truth else step.false).next == DONE
    demonstrated = (after.true, after.false) if is_end else (0, 0)
    return Facts(bit if truth else 0, 0 if truth else bit, *demonstrated)


def diagrams(text: str) -> list[Diagram]:
    """The diagrams of all decisions in a text, by span. Raises SyntaxError, ValueError, RecursionError, MemoryError."""
    return [diagram(decision) for decision in find(ast.parse(text))]


def diagram(decision: Decision) -> Diagram:
    """The diagram of a decision."""
    numbers = {leaf.span: number for number, leaf in enumerate(decision.conditions)}
    builder = _Builder(numbers)
    end = Arm(DONE, 0)
    root = builder.enter(decision.root, _Exits(end, end, end))
    return Diagram(decision, tuple(builder.steps), root.next)


class _Exits(NamedTuple):
    """Where a subtree's outcomes lead; `none` where it ends in an operand that is not tested."""

    false: Arm
    true: Arm
    none: Arm


class _Builder:
    """Builds from the end to the beginning, so that what comes next is always known."""

    def __init__(self, numbers: dict[Span, int]) -> None:
        self._numbers = numbers
        self.steps: list[Step] = []

    def enter(self, node: Node, exits: _Exits) -> Arm:
        """The arm that leads into a subtree."""
        match node:
            case Leaf(span):
                self.steps.append(Step(node, self._numbers.get(span, -1), exits.false, exits.true))
                return Arm(len(self.steps) - 1, 0)
            case Known(truth):
                return exits.true if truth else exits.false
            case Untested():
                return exits.none
            case Not(operand):
                return self.enter(operand, _Exits(exits.true, exits.false, exits.none))
            case Join():
                return self._enter_join(node, exits)
            case Arms(test, body, orelse):
                true, false = self.enter(body, exits), self.enter(orelse, exits)
                return true if true == false else self.enter(test, _Exits(false, true, true))

    def _enter_join(self, join: Join, exits: _Exits) -> Arm:
        goes_on, decided = (exits.true, exits.false) if join.is_and else (exits.false, exits.true)
        none = goes_on if len(join.operands) > 1 else exits.none
        before = list(accumulate((self._bits(operand) for operand in join.operands), initial=0))
        for number in range(len(join.operands) - 1, -1, -1):
            masked = Arm(decided.next, decided.masked | before[number])
            ends = _Exits(masked, goes_on, none) if join.is_and else _Exits(goes_on, masked, none)
            goes_on = none = self.enter(join.operands[number], ends)
        return goes_on

    def _bits(self, node: Node) -> int:
        return sum(1 << self._numbers[leaf.span] for leaf in leaves(node) if leaf.span in self._numbers)
