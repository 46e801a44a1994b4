"""The text of an open document as lines, as both the protocol and the compiler count them."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LINE_END = re.compile(r"\r\n|\r|\n")
"""What ends a line in LSP and in Python source; str.splitlines would also split at form feeds and U+2028."""

Place = tuple[int, int]
"""(line, column), both from 0; the column counts characters of the line without its end."""


def split_lines(text: str) -> tuple[str, ...]:
    """The text's lines without their ends; a final line end leaves an empty last line, as editors show it."""
    if "\r" in text:
        return tuple(_LINE_END.split(text))
    return tuple(text.split("\n"))


def replace(lines: Sequence[str], start: Place, end: Place, new: str) -> tuple[str, ...]:
    """The lines after the text between two places became `new`.

    Places beyond a line's or the text's end mean that end, as the protocol
    has it; an end before the start is the start.
    """
    first, first_column = _clamp(lines, start)
    last, last_column = _clamp(lines, max(start, end))
    head, tail = lines[first][:first_column], lines[last][last_column:]
    inserted = split_lines(new)
    if len(inserted) == 1:
        middle: tuple[str, ...] = (head + inserted[0] + tail,)
    else:
        middle = (head + inserted[0], *inserted[1:-1], inserted[-1] + tail)
    return (*lines[:first], *middle, *lines[last + 1 :])


def _clamp(lines: Sequence[str], place: Place) -> Place:
    """The nearest place that exists."""
    line, column = place
    if line >= len(lines):
        return len(lines) - 1, len(lines[-1])
    return max(line, 0), min(max(column, 0), len(lines[line]))
