"""Regions: pieces of code that run or don't run as one, smaller than lines or across them (docs/conditions.md, 15).

What the compiler drops (the body of `if 0:`, an operand after a deciding constant) is no region; nor is anything in an
annotation, which not every Python evaluates.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from operator import itemgetter
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from minicov_lsp.model import Line, Region, RegionKind, Span
from minicov_lsp.source.patterns import constant_truth
from minicov_lsp.source.spans import span_at
from minicov_tracer.nodes import inside
from minicov_tracer.points import span_of

_BY_PLACE = itemgetter(1, 0)
_Part: TypeAlias = tuple[RegionKind | None, Sequence[ast.AST | None]]
"""Some children of a node, and what region they are together."""


def regions(found: Iterable[Region], lines: Sequence[str]) -> tuple[Region, ...]:
    """The regions of a text with these lines, by place, from where they are in bytes."""
    if not all(map(str.isascii, lines)):
        found = [Region(kind, span_at(span, lines)) for kind, span in found]
    return tuple(sorted(found, key=_BY_PLACE))


def in_bytes(tree: ast.Module, code_lines: AbstractSet[Line]) -> list[Region]:
    """All regions of a tree in no order and in bytes; `code_lines` are the lines that the compiler kept."""
    found: list[Region] = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        rule = _RULES.get(type(node))
        for kind, nodes in ((None, inside(node)),) if rule is None else rule(node):
            kept = [each for each in nodes if each is not None and _is_kept(each, code_lines)]
            # A function's body can be without a line of its own: a docstring.
            if kind is not None and (kept or kind in {"function", "class"}):
                first, last = cast("ast.expr", nodes[0]), cast("ast.expr", nodes[-1] or nodes[0])
                found.append(Region(kind, Span(*span_of(first)[:2], *span_of(last)[2:])))
            waiting += kept
    return found


def _is_kept(node: ast.AST, code_lines: AbstractSet[Line]) -> bool:
    """Whether the compiler made code of a statement; expressions go with theirs."""
    if not isinstance(node, ast.stmt):
        return True
    if node.lineno in code_lines:
        return True
    return not code_lines.isdisjoint(range(node.lineno, (node.end_lineno or node.lineno) + 1))


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[_Part]:
    yield None, [*node.decorator_list, node.args]
    yield "function", node.body


def _lambda(node: ast.Lambda) -> Iterator[_Part]:
    yield None, [node.args]
    yield "lambda", [node.body]


def _class(node: ast.ClassDef) -> Iterator[_Part]:
    yield None, [*node.decorator_list, *node.bases, *node.keywords]
    yield "class", node.body


def _if(node: ast.If) -> Iterator[_Part]:
    # An `if` inside of an `else` is further right than an `elif`.
    match node.orelse:
        case [ast.If(col_offset=column)] if column == node.col_offset:
            return _chosen(node.test, ("if", node.body), (None, node.orelse))
    return _chosen(node.test, ("if", node.body), ("else", node.orelse))


def _while(node: ast.While) -> Iterator[_Part]:
    return _chosen(node.test, ("loop", node.body), ("loop-else", node.orelse))


def _conditional(node: ast.IfExp) -> Iterator[_Part]:
    return _chosen(node.test, ("arm", [node.body]), ("arm", [node.orelse]))


def _chosen(test: ast.expr, body: _Part, orelse: _Part) -> Iterator[_Part]:
    """A test and what it chooses between, without what it never chooses."""
    truth = constant_truth(test)
    yield None, [test]
    if truth is not False:
        yield body
    if truth is not True:
        yield orelse


def _for(node: ast.For | ast.AsyncFor) -> Iterator[_Part]:
    yield None, [node.target, node.iter]
    yield "loop", node.body
    yield "loop-else", node.orelse


def _handler(node: ast.ExceptHandler) -> Iterator[_Part]:
    yield None, [node.type]
    yield "handler", node.body


def _case(node: ast.match_case) -> Iterator[_Part]:
    yield None, [node.pattern, node.guard]
    yield "case", node.body


def _assert(node: ast.Assert) -> Iterator[_Part]:
    yield None, [node.test]
    if constant_truth(node.test) is not True:
        yield "message", [node.msg]


def _operands(node: ast.BoolOp) -> Iterator[_Part]:
    """The operands of `and` or `or`, up to one that is constant and decides."""
    for index, value in enumerate(node.values):
        yield ("operand" if index else None), [value]
        if constant_truth(value) is isinstance(node.op, ast.Or):
            return


def _links(node: ast.Compare) -> Iterator[_Part]:
    """The operands of a comparison: from the third on they depend on the links before them."""
    yield None, [node.left, node.comparators[0]]
    yield from (("operand", [other]) for other in node.comparators[1:])


def _elements(node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Iterator[_Part]:
    yield "element", [node.elt]
    yield None, node.generators


def _items(node: ast.DictComp) -> Iterator[_Part]:
    yield "element", [node.key, node.value]
    yield None, node.generators


def _annotated(node: ast.AnnAssign) -> Iterator[_Part]:
    yield None, [node.target, node.value]


def _nothing(_: ast.AST) -> Iterator[_Part]:
    return iter(())


_RULES: Mapping[type[ast.AST], Callable[[Any], Iterator[_Part]]] = MappingProxyType(
    {
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.Lambda: _lambda,
        ast.ClassDef: _class,
        ast.If: _if,
        ast.While: _while,
        ast.For: _for,
        ast.AsyncFor: _for,
        ast.ExceptHandler: _handler,
        ast.match_case: _case,
        ast.Assert: _assert,
        ast.IfExp: _conditional,
        ast.BoolOp: _operands,
        ast.Compare: _links,
        ast.ListComp: _elements,
        ast.SetComp: _elements,
        ast.GeneratorExp: _elements,
        ast.DictComp: _items,
        ast.AnnAssign: _annotated,
        ast.arg: _nothing,
        **({ast.TypeAlias: _nothing} if sys.version_info >= (3, 12) else {}),
    }
)
"""What has regions, or something inside that has none; all else just has nodes inside."""
