"""A quick look at a text finds all places where a default pattern can match, and in most texts none."""

from __future__ import annotations

import random
import re

import pytest

from minicov_lsp.source.default_patterns import (
    DEFAULT_EXCLUDE,
    DEFAULT_PARTIAL,
    DEFAULT_PARTIAL_ALWAYS,
    DEFAULTS,
    starts,
)
from minicov_lsp.source.exclusion import matching_lines

TEXTS = [
    "x = 1  # pragma: no cover\n",
    "x = 1  #PRAGMA NO BRANCH\n",
    "def f(): ...\n",
    "def f() -> int:\n\n    ...  # later\n",
    "class C:\n    ...",
    "def f(a,\n      b) -> x:\n    ...\n",
    "\n...\n",
    "if TYPE_CHECKING:\n    import a\n",
    "if typing.TYPE_CHECKING: pass\n",
    "while True:\n    pass\nif 0: pass\n",
    ">>> a\n...\n.... x\n",
]


PIECES = [
    "def f(x", "async ", "def ", ")", "]", ":", " ", "\n", "\n", "...", "# ", "#", "pragma", "PRAGMA: no cover",
    " no cover", "no branch", "-> int", "if ", "while ", "True:", "1:", "TYPE_CHECKING:",
    "typing.", "x", "    ", "\t", "\f",
]  # fmt: skip


def lines_of_matches(patterns: tuple[str, ...], text: str) -> set[int]:
    """What all of the text gives."""
    joined = re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.MULTILINE)
    spans = [match.span() for match in joined.finditer(text)]
    return {line for start, end in spans for line in range(text.count("\n", 0, start), text.count("\n", 0, end) + 1)}


@pytest.mark.parametrize("text", TEXTS)
def test_no_match_is_missed(text: str) -> None:
    """What matches is at a place that was found."""
    for pattern in DEFAULTS:
        found = {match.start() for match in re.finditer(pattern, text, re.MULTILINE)}
        assert found <= set(starts(pattern, text) or ())


@pytest.mark.parametrize("patterns", [DEFAULT_EXCLUDE, (*DEFAULT_PARTIAL, *DEFAULT_PARTIAL_ALWAYS)])
def test_the_same_as_over_the_whole_text(patterns: tuple[str, ...]) -> None:
    """In 4,000 random texts of what patterns are about: the same lines."""
    chosen = random.Random(1)
    for _ in range(4000):
        text = "".join(chosen.choices(PIECES, k=chosen.randint(1, 14)))
        assert {line - 1 for line in matching_lines(patterns, text)} == lines_of_matches(patterns, text), text


@pytest.mark.parametrize("pattern", sorted(DEFAULTS))
def test_most_texts_need_no_match(pattern: str) -> None:
    """Nothing of a plain text is tried."""
    assert not set(starts(pattern, "def f(x):\n    '''And so on...'''\n    return x[...] if x else 0\n") or ())
