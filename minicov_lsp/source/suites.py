"""Statements and what holds them, apart from the expressions in them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

Suite: TypeAlias = ast.Module | ast.stmt | ast.excepthandler | ast.match_case
"""A node that is a statement or holds statements."""

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_TRY = ("body", "handlers", "orelse", "finalbody")
HOLDING: Mapping[type[ast.AST], tuple[str, ...]] = MappingProxyType(
    {
        ast.Module: ("body",),
        ast.FunctionDef: ("body",),
        ast.AsyncFunctionDef: ("body",),
        ast.ClassDef: ("body",),
        ast.If: ("body", "orelse"),
        ast.For: ("body", "orelse"),
        ast.AsyncFor: ("body", "orelse"),
        ast.While: ("body", "orelse"),
        ast.With: ("body",),
        ast.AsyncWith: ("body",),
        ast.Try: _TRY,
        ast.TryStar: _TRY,
        ast.ExceptHandler: ("body",),
        ast.Match: ("cases",),
        ast.match_case: ("body",),
    }
)
"""Where the syntax tree keeps statements, in order of the text."""


def suites(tree: ast.Module) -> list[Suite]:
    """The tree's root, statements, handlers and cases, parents before children; expressions are not entered."""
    found: list[Suite] = []
    waiting: list[Suite] = [tree]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if type(node) in HOLDING:
            waiting += reversed(children(node))
    return found


def children(node: Suite) -> list[Suite]:
    """The statements, handlers and cases directly inside one, in order of the text."""
    found: list[Suite] = []
    for field in HOLDING.get(type(node), ()):
        found += getattr(node, field)
    return found
