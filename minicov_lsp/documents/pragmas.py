"""Where a pragma must stand so that the coverage rules of a project leave something out, as an edit of the text."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence

from minicov_lsp.errors import ConfigError
from minicov_lsp.model import Line
from minicov_lsp.source.exclusion import matching_lines
from minicov_lsp.source.logical_lines import LogicalLine, logical_lines
from minicov_lsp.source.text import of_lines

NO_COVER = ("# pragma: no cover", "# pragma: nocover", "# no cover", "# nocov", "# not covered")
"""Comments that projects use, the best known first."""
NO_BRANCH = ("# pragma: no branch", "# no branch", "# pragma: no cover branch")

_WITH_SUITES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, ast.For, ast.AsyncFor, ast.While),
    *(ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match, ast.ExceptHandler),
)
Places = tuple[Line, ...]
"""Lines at whose ends a comment is to stand."""


def comment_for(patterns: Sequence[str], usual: Sequence[str]) -> str | None:
    """A comment that a project's patterns match: a usual one, or what a pattern literally says; else None."""
    literal = [re.sub(r"\\(.)", r"\1", re.sub(r"\\s[*+?]?", " ", pattern)) for pattern in patterns]
    for comment in (*usual, *(each.strip() for each in literal if each.lstrip().startswith("#"))):
        try:
            if matching_lines(patterns, f"x = 1  {comment}\n") and "\n" not in comment:
                return comment
        except ConfigError:
            return None
    return None


def places_of(lines: Sequence[str], asked: Iterable[tuple[str, Line, Line]]) -> list[Places]:
    """Where comments must stand for each of some diagnostics: (code, first line, last line).

    No places where one can't be left out by itself; none at all where the text is no Python.
    """
    try:
        statements = Statements(lines)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [_places(statements, *each) for each in asked]


def _places(statements: Statements, code: str, first: Line, last: Line) -> Places:
    if code == "never-run":
        return statements.places(first, last)
    if code == "uncovered-branch" or statements.is_simple(first):
        end = statements.header_end(first)
        return (end,) if end is not None else ()
    return ()


class Statements:
    """The statements of a text, to be left out; raises SyntaxError and the like where it is no Python."""

    def __init__(self, lines: Sequence[str]) -> None:
        text = of_lines(lines)
        self._lines = lines
        self._tree = ast.parse(text)
        self._headers = {node.lineno for node in ast.walk(self._tree) if isinstance(node, _WITH_SUITES)}
        self._headers |= {node.pattern.lineno for node in ast.walk(self._tree) if isinstance(node, ast.match_case)}
        try:
            self._logical = tuple(logical_lines(text))
        except tokenize.TokenError as error:
            raise SyntaxError(error.args[0]) from error

    def header_end(self, line: Line) -> Line | None:
        """The last line of the statement or header that a line is part of: the only one where a comment can stand."""
        found = self._around(line)
        return found.last if found is not None else None

    def is_simple(self, line: Line) -> bool:
        """Whether what a line is part of opens no suite."""
        found = self._around(line)
        return found is not None and not (
            found.colons and self._lines[found.last - 1].partition("#")[0].rstrip()[-1:] == ":"
        )

    def places(self, first: Line, last: Line) -> Places:
        """Where comments must stand to leave out the statements from a line to another, and no other.

        A function of which they are all is left out with its `def`, an `else` with its own line.
        """
        outermost = list(_outermost(self._tree, first, last))
        found = {self._place(suite, parent, first, last) for suite, parent in outermost} if outermost else set()
        return tuple(sorted(line for lines in found for line in lines))

    def _place(self, suite: Sequence[_Piece], parent: ast.AST, first: Line, last: Line) -> tuple[Line, ...]:
        inside = [each for each in suite if first <= each.lineno <= last]
        rest = [each for each in suite if each not in inside and not _is_docstring(each)]
        above: Line | None = None
        if not rest and isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            above = self.header_end(parent.lineno)
        elif not rest and suite is getattr(parent, "orelse", None):
            above = self._clause_above(inside[0].lineno, "else")
        if above is not None:
            return (above,)
        return tuple(dict.fromkeys(end for each in inside if (end := self.header_end(each.lineno)) is not None))

    def _clause_above(self, line: Line, word: str) -> Line | None:
        """The line of `else:` right above a suite."""
        above = [each for each in self._logical if each.last < line]
        if above and re.fullmatch(rf"\s*{word}\s*:\s*(#.*)?", self._lines[above[-1].first - 1]):
            return above[-1].last
        return None

    def _around(self, line: Line) -> LogicalLine | None:
        return next((each for each in self._logical if each.first <= line <= each.last), None)


_Piece = ast.stmt | ast.ExceptHandler | ast.pattern
"""What can be left out by itself; a pattern stands for its `case`."""


def _outermost(tree: ast.Module, first: Line, last: Line) -> Iterator[tuple[Sequence[_Piece], ast.AST]]:
    """(suite, its owner) of suites that have pieces in a range and whose owner does not begin there."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for suite in _suites(node):
            if any(first <= each.lineno <= last for each in suite):
                yield suite, node
            waiting += [each for each in suite if not first <= each.lineno <= last]
        waiting += [case for case in getattr(node, "cases", ()) if not first <= case.pattern.lineno <= last]


def _suites(node: ast.AST) -> Iterable[Sequence[_Piece]]:
    for name in ("body", "handlers", "orelse", "finalbody"):
        suite = getattr(node, name, None)
        if isinstance(suite, list) and suite:
            yield suite
    if isinstance(node, ast.Match):
        yield [case.pattern for case in node.cases]


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
