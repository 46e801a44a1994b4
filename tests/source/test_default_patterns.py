"""A quick look at a text says only then that a pattern can't match when it doesn't."""

from __future__ import annotations

import re

import pytest

from minicov_lsp.source.default_patterns import DEFAULTS, may_match

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


@pytest.mark.parametrize("text", TEXTS)
def test_no_match_is_missed(text: str) -> None:
    """What matches may match."""
    for pattern in DEFAULTS:
        assert may_match(pattern, text) or re.search(pattern, text, re.MULTILINE) is None


@pytest.mark.parametrize("pattern", sorted(DEFAULTS))
def test_most_texts_need_no_match(pattern: str) -> None:
    """Nothing of a plain text is tried."""
    assert not may_match(pattern, "def f(x):\n    '''And so on...'''\n    return x[...] if x else 0\n")
