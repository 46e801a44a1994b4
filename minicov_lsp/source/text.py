"""The text of a source file as it is shown and as it is parsed."""

from __future__ import annotations

from minicov_tracer import sources

_BYTE_ORDER_MARK = "\ufeff"


def shown(text: str) -> str:
    """The text as people see it: line feeds for all line ends, no byte order mark."""
    return sources.normalize(text).removeprefix(_BYTE_ORDER_MARK)


def parsed(text: str) -> str:
    """What the compiler is given for a shown text: on some Pythons a last line without an end has no NEWLINE token."""
    return text if not text or text.endswith("\n") else text + "\n"


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a shown text without their ends; only a line feed ends a line, as for the compiler."""
    lines = text.split("\n")
    return tuple(lines[:-1] if lines[-1] == "" else lines)
