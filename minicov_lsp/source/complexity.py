"""How many independent ways there are through a definition: McCabe's number (McCabe 1976; docs/conditions.md, 17)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from minicov_lsp.source.patterns import is_irrefutable
from minicov_lsp.source.suites import suites
from minicov_tracer.nodes import inside

_DECIDING = frozenset(
    (
        ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.Assert, ast.comprehension,
        ast.BoolOp, ast.Match,
    )
)  # fmt: skip
"""What gives more ways."""
_NESTED = frozenset((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def complexities(tree: ast.Module) -> dict[Definition, int]:
    """{definition: its number} of all of a tree."""
    return {node: complexity(node) for node in suites(tree) if isinstance(node, Definition)}


def complexity(definition: Definition) -> int:
    """1, and 1 for each decision in the body; nested definitions count for themselves, lambdas for what they are in."""
    found = 1
    waiting: list[ast.AST] = [*definition.body]
    while waiting:
        node = waiting.pop()
        kind = type(node)
        if kind in _DECIDING:
            found += _decisions(node)
        elif kind in _NESTED:
            waiting += _of_this_code(node)
            continue
        waiting += inside(node)
    return found


def _decisions(node: ast.AST) -> int:
    """How many ways more a node by itself gives."""
    match node:
        case ast.If() | ast.IfExp() | ast.For() | ast.AsyncFor() | ast.While() | ast.ExceptHandler() | ast.Assert():
            return 1
        case ast.comprehension(ifs=conditions):
            return 1 + len(conditions)
        case ast.BoolOp(values=values):
            return len(values) - 1
        case ast.Match(cases=cases):
            return len(cases) - is_irrefutable(cases[-1])
    return 0


def _of_this_code(node: ast.AST) -> Iterable[ast.AST]:
    """A node's children, of a nested definition only what runs where it is defined."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return [*node.decorator_list, *_defaults(node.args)]
        case ast.ClassDef():
            return [*node.decorator_list, *node.bases, *node.keywords]
    return inside(node)


def _defaults(arguments: ast.arguments) -> Iterator[ast.expr]:
    yield from arguments.defaults
    yield from (default for default in arguments.kw_defaults if default is not None)
