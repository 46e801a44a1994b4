"""On which line of a configuration file a key stands; the parsers don't say."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*([#;].*)?")
_QUOTES = str.maketrans("", "", "\"'")


def line_of(lines: Sequence[str], section: str, key: str) -> int:
    """The line, from 1, of a key in a section of an INI or TOML file; the section's where it isn't found, else 0."""
    inside, section_line = section == "", 0
    wanted = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=:]", re.IGNORECASE)
    for number, text in enumerate(lines, 1):
        header = _HEADER.fullmatch(text)
        if header is not None:
            inside = _plain(header[1]) == section
            section_line = number if inside else section_line
        elif inside and wanted.match(text):
            return number
    return section_line


def _plain(header: str) -> str:
    """A TOML table's name without its quotes and spaces; an INI section's as it is."""
    return ".".join(part.strip().translate(_QUOTES) for part in header.split("."))
