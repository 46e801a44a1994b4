"""Logical lines: what stands between two NEWLINE tokens, over however many lines of text."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from minicov_lsp.model import Line

_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


class LogicalLine(NamedTuple):
    """One or more statements that end together; a compound statement's is its header."""

    first: Line
    last: Line
    indent: int
    """How many indented suites it is in."""
    head_end: Line
    """Where its first token ends."""
    colons: tuple[Line, ...]
    """The lines of colons outside of brackets: of suites, annotations and lambdas."""


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """The logical lines of a text in order; comments and blank lines between them belong to none.

    Raises SyntaxError (IndentationError among them) or tokenize.TokenError.
    """
    indent = nesting = first = head_end = 0
    colons: list[Line] = []
    for kind, string, (start, _), (end, _), _ in tokenize.generate_tokens(io.StringIO(text).readline):
        if kind == tokenize.INDENT:
            indent += 1
        elif kind == tokenize.DEDENT:
            indent -= 1
        elif kind == tokenize.NEWLINE:
            if first:
                yield LogicalLine(first, end, indent, head_end, tuple(colons))
            first, colons = 0, []
        elif kind == tokenize.OP:
            if string == ":" and nesting == 0:
                colons.append(end)
            elif string in _OPENING:
                nesting += 1
            elif string in _CLOSING:
                nesting -= 1
        if not first and kind != tokenize.COMMENT and string.strip():
            first, head_end = start, end


def extents(lines: Iterable[LogicalLine]) -> dict[Line, Line]:
    """{first line: last line} of the logical lines that have more than one."""
    return {line.first: line.last for line in lines if line.last != line.first}
