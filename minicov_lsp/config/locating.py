"""On which line of a configuration file a key stands; the parsers don't say."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*([#;].*)?")
_KEY = re.compile(r"""\s*([^\s=:\[{#;][^=:\[{]*?)\s*[=:]""")
_QUOTES = str.maketrans("", "", "\"'")


def line_of(lines: Sequence[str], section: str, key: str) -> int:
    """The line, from 1, of a key in a section of an INI or TOML file; else of the table that it is in, else 0.

    In TOML a key may stand in a table above (`report.precision = 2`) or in one on a line (`report = {precision = 2}`).
    """
    wanted = f"{section}.{key}".lower() if section else key.lower()
    inside, near = "", 0
    for number, text in enumerate(lines, 1):
        if header := _HEADER.fullmatch(text):
            inside = _plain(header[1]) + "."
            near = number if inside == f"{section}." else near
        elif found := _KEY.match(text):
            name = (inside + _plain(found[1])).lower()
            if name == wanted:
                return number
            near = number if wanted.startswith(f"{name}.") else near
    return near


def _plain(header: str) -> str:
    """A TOML table's name without its quotes and spaces; an INI section's as it is."""
    return ".".join(part.strip().translate(_QUOTES) for part in header.split("."))
