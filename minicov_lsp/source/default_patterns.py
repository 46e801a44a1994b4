"""coverage.py's own exclusion patterns, and a quick look at whether one can match at all: in most texts none does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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


def may_match(pattern: str, text: str) -> bool:
    """Whether a pattern may match anywhere in a text; certain only where it says no."""
    look = _LOOKS.get(pattern)
    return look is None or look(text)


def _pragma(*words: str) -> Callable[[str], bool]:
    return lambda text: ("pragma" in text or "PRAGMA" in text) and any(word in text for word in words)


def _constant(keyword: str) -> Callable[[str], bool]:
    tests = [f"{keyword} {constant}:" for constant in _CONSTANTS]
    return lambda text: any(test in text for test in tests)


def _is_dotted(text: str) -> bool:
    """Whether three dots are all of a line, or come behind a colon, maybe lines before."""
    if "..." not in text:
        return False
    heads = (text[text.rfind("\n", 0, found.start()) + 1 : found.start()].rstrip() for found in _DOTS.finditer(text))
    return any(not head or head[-1] == ":" for head in heads)


_LOOKS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        DEFAULT_EXCLUDE[0]: _pragma("cover", "COVER"),
        DEFAULT_EXCLUDE[1]: _is_dotted,
        DEFAULT_EXCLUDE[2]: lambda text: "TYPE_CHECKING:" in text,
        DEFAULT_PARTIAL[0]: _pragma("branch", "BRANCH"),
        DEFAULT_PARTIAL_ALWAYS[0]: _constant("while"),
        DEFAULT_PARTIAL_ALWAYS[1]: _constant("if"),
    }
)
"""What a text must have for a pattern to match."""
