import ast
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from minicov_lsp.model import Line, RegionKind
from minicov_lsp.source.complexity import Definition
from minicov_lsp.source.decisions import Decision
from minicov_lsp.source.regions import Place
from minicov_lsp.source.suites import Suite

def learn(
    fields: dict[type[ast.AST], tuple[str, ...]],
    suites: dict[type[ast.AST], tuple[str, ...]],
    bare: frozenset[type],
    statement: type[ast.stmt],
    constants: dict[str, bool],
    constant: Callable[[ast.expr], tuple[object] | None],
    /,
) -> None: ...
def suites(tree: ast.Module, /) -> list[Suite]: ...
def topmost(nodes: list[ast.AST], /) -> list[ast.AST]: ...
def deciding(tree: ast.Module, /) -> tuple[list[Decision], dict[Definition, int]]: ...
def regions(tree: ast.Module, code_lines: AbstractSet[Line], /) -> list[tuple[Place, RegionKind]]: ...
