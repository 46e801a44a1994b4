"""Where only plain expressions stand: calls, names, literals, nothing that decides or makes a region.

That is most of a text, and no walk that looks for decisions, regions or complexity needs to go into it. It is seen from
the words on a line: what stands on one line without such a word is plain; what goes over several is looked into.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

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


def busy_lines(lines: Sequence[str]) -> AbstractSet[Line]:
    """The lines with a word that may decide something; one that begins a line does so in what goes over several."""
    if not _TELLS_PLACES and any(map(_FORMATTED.search, lines)):
        return frozenset(range(1, len(lines) + 1))
    found: set[Line] = set()
    search, compared, at_a_number = _WORD.search, _COMPARED.findall, _AT_A_NUMBER.search
    for number, line in enumerate(lines, 1):
        word = search(line)
        if word is not None and word[0] != "lambda" and not line[: word.start()].strip():
            word = search(line, word.end())
        if word is not None or at_a_number(line) or len(compared(line)) > 1:
            found.add(number)
    return found


def is_plain(node: ast.AST, busy: AbstractSet[Line]) -> bool:
    """Whether nothing in an expression or a simple statement decides or makes a region."""
    line = getattr(node, "lineno", 0)
    return line not in busy and line == getattr(node, "end_lineno", None)
