r"""Glob patterns for file names, with coverage.py's meaning.

A pattern without a slash matches a file of that name anywhere; `*` and `?` stop
at slashes; `**/` is any number of folders; `/` and `\` are the same. A pattern
that does not begin with a wildcard also means the place it names from the root.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

_SLASH = r"[/\\]"
_NO_SLASH = r"[^/\\]"


def glob_regex(patterns: Iterable[str], root: str) -> re.Pattern[str] | None:
    """A regex whose `match` accepts whole absolute paths that any pattern matches, None without patterns.

    Raises ValueError, which names the pattern, where one can't be understood.
    """
    wanted: list[str] = []
    for pattern in patterns:
        wanted.append(pattern)
        if not pattern.startswith(("*", "?")):
            wanted.append(os.path.realpath(os.path.join(root, os.path.expanduser(pattern))))
    if not wanted:
        return None
    either = "|".join(f"(?:{_translate(pattern)})" for pattern in wanted)
    return re.compile(rf"(?:{either})\Z")


def prefix_regex(pattern: str) -> re.Pattern[str]:
    """A regex whose `match` accepts paths that begin with what the pattern matches, in any case.

    Raises ValueError, which names the pattern, where it can't be understood.
    """
    return re.compile(_translate(pattern), re.IGNORECASE)


def _translate(pattern: str) -> str:
    """The pattern as the text of a regex, not anchored at the end."""
    text = pattern.replace("\\", "/")
    if "/" not in text:
        text = f"**/{text}"
    parts: list[str] = []
    at = 0
    while at < len(text):
        piece, at = _piece(pattern, text, at)
        parts.append(piece)
    return "".join(parts)


def _piece(pattern: str, text: str, at: int) -> tuple[str, int]:
    """The regex of what stands at `at`, and where it ends."""
    stars = len(text[at:]) - len(text[at:].lstrip("*"))
    if stars:
        after = at + stars
        if stars > 2:
            raise ValueError(f"file pattern {pattern!r}: more than two stars in a row")
        if after < len(text) and text[after] == "/" and (at == 0 or stars == 2):
            if stars == 2 and ((at and text[at - 1] != "/") or text.startswith("**/**", at)):
                raise ValueError(f"file pattern {pattern!r}: ** must stand alone between slashes")
            return rf"(.*{_SLASH})?", after + 1
        if stars == 2 and (after < len(text) or (at and text[at - 1] != "/")):
            raise ValueError(f"file pattern {pattern!r}: ** must stand alone between slashes")
        return f"{_NO_SLASH}*", after
    character = text[at]
    if character == "/":
        rest = text[at + 1 :]
        if rest and rest.strip("*") == "":
            return rf"{_SLASH}.*", len(text)
        return _SLASH, at + 1
    if character == "?":
        return _NO_SLASH, at + 1
    if character == "[":
        end = text.find("]", at + 1)
        if end < 0:
            raise ValueError(f"file pattern {pattern!r}: [ without ]")
        return text[at : end + 1], end + 1
    if character == "]":
        raise ValueError(f"file pattern {pattern!r}: ] without [")
    return re.escape(character), at + 1
