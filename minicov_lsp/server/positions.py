"""Places in a text, in the client's units and in ours.

Ours: lines from 1, columns in characters. The client's: lines from 0, columns
in code units of the encoding that was agreed on.
"""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from minicov_lsp.model import Line, Span

Encoding = types.PositionEncodingKind | str


def to_units(line: str, column: int, encoding: Encoding) -> int:
    """The code units before a column."""
    if encoding == types.PositionEncodingKind.Utf32 or line.isascii():
        return min(column, len(line))
    if encoding == types.PositionEncodingKind.Utf8:
        return len(line[:column].encode("utf-8", "surrogatepass"))
    return len(line[:column].encode("utf-16-le", "surrogatepass")) // 2


def from_units(line: str, units: int, encoding: Encoding) -> int:
    """The column at, or around, which so many code units end; at most the line's length."""
    if encoding == types.PositionEncodingKind.Utf32 or line.isascii():
        return min(units, len(line))
    if encoding == types.PositionEncodingKind.Utf8:
        return len(line.encode("utf-8", "surrogatepass")[:units].decode("utf-8", "ignore"))
    return len(line.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore"))


def range_of(span: Span, lines: Sequence[str], encoding: Encoding) -> types.Range:
    """A span as the client's range."""
    return types.Range(
        _position(span.line, span.column, lines, encoding), _position(span.end_line, span.end_column, lines, encoding)
    )


def plain_range(span: Span, first: str, last: str, encoding: Encoding) -> dict[str, dict[str, int]]:
    """The same as JSON has it, given the lines on which it starts and ends."""
    start, end = to_units(first, span.column, encoding), to_units(last, span.end_column, encoding)
    return {
        "start": {"line": span.line - 1, "character": start},
        "end": {"line": span.end_line - 1, "character": end},
    }


def range_of_lines(first: Line, last: Line, lines: Sequence[str], encoding: Encoding) -> types.Range:
    """Whole lines, without the blanks around what stands on them."""
    return range_of(span_of_lines(first, last, lines), lines, encoding)


def span_of_lines(first: Line, last: Line, lines: Sequence[str]) -> Span:
    """The same in our units."""
    first_text, last_text = line_of(first, lines), line_of(last, lines)
    start = len(first_text) - len(first_text.lstrip())
    return Span(first, start, last, len(last_text.rstrip()))


def lines_of(range_: types.Range) -> tuple[Line, Line]:
    """First and last line of a client's range; the line on which it ends at column 0 is not part of it."""
    first, last = range_.start.line + 1, range_.end.line + 1
    return first, last - 1 if range_.end.character == 0 and last > first else last


def _position(line: Line, column: int, lines: Sequence[str], encoding: Encoding) -> types.Position:
    return types.Position(line - 1, to_units(line_of(line, lines), column, encoding))


def line_of(number: Line, lines: Sequence[str]) -> str:
    """A line's text; "" of one that is not there."""
    return lines[number - 1] if 0 < number <= len(lines) else ""
