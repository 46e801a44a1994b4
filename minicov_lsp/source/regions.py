"""Regions: pieces of code that run or don't run as one, smaller than lines or across them (definitions 15 and 16).

What the compiler drops (the body of `if 0:`, an operand after a deciding constant) is no region; nor is anything in an
annotation, which not every Python evaluates.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias, cast

from minicov_lsp.model import Line, Region, RegionKind
from minicov_lsp.source.patterns import constant_truth
from minicov_lsp.source.spans import Placed, span_of

_Part: TypeAlias = tuple[RegionKind | None, Sequence[ast.AST | None]]
"""Some children of a node, and what region they are together."""


def regions(tree: ast.Module, lines: Sequence[str], code_lines: AbstractSet[Line]) -> tuple[Region, ...]:
    """All regions of a tree by place; `code_lines` are the lines that the compiler kept, before first lines."""
    found: list[Region] = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        for kind, nodes in _parts(waiting.pop()):
            kept = [node for node in nodes if node is not None and _is_kept(node, code_lines)]
            # A function's body can be without a line of its own: a docstring.
            if kind is not None and (kept or kind in {"function", "class"}):
                first, last = cast("Placed", nodes[0]), cast("Placed", nodes[-1] or nodes[0])
                found.append(Region(kind, span_of(first, last, lines)))
            waiting += kept
    return tuple(sorted(found, key=lambda region: (region.span, region.kind)))


def _is_kept(node: ast.AST, code_lines: AbstractSet[Line]) -> bool:
    """Whether the compiler made code of a statement; expressions go with theirs."""
    if not isinstance(node, ast.stmt):
        return True
    return any(line in code_lines for line in range(node.lineno, (node.end_lineno or node.lineno) + 1))


def _parts(node: ast.AST) -> Iterator[_Part]:
    """A node's children in groups."""
    match node:
        case ast.stmt() | ast.excepthandler() | ast.match_case():
            yield from _parts_of_statement(node)
        case ast.Lambda(args=arguments, body=body):
            yield None, [arguments]
            yield "lambda", [body]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            truth = constant_truth(test)
            yield None, [test]
            if truth is not False:
                yield "arm", [body]
            if truth is not True:
                yield "arm", [orelse]
        case ast.BoolOp(op=op, values=values):
            yield from _operands(values, deciding=isinstance(op, ast.Or))
        case ast.Compare(left=left, comparators=[right, *others]):
            yield None, [left, right]
            yield from (("operand", [other]) for other in others)
        case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
            yield "element", [element]
            yield None, node.generators
        case ast.DictComp(key=key, value=value):
            yield "element", [key, value]
            yield None, node.generators
        case ast.arg():
            return
        case _:
            yield None, list(ast.iter_child_nodes(node))


def _parts_of_statement(node: ast.stmt | ast.excepthandler | ast.match_case) -> Iterator[_Part]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield None, [*node.decorator_list, node.args]
            yield "function", node.body
        case ast.ClassDef():
            yield None, [*node.decorator_list, *node.bases, *node.keywords]
            yield "class", node.body
        case ast.If(test=test, body=body, orelse=orelse):
            yield from _tested(test, ("if", body), ("else" if not _is_elif(node) else None, orelse))
        case ast.While(test=test, body=body, orelse=orelse):
            yield from _tested(test, ("loop", body), ("loop-else", orelse))
        case ast.For() | ast.AsyncFor():
            yield None, [node.target, node.iter]
            yield "loop", node.body
            yield "loop-else", node.orelse
        case ast.ExceptHandler(type=exception, body=body):
            yield None, [exception]
            yield "handler", body
        case ast.match_case(pattern=pattern, guard=guard, body=body):
            yield None, [pattern, guard]
            yield "case", body
        case ast.Assert(test=test, msg=message):
            yield None, [test]
            if constant_truth(test) is not True:
                yield "message", [message]
        case ast.AnnAssign(target=target, value=value):
            yield None, [target, value]
        case _ if type(node).__name__ != "TypeAlias":
            yield None, list(ast.iter_child_nodes(node))


def _tested(test: ast.expr, body: _Part, orelse: _Part) -> Iterator[_Part]:
    """A test and what it chooses between, without what it never chooses."""
    truth = constant_truth(test)
    yield None, [test]
    if truth is not False:
        yield body
    if truth is not True:
        yield orelse


def _is_elif(node: ast.If) -> bool:
    """Whether its `else` is an `elif`: an `if` inside of an `else` is further right."""
    match node.orelse:
        case [ast.If(col_offset=column)]:
            return column == node.col_offset
    return False


def _operands(values: Sequence[ast.expr], *, deciding: bool) -> Iterator[_Part]:
    """The operands of `and` or `or`, up to one that is constant and decides."""
    for index, value in enumerate(values):
        yield ("operand" if index else None), [value]
        if constant_truth(value) is deciding:
            return
