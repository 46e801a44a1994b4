import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet

from minicov_lsp.model import Decision, Line, Region
from minicov_lsp.source.arcs import Following
from minicov_lsp.source.complexity import Definition
from minicov_lsp.source.spans import Place
from minicov_lsp.source.suites import Suite
from minicov_lsp.source.with_jumps import Mending

def learn(
    fields: dict[type[ast.AST], tuple[str, ...]],
    suites: dict[type[ast.AST], tuple[str, ...]],
    bare: frozenset[type],
    statement: type[ast.stmt],
    constants: dict[str, bool],
    constant: Callable[[ast.expr], tuple[object] | None],
    records: tuple[type, type, type, type],
    /,
) -> None: ...
def learn_arcs(whys: tuple[str, ...], destinations: tuple[str, ...], mending: Callable[..., Mending], /) -> None: ...
def suites(tree: ast.Module, /) -> list[Suite]: ...
def spread(nodes: Sequence[Suite], lines: Sequence[str], /) -> list[Suite]: ...
def topmost(nodes: list[ast.AST], /) -> list[ast.AST]: ...
def parts(
    tree: ast.Module, code_lines: AbstractSet[Line], /
) -> tuple[list[Decision], dict[Definition, int], list[Region]]: ...
def following(
    nodes: Sequence[Suite],
    first_lines: Mapping[Line, Line],
    code_lines: AbstractSet[Line],
    excluded: AbstractSet[Line],
    /,
) -> Following: ...
def choosing(
    nodes: Sequence[Suite], first_lines: Mapping[Line, Line], wanted: Collection[Line], /
) -> dict[Line, Place]: ...
