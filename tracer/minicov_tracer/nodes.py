"""The nodes of syntax trees in which a decision may be, and how they are reached."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

_VISITED = frozenset(
    (
        ast.BoolOp, ast.Compare, ast.If, ast.While, ast.IfExp, ast.Assert, ast.comprehension, ast.match_case,
        ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
    )
)  # fmt: skip
"""What may be a decision, have a test, or run what is inside in another order; all else just has nodes inside."""
BARE = frozenset((ast.Name, ast.Constant, ast.Load, ast.Store, ast.Del, ast.alias, ast.Pass, type(None)))
"""Nodes with nothing inside, and more than half of most trees; and what stands for none."""
_WITHOUT_NODES = frozenset(
    (
        "arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "is_lazy", "kind", "kwd_attrs", "level",
        "module", "name", "names", "op", "ops", "rest", "simple", "str", "type_comment", "type_ignores",
    )
)  # fmt: skip
"""Fields that hold no statement, expression or pattern."""
_LITERALS = (ast.Constant, ast.MatchSingleton)
FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    kind: () if kind in _LITERALS else tuple(name for name in kind._fields if name not in _WITHOUT_NODES)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def inside(node: ast.AST) -> list[ast.AST]:
    """The nodes directly inside one, in order of its fields; bare ones are left out, and what is in none.

    Several times faster than ast.iter_child_nodes: most nodes of a tree are names and constants, with nothing inside.
    """
    found: list[ast.AST] = []
    for field in FIELDS[type(node)]:
        value: Any = getattr(node, field, None)
        kind = type(value)
        if kind is list:
            found += [each for each in value if type(each) not in BARE]
        elif kind not in BARE:
            found.append(value)
    return found


def topmost(nodes: Iterable[ast.AST]) -> list[ast.AST]:
    """What of some nodes, and inside of the others of them, may be a decision or have a test; in no order."""
    found: list[ast.AST] = []
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if type(node) in _VISITED:
            found.append(node)
        else:
            waiting += inside(node)
    return found
