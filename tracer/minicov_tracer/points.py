"""Where the compiled code tests an operand, which follows from the syntax alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from minicov_tracer.literals import folded, known_truth

Span: TypeAlias = tuple[int, int, int, int]
"""Line, byte column, end line, byte end column of a node."""
Place: TypeAlias = tuple[int, int]
"""Line and byte column."""


class End(NamedTuple):
    """Where what computes a value may end, and which of the tests of values that end there is meant."""

    place: Place
    order: int = 0
    """From 0, in order of evaluation."""
    total: int = 1


class Point(NamedTuple):
    """One test in the compiled code, by the place that its jump carries."""

    span: Span
    order: int
    """Among the tests that carry this span, from 0, in order of evaluation."""
    total: int
    """How many tests carry this span."""
    ends: tuple[End, ...] = ()
    """Of a value, where what computes it last may end: Python 3.14 has only that. None for an operand of a test."""


def span_of(node: ast.expr) -> Span:
    """Where a node stands."""
    return node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def points_of_join(node: ast.BoolOp) -> list[Point]:
    """Where a value's `and` or `or` tests its operands but the last: the compiler tests no literal."""
    span, is_and = span_of(node), isinstance(node.op, ast.And)
    jumps: list[bool] = []
    for value in node.values[:-1]:
        literal = folded(value)
        jumps.append(literal is None)
        if literal is not None and bool(literal[0]) is not is_and:
            break  # what follows is not compiled
    jumps += [False] * (len(node.values) - 1 - len(jumps))
    return [
        Point(span, sum(jumps[:number]), sum(jumps), tuple(_ends_of_value(value)))
        for number, value in enumerate(node.values[:-1])
    ]


def _ends_of_value(node: ast.expr) -> Iterator[End]:
    """Where the code of a tested value may end: the links of a chain that is last have their tests before it."""
    for last in _lasts(node):
        for place in ends_of(last):
            links = _links_before(last, place)
            yield End(place, links, links + 1)


def _links_before(node: ast.expr, end: Place) -> int:
    """How many tests of a chain's links come before that of a value, and end where it does."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _links_before(inner, end)
        case _ if span_of(node)[2:] != end:
            return 0
        case ast.Compare(ops=ops):
            return len(ops) - 1
        case ast.BoolOp(values=[*_, inner]) | ast.IfExp(orelse=inner):
            return _links_before(inner, end)
        case ast.Yield(value=ast.expr() as inner) | ast.YieldFrom(value=inner):
            return _links_before(inner, end)
    return 0


def _lasts(node: ast.expr) -> list[ast.expr]:
    """The parts of an expression that the compiler may lay down last: it drops what a constant rules out, if it can."""
    match node:
        case ast.BoolOp(op=op, values=values):
            is_or = isinstance(op, ast.Or)
            deciders = [value for value in values if known_truth(value, only_literals=True) is is_or]
            return [*deciders, *_lasts(values[-1])]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return [*(_lasts(body) if known_truth(test) else []), *_lasts(orelse)]
    return [node]


def ends_of(node: ast.expr) -> tuple[Place, ...]:
    """Where the last instruction of an operand may end."""
    match node:
        case ast.NamedExpr(target=target):
            return (span_of(target)[2:],)
        case ast.JoinedStr(values=[ast.FormattedValue() as only]):
            return (span_of(only)[2:],)
        case ast.UnaryOp(op=ast.Not(), operand=ast.UnaryOp(op=ast.Not()) | ast.Compare(ops=[_]) as operand):
            return (span_of(node)[2:], *ends_of(operand))  # two undo each other, and an operator is inverted
    return (span_of(node)[2:],)


def stored_before(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> dict[Span, Span]:
    """{what is loaded first: the variable stored right before} in a comprehension, whose element is written first."""
    found = {}
    onward = [*(loop.iter for loop in node.generators[1:]), node.key if isinstance(node, ast.DictComp) else node.elt]
    for loop, after in zip(node.generators, onward, strict=True):
        found[span_of(_first([*loop.ifs, after][0]))] = span_of(_last_variable(loop.target))
    return found


def _last_variable(target: ast.expr) -> ast.expr:
    match target:
        case ast.Tuple(elts=[*_, last]) | ast.List(elts=[*_, last]) | ast.Starred(value=last):
            return _last_variable(last)
    return target


def _first(node: ast.expr) -> ast.expr:
    """What is evaluated first in an expression; not further in than is worth the while."""
    match node:
        case ast.BoolOp(values=[first, *_]) | ast.Tuple(elts=[first, *_]) | ast.List(elts=[first, *_]):
            return _first(first)
        case ast.Compare(left=first) | ast.BinOp(left=first) | ast.IfExp(test=first) | ast.UnaryOp(operand=first):
            return _first(first)
        case (
            ast.Attribute(value=first) | ast.Subscript(value=first) | ast.Call(func=first) | ast.NamedExpr(value=first)
        ):
            return _first(first)
    return node
