"""Which decisions and conditions a text has: the one definition of it, for tracer and server alike.

The rules are those of docs/conditions.md (numbers in brackets). Spans are those of the
syntax tree: line from 1 and byte column, first and last. Beside what is a
condition, each operand's leaf says where the compiled code tests it (`Point`), because that
follows from the syntax alone: a test jumps on each operand, while a value's `and`, `or` or chain
jumps on the value of each operand but the last, whatever that is made of.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Literal, TypeAlias

from minicov_tracer.literals import constant
from minicov_tracer.nodes import inside, topmost
from minicov_tracer.points import End, Point, Span, ends_of, points_of_join, span_of, stored_before

Kind = Literal["if", "while", "ifexp", "assert", "comprehension", "guard", "value"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A tested operand that is not constant."""

    span: Span
    point: Point
    is_inverted: bool
    """Whether what is tested at the point is the opposite of the operand as written."""
    is_shared: bool
    """Whether others come to the point too: it tests what an `and`, `or`, chain or arm made, not this operand alone."""
    none_truth: bool | None = None
    """The truth of the operand when its left side is None, where it may be compiled to a jump on None."""
    left: Span | None = None
    """The left side of such an operand: all of it that the compiled code may still show."""
    within: Span | None = None
    """The body of the lambda, or the generator expression, that it is in: other code than what is around that."""
    after: Span | None = None
    """The variable of a comprehension that is stored right before the operand is loaded."""


@dataclass(frozen=True, slots=True)
class Known:
    """A tested operand or subtree whose truth is constant."""

    truth: bool


@dataclass(frozen=True, slots=True)
class Untested:
    """An operand whose truth decides nothing."""


@dataclass(frozen=True, slots=True)
class Not:
    """`not` of a subtree."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Join:
    """`and`, `or`, or a chained comparison, which is the `and` of its links."""

    is_and: bool
    operands: tuple[Node, ...]
    """In order of evaluation, without those that can never be evaluated."""


@dataclass(frozen=True, slots=True)
class Arms:
    """A conditional expression: it is whichever arm its test chooses."""

    test: Node
    body: Node
    orelse: Node


Node: TypeAlias = Leaf | Known | Untested | Not | Join | Arms


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision, with at least one condition."""

    kind: Kind
    span: Span
    root: Node
    conditions: tuple[Leaf, ...]
    """In source order, which is the order of evaluation."""
    body: Span | None = None
    """Of a conditional expression's test: what stands before it and is evaluated after it."""
    is_dead: bool = False
    """Whether a constant rules out that it is ever evaluated; the compiler may have left it out, or not."""


_INVERTIBLE = (ast.Is, ast.IsNot, ast.In, ast.NotIn)
"""What the compiler inverts when `not` stands before it."""
_Observer: TypeAlias = tuple[Point, bool, bool] | None
"""Where a value's truth is tested, whether inverted, whether shared; None where it is not tested."""


def find(tree: ast.AST) -> list[Decision]:
    """All decisions below a node, sorted by span."""
    return sorted(_Finder().all_below(tree), key=lambda decision: decision.span)


def leaves(node: Node) -> Iterator[Leaf]:
    """The conditions in a tree; the tests of conditional expressions are decisions themselves."""
    match node:
        case Leaf():
            yield node
        case Not(operand):
            yield from leaves(operand)
        case Join(_, operands):
            for operand in operands:
                yield from leaves(operand)
        case Arms(_, body, orelse):
            yield from leaves(body)
            yield from leaves(orelse)


class _Finder:
    """Walks one tree; what is inside an operand waits until its decision is built."""

    def __init__(
        self,
        within: Span | None = None,
        stored: dict[Span, Span] | None = None,
        *,
        is_dead: bool = False,
    ) -> None:
        self._within = within
        self._stored_before = stored or {}
        self._is_dead = is_dead
        self._found: list[Decision] = []
        self._waiting: list[ast.AST] = []

    def all_below(self, *trees: ast.AST) -> list[Decision]:
        self._later(*trees)
        while self._waiting:
            self._visit(self._waiting.pop())
        return self._found

    def _later(self, *nodes: ast.AST) -> None:
        """What may decide in some nodes is to be visited."""
        self._waiting += topmost(nodes)

    def _if_alive(self, truth: bool, test: Node, *nodes: ast.AST) -> None:
        """The same for nodes that are only evaluated where a test has that truth."""
        if test == Known(not truth):
            self._found += self._inner(is_dead=True).all_below(*nodes)
        else:
            self._later(*nodes)

    def _inner(self, within: Span | None = None, *, is_dead: bool = False) -> _Finder:
        """For what is inside a lambda, or a generator expression, or is never evaluated."""
        return _Finder(within or self._within, self._stored_before, is_dead=is_dead or self._is_dead)

    def _visit(self, node: ast.AST) -> None:
        """A node in value context: makes decisions of its tests, is one itself, or just has children."""
        match node:
            case ast.BoolOp() | ast.Compare(ops=[_, _, *_]):
                self._add("value", node, self._value(node, None))
            case ast.If(test=test, body=body, orelse=orelse) | ast.While(test=test, body=body, orelse=orelse):
                chosen = self._test("if" if isinstance(node, ast.If) else "while", test)
                self._if_alive(True, chosen, *body)
                self._if_alive(False, chosen, *orelse)
            case ast.IfExp(test=test, body=value, orelse=other):
                chosen = self._test("ifexp", test, value)
                self._if_alive(True, chosen, value)
                self._if_alive(False, chosen, other)
            case ast.Assert(test=test, msg=message):
                self._if_alive(False, self._test("assert", test), *([message] if message else ()))
            case ast.comprehension(ifs=conditions):
                filters = (partial(_Finder._test, kind="comprehension", test=condition) for condition in conditions)
                self._operands(filters, Known(False))
                self._later(node.target, node.iter)
            case ast.match_case(guard=guard):
                if guard is not None:
                    self._test("guard", guard)
                self._later(node.pattern, *node.body)
            case ast.Lambda(args=arguments, body=value):
                self._later(arguments)
                self._found += self._inner(span_of(value)).all_below(value)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._stored_before.update(stored_before(node))
                if isinstance(node, ast.GeneratorExp):
                    self._found += self._inner(span_of(node)).all_below(*inside(node))
                else:
                    self._later(*inside(node))
            case _:
                self._later(*inside(node))

    def _test(self, kind: Kind, test: ast.expr, body: ast.expr | None = None) -> Node:
        root = self._tested(test, is_odd=False)
        self._add(kind, test, root, body)
        return root

    def _add(self, kind: Kind, node: ast.expr, root: Node, body: ast.expr | None = None) -> None:
        conditions = tuple(sorted(leaves(root), key=lambda leaf: leaf.span))
        if conditions:
            before = span_of(body) if body is not None else None
            self._found.append(Decision(kind, span_of(node), root, conditions, before, self._is_dead))

    def _tested(self, node: ast.expr, *, is_odd: bool) -> Node:
        """A part of a test: each operand has its own jump. `is_odd`: an odd number of `not` right before it [3, 5]."""
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return negated(self._tested(operand, is_odd=not is_odd))
            case ast.BoolOp(op=op, values=values):
                is_and = isinstance(op, ast.And)
                builds = [partial(_Finder._tested, node=value, is_odd=False) for value in values]
                return joined(self._operands(builds, Known(not is_and)), is_and=is_and, is_tested=True)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                chosen = self._test("ifexp", test, body)
                arms = [partial(_Finder._tested, node=arm, is_odd=False) for arm in (body, orelse)]
                return chosen_arm(chosen, *self._arms(chosen, arms), is_tested=True)
            case ast.Compare(ops=[_, _, *_]):
                count = len(node.ops)
                points = [Point(span_of(node), order, count) for order in range(count)]
                return self._chain(node, [(point, False, False) for point in points])
        is_inverted = is_odd and isinstance(node, ast.Compare) and isinstance(node.ops[0], _INVERTIBLE)
        return self._operand(node, (Point(span_of(node), 0, 1), is_inverted, False))

    def _value(self, node: ast.expr, observer: _Observer) -> Node:
        """A part of a value: where its own truth is tested, if anywhere, is for what is around it to say [4]."""
        is_tested = observer is not None
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return negated(self._value(operand, observer and (observer[0], not observer[1], observer[2])))
            case ast.BoolOp(op=op, values=values):
                is_and, observers = isinstance(op, ast.And), [*_jumps_of(node), _shared(observer)]
                told = zip(values, observers, strict=True)
                builds = [partial(_Finder._value, node=value, observer=observer) for value, observer in told]
                return joined(self._operands(builds, Known(not is_and)), is_and=is_and, is_tested=is_tested)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                chosen = self._test("ifexp", test, body)
                arms = [partial(_Finder._value, node=arm, observer=_shared(observer)) for arm in (body, orelse)]
                return chosen_arm(chosen, *self._arms(chosen, arms), is_tested=is_tested)
            case ast.Compare(ops=[_, _, *_]):
                count = len(node.ops) - 1
                places = ends_of(node)
                points = [
                    Point(span_of(node), order, count, tuple(End(place, order, count) for place in places))
                    for order in range(count)
                ]
                return self._chain(node, [*((point, False, False) for point in points), _shared(observer)])
        return self._operand(node, observer)

    def _operands(self, builds: Iterable[Callable[[_Finder], Node]], decider: Known) -> list[Node]:
        """What is built of operands, up to one that decides for certain; those after it are never evaluated."""
        operands: list[Node] = []
        is_decided = False
        for build in builds:
            if is_decided:
                self._without(build)
            else:
                operands.append(build(self))
                is_decided = operands[-1] == decider
        return operands

    def _arms(self, test: Node, builds: Iterable[Callable[[_Finder], Node]]) -> list[Node]:
        """What is built of the arms that a test chooses from; one that a constant rules out is never evaluated."""
        return [
            self._without(build) if test == Known(not truth) else build(self)
            for truth, build in zip((True, False), builds, strict=True)
        ]

    def _without(self, build: Callable[[_Finder], Node]) -> Node:
        """A part that is never evaluated, nor what is inside."""
        inner = self._inner(is_dead=True)
        part = build(inner)
        self._found += inner.all_below()
        return part

    def _chain(self, node: ast.Compare, observers: Sequence[_Observer]) -> Node:
        """A chained comparison; `observers` are of its links."""
        self._later(node.left, *node.comparators)
        sides = pairwise([node.left, *node.comparators])
        links: list[Node] = [
            Untested()
            if observer is None
            else Leaf(
                span_of(left)[:2] + span_of(right)[2:],
                *observer,
                _none_truth(op, right)
                if observer[0][:3] == (span_of(node), len(node.ops) - 1, len(node.ops))
                else None,
            )
            for (left, right), op, observer in zip(sides, node.ops, observers, strict=True)
        ]
        return joined(links, is_and=True, is_tested=observers[-1] is not None)

    def _operand(self, node: ast.expr, observer: _Observer) -> Node:
        self._later(node)
        if observer is None:
            return Untested()
        literal = constant(node)
        if literal is not None:
            return Known(bool(literal[0]))
        span, left, none_truth = span_of(node), None, None
        if isinstance(node, ast.Compare) and (observer[0].span == span or not observer[2]):
            # As a value too it may be compiled to a jump on None (3.11), if that jump is its own.
            left = span_of(node.left) if observer[0].span == span else None
            none_truth = _none_truth(node.ops[0], node.comparators[0])
        return Leaf(span, *observer, none_truth, left, self._within, self._stored_before.get(left or span))


def negated(operand: Node) -> Node:
    """`not` of a subtree."""
    match operand:
        case Known(truth):
            return Known(not truth)
        case Untested():
            return operand
    return Not(operand)


def joined(operands: Sequence[Node], *, is_and: bool, is_tested: bool) -> Node:
    """`and` or `or` of subtrees, up to one that decides for certain; a constant where the outcome is known [6]."""
    decider = Known(not is_and)
    decides = next((number for number, operand in enumerate(operands) if operand == decider), None)
    if is_tested and decides is not None:
        return decider
    kept = tuple(operands if decides is None else operands[: decides + 1])
    if is_tested and all(isinstance(operand, Known) for operand in kept):
        return Known(is_and)
    return Join(is_and, kept)


def chosen_arm(test: Node, body: Node, orelse: Node, *, is_tested: bool) -> Node:
    """A conditional expression, or the one arm that it can only be [6]."""
    if isinstance(test, Known):
        return body if test.truth else orelse
    if is_tested and isinstance(body, Known) and body == orelse:
        return body
    return Arms(test, body, orelse)


def _shared(observer: _Observer) -> _Observer:
    return observer and (*observer[:2], True)


def _jumps_of(node: ast.BoolOp) -> list[_Observer]:
    """Where a value's `and` or `or` tests its operands but the last."""
    return [(point, False, False) for point in points_of_join(node)]


def _none_truth(op: ast.cmpop, right: ast.expr) -> bool | None:
    """The truth of `x OP right` when x is None, where that is all the compiled code asks."""
    if isinstance(op, ast.Is | ast.IsNot) and isinstance(right, ast.Constant) and right.value is None:
        return isinstance(op, ast.Is)
    return None
