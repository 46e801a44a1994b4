"""The text of a source file as it is shown and as it is parsed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import compress, count
from operator import ne

from minicov_tracer import sources

_BYTE_ORDER_MARK = "\ufeff"


def shown(text: str) -> str:
    """The text as people see it: line feeds for all line ends, no byte order mark."""
    return sources.normalize(text).removeprefix(_BYTE_ORDER_MARK)


def digest(text: str) -> str:
    """What `minicov_tracer.sources.digest` says of a shown text, five times faster by OpenSSL, which is loaded here."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def parsed(text: str) -> str:
    """What the compiler is given for a shown text: on some Pythons a last line without an end has no NEWLINE token."""
    return text if not text or text.endswith("\n") else text + "\n"


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a shown text without their ends; only a line feed ends a line, as for the compiler."""
    lines = text.split("\n")
    return tuple(lines[:-1] if lines[-1] == "" else lines)


def of_lines(lines: Iterable[str]) -> str:
    """The text that has these lines, as the compiler is given it."""
    return "\n".join((*lines, ""))


def unchanged(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many lines at the start and at the end are the same; no line is counted twice."""
    shorter = min(len(before), len(after))
    start = _same(before, after, shorter)
    return start, _same(before[::-1], after[::-1], shorter - start)


def _same(one: Sequence[str], other: Sequence[str], most: int) -> int:
    """How many lines both start with, not looking further than `most`."""
    return min(next(compress(count(), map(ne, one, other)), most), most)
