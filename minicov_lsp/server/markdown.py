"""Markdown of texts that anyone may have written: names of files and tests, source.

Nothing in them becomes a link, an image, a heading or HTML; editors follow links in hovers, and may run commands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&$:@=])")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MADE = re.compile(r"\\([^\sA-Za-z0-9])|(`+) ?(.+?) ?\2(?!`)|\*\*")
_BAR = re.compile(r"(?<!\\)[|]")
_RULE = re.compile(r"^\|(?: --- \|)+$\n?", re.MULTILINE)


def escaped(text: str) -> str:
    """A text as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", _INVISIBLE.sub(" ", text))


def code(text: str) -> str:
    """A text as code, on one line."""
    text = _INVISIBLE.sub(" ", text) or " "
    fence = "`" * (max((len(found) for found in re.findall("`+", text)), default=0) + 1)
    inner = f" {text} " if text.startswith("`") or text.endswith("`") else text
    return f"{fence}{inner}{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    return "\n".join((_row(head), _row(["---"] * len(head)), *map(_row, rows)))


def _row(cells: Sequence[str]) -> str:
    # A bar ends a cell even in code; an escaped one, in code too, stands for itself.
    told = " | ".join(_BAR.sub(r"\\|", cell) for cell in cells)
    return f"| {told} |"


def plain(markdown: str) -> str:
    """What was made here, for a client that reads no Markdown."""
    return _MADE.sub(lambda found: found[1] or found[3] or "", _RULE.sub("", markdown))
