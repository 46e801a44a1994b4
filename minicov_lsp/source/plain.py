"""Where only plain expressions stand: calls, names, literals, nothing that decides or makes a region.

That is most of a text, and no walk that looks for decisions, regions or complexity needs to go into it. It is seen from
the words on a line: what stands on one line without such a word is plain, and so is what goes over several of which
none has one, not even where a statement would begin.
"""

from __future__ import annotations

import ast
import re
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple, TypeAlias

from minicov_lsp.model import Line

_WORD = re.compile(r"(?:and(?<!\wand)|or(?<!\wor)|if(?<!\wif)|for(?<!\wfor)|lambda(?<!\wlambda))\b")
"""One that stands alone; it begins with a letter, not with what must be before, so that `re` can look for that."""
_AT_A_NUMBER = re.compile(r"[0-9]\w*?(?:and|or|if|for|lambda)\b")
"""A number may run into the word behind it: `1if x else 2`."""
_COMPARED = re.compile(r"<|>|==|!=|in\b|is\b")
"""What compares, and words that end so, which a number may run into."""
_FORMATTED = re.compile(r"\b(?:[fF][rR]?|[rR][fF])[\"']")
_TELLS_PLACES = sys.version_info >= (3, 12)
"""Before, what is inside of an f-string may have another line's number."""

IsPlain: TypeAlias = Callable[[ast.AST], bool]


class Busy(NamedTuple):
    """The lines of a text that have more than plain expressions."""

    lines: AbstractSet[Line]
    """Those with something that may decide by itself; not what begins a line, where it may begin a statement."""
    parts: list[Line]
    """Ascending, those with something that is in any decision, even if it only goes on there."""


def busy(text: str) -> Busy:
    """The lines with a word that may decide something."""
    if not _TELLS_PLACES and _FORMATTED.search(text):
        everything = range(1, text.count("\n") + 2)
        return Busy(frozenset(everything), list(everything))
    lines: set[Line] = set()
    parts: set[Line] = set()
    for line, word in _placed(_WORD.finditer(text), text):
        parts.add(line)
        if word[0] == "lambda" or text[text.rfind("\n", 0, word.start()) + 1 : word.start()].strip():
            lines.add(line)
    before = 0
    for line, _ in _placed(_COMPARED.finditer(text), text):
        parts.add(line)
        if line == before:
            lines.add(line)
        before = line
    lines.update(line for line, _ in _placed(_AT_A_NUMBER.finditer(text), text))
    return Busy(lines, sorted(parts | lines))


def _placed(matches: Iterable[re.Match[str]], text: str) -> Iterator[tuple[Line, re.Match[str]]]:
    """Matches, in order, with the lines that they begin on."""
    line, counted = 1, 0
    for match in matches:
        start = match.start()
        line += text.count("\n", counted, start)
        counted = start
        yield line, match


def plainness(text: str, holding: Iterable[type[ast.AST]]) -> IsPlain:
    """Tells whether nothing in a node decides or makes a region; what is `holding` statements is so on one line."""
    lines, parts = busy(text)
    holds = frozenset(holding)

    def is_plain(node: ast.AST) -> bool:
        line: Line | None = getattr(node, "lineno", None)
        if line is None:
            return False
        end: Line = node.end_lineno  # type: ignore[attr-defined]  # what has a line has an end
        if line == end:
            return line not in lines
        if type(node) in holds:
            return False
        following = bisect_left(parts, line)
        return following == len(parts) or parts[following] > end

    return is_plain
