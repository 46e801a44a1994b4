"""Where nodes stand, in characters."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TypeAlias

from minicov_lsp.model import Span

Placed: TypeAlias = ast.stmt | ast.expr | ast.pattern | ast.excepthandler
"""A node that has a place."""
Place: TypeAlias = tuple[int, int, int, int]
"""Line, byte column, end line, byte end column."""


def span_of(first: Placed, last: Placed, lines: Sequence[str]) -> Span:
    """From one node's start to another's end, without parentheses around them; `lines` are the shown text's."""
    end_line, end_column = last.end_lineno or last.lineno, last.end_col_offset or last.col_offset
    return span_at((first.lineno, first.col_offset, end_line, end_column), lines)


def span_at(place: tuple[int, int, int, int], lines: Sequence[str]) -> Span:
    """A span from line, byte column, end line and byte end column, as the syntax tree has them."""
    line, column, end_line, end_column = place
    if end_line <= len(lines) and lines[line - 1].isascii() and (line == end_line or lines[end_line - 1].isascii()):
        return Span(line, column, end_line, end_column)
    return Span(line, _characters(lines, line, column), end_line, _characters(lines, end_line, end_column))


def _characters(lines: Sequence[str], line: int, byte_column: int) -> int:
    """A column in characters. Before 3.12 a place inside an f-string can be beyond the text."""
    text = lines[line - 1] if line <= len(lines) else ""
    if text.isascii():
        return byte_column
    return len(text.encode("utf-8", "surrogatepass")[:byte_column].decode("utf-8", "replace"))
