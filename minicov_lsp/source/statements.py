"""Which lines are statements: those the compiler says can run (docs/parity.md, rules 1 to 8)."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from operator import itemgetter
from types import CodeType
from typing import Any

from minicov_lsp.model import Line

_DEFERRED_ANNOTATIONS = "__annotate__"
"""The function of PEP 649, which usually never runs."""
_LINE = itemgetter(2)
_DOCUMENTED = frozenset((ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))


def code_lines(code: CodeType) -> frozenset[Line]:
    """All lines of a code object and of those within it, before they are mapped to first lines."""
    found: set[Any] = set()
    waiting = [code]
    while waiting:
        code = waiting.pop()
        waiting += [constant for constant in code.co_consts if type(constant) is CodeType]
        if code.co_name != _DEFERRED_ANNOTATIONS:
            found.update(map(_LINE, code.co_lines()))
    found -= {0, None}
    return frozenset(found)


def docstring_lines(nodes: Iterable[Any]) -> frozenset[Line]:
    """The lines of the docstrings of the module, its classes and functions; `nodes` are the suites of the tree."""
    found: set[Line] = set()
    for node in nodes:
        if type(node) in _DOCUMENTED and node.body:
            match node.body[0]:
                case ast.Expr(value=ast.Constant(value=str()), lineno=first, end_lineno=last):
                    found.update(range(first, (last or first) + 1))
    return frozenset(found)
