"""The logical lines that what is excluded can matter for: of all else no tokens are needed."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from minicov_lsp.model import Line
from minicov_lsp.source.logical_lines import LogicalLine, logical_lines

if TYPE_CHECKING:
    from minicov_lsp.source.trees import Tree

_Container: TypeAlias = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_CONTAINERS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_COMPOUND = (
    *_CONTAINERS, ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match,
)  # fmt: skip
"""What opens suites."""


def logical_lines_around(tree: Tree, lines: Sequence[str], matched: Iterable[Line]) -> Iterator[LogicalLine]:
    """The logical lines of the compound statements around some lines, indents counted from each statement's own.

    Suites that a line opens are all in the same statement. Raises what `logical_lines` does.
    """
    for first, last in tree.statements_at(lines, matched):
        outermost: int | None = None
        for found in logical_lines("\n".join((*lines[first - 1 : last], ""))):
            outermost = found.indent if outermost is None else outermost
            yield LogicalLine(
                found.first + first - 1,
                found.last + first - 1,
                found.indent - outermost,
                found.head_end + first - 1,
                tuple([colon + first - 1 for colon in found.colons]),
            )


def statements_at(tree: ast.Module, lines: Sequence[str], wanted: Iterable[Line]) -> list[tuple[Line, Line]]:
    """First and last lines of the innermost compound statements, right inside of definitions, that lines are in.

    Ascending, each once.
    """
    return sorted({place for line in wanted if (place := _statement_at(tree, lines, line)) is not None})


def _statement_at(tree: ast.Module, lines: Sequence[str], line: Line) -> tuple[Line, Line] | None:
    """First and last line of the innermost compound statement, right inside of definitions, that a line is in."""
    container: _Container = tree
    found: tuple[Line, Line] | None = None
    while True:
        body = container.body
        index = bisect_left(body, line, key=lambda each: each.end_lineno or each.lineno)
        if index == len(body) or _first(body[index], lines) > line or not isinstance(body[index], _COMPOUND):
            return None
        node = body[index]
        found = _first(node, lines), node.end_lineno or node.lineno
        if not isinstance(node, _CONTAINERS) or not _is_in_body(node, lines, line):
            return found
        container = node


def _first(node: ast.stmt, lines: Sequence[str]) -> Line:
    decorators = getattr(node, "decorator_list", None)
    line: Line = decorators[0].lineno if decorators else node.lineno
    while decorators and line > 1 and not lines[line - 1].lstrip().startswith("@"):
        line -= 1  # nothing but brackets, comments and blank lines can be between `@` and what comes after it
    return line


def _is_in_body(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, lines: Sequence[str], line: Line) -> bool:
    """Whether a line of a definition is certainly not of its header."""
    inner = node.body[0]
    starts_line = not lines[inner.lineno - 1][: inner.col_offset].strip()
    return starts_line and line >= _first(inner, lines) and inner.lineno > node.lineno
