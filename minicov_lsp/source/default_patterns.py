"""coverage.py's own exclusion patterns, and a quick look at where one can match at all: in most texts nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

DEFAULT_EXCLUDE = (
    r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)",
    r"^\s*(((async )?def .*?)?[\])]+(\s*->.*?)?:\s*)?\.\.\.\s*(#|$)",
    r"^\s*if (typing\.)?TYPE_CHECKING:",
)
DEFAULT_PARTIAL = (r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(branch|BRANCH)",)
DEFAULT_PARTIAL_ALWAYS = (r"^\s*while (True|1|False|0):", r"^\s*if (True|1|False|0):")
DEFAULTS = frozenset((*DEFAULT_EXCLUDE, *DEFAULT_PARTIAL, *DEFAULT_PARTIAL_ALWAYS))
_DOTS = re.compile(r"\.\.\.\s*(?:#|$)", re.MULTILINE)
_CONSTANTS = ("True", "1", "False", "0")


def starts(pattern: str, text: str) -> Iterator[int] | None:
    """Where matches of a default pattern may start, in no order; nowhere else one does. None for other patterns."""
    look = _LOOKS.get(pattern)
    return None if look is None else look(text)


def _pragma(*words: str) -> Callable[[str], Iterator[int]]:
    def look(text: str) -> Iterator[int]:
        if not any(word in text for word in words):
            return
        for name in ("pragma", "PRAGMA"):
            for at in _places(name, text):
                start = text.rfind("#", 0, at)
                if start >= 0 and not text[start + 1 : at].strip():
                    yield start

    return look


def _constant(keyword: str) -> Callable[[str], Iterator[int]]:
    tests = [f"{keyword} {constant}:" for constant in _CONSTANTS]
    return lambda text: _at_line_starts(text, *tests)


def _at_line_starts(text: str, *words: str) -> Iterator[int]:
    """Where what begins a line with one of some words may start."""
    for word in words:
        for at in _places(word, text):
            yield from _starts_of_lines(text, at, 0)


def _dots(text: str) -> Iterator[int]:
    """Three dots are all of a line, or come behind a colon; that, and the bracket before it, may be lines before."""
    if "..." not in text:
        return
    for found in _DOTS.finditer(text):
        head = text[text.rfind("\n", 0, found.start()) + 1 : found.start()].rstrip()
        if not head or head[-1] == ":":
            yield from _starts_of_lines(text, found.start(), 2)


def _places(word: str, text: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _starts_of_lines(text: str, at: int, more: int) -> Iterator[int]:
    """Starts of the line that a place is on, of so many lines before it, and of all blank ones between and before."""
    start = text.rfind("\n", 0, at) + 1
    yield start
    while start:
        before = text.rfind("\n", 0, start - 1) + 1
        if not text[before:start].isspace():
            if not more:
                return
            more -= 1
        yield before
        start = before


_LOOKS: Mapping[str, Callable[[str], Iterator[int]]] = MappingProxyType(
    {
        DEFAULT_EXCLUDE[0]: _pragma("cover", "COVER"),
        DEFAULT_EXCLUDE[1]: _dots,
        DEFAULT_EXCLUDE[2]: lambda text: _at_line_starts(text, "if TYPE_CHECKING:", "if typing.TYPE_CHECKING:"),
        DEFAULT_PARTIAL[0]: _pragma("branch", "BRANCH"),
        DEFAULT_PARTIAL_ALWAYS[0]: _constant("while"),
        DEFAULT_PARTIAL_ALWAYS[1]: _constant("if"),
    }
)
"""What finds those places."""
