"""Statements over several lines, read off the tree, are those that the tokens tell."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from minicov_lsp.source import logical_lines
from minicov_lsp.source.extents import is_told_by_tokens
from minicov_lsp.source.text import lines_of
from minicov_lsp.source.trees import Tree

Read = Callable[[str], Tree]

CLEAR = [
    "x = (1,\n  2)\ny = 3\n",
    "a = 1; b = (\n 2\n); c = 3\n",
    "if (a and\n        b):\n    c = 6\n",
    "if (a\n): b = (1,\n 2)\nelse: c = [\n]\n",
    "if x[a:\n  b]: c\n",
    "def f(\n    a,  # one: two\n):\n    pass\n",
    "def f(a=lambda: 0,\n      *, b):\n\n    # nothing\n    '''doc\n    string'''\n",
    "@one(\n  1)\n@two\nclass C(A,\n  b=2\n):\n    x: int = (\n 1)\n",
    "def f() -> x[1:\n 2]:\n    return [\n    ]\n",
    "def f(a, /, *args: int,\n **kwargs: str): pass\n",
    "with (open(a) as b,\n      c):\n    pass\n",
    "with open(a) as b, \\\n     c as d:\n    pass\n",
    "for x in (\n    y\n):\n    pass\nelse:\n    z = '''\n'''\n",
    "try:\n    a\nexcept (A,\n  B) as e:\n    b\nfinally:\n    c(\n)\n",
    "match (\n a):\n    case [1,\n  2] if (b\n   ):\n        c\n    case _: d\n",
    "while (  # (:\n    a  # :\n):\n    b\n",
    "é = 'ü'; f('ö',\n 1); g = ((\n))\n",
    "lambda: (\n 1)\n",
    "class C: x = [\n]\n",
    "async def f():\n    async with (\n  a\n ):\n        await b(\n)\n",
]
UNCLEAR = [
    "a = 1; \\\nb = 2\n",
    "if a: \\\n    b\n",
    "try \\\n  :\n    a\nfinally:\n    b\n",
    "x = 1 \\\n\ny = 2\n",
    "@(\n  a)\ndef f(): pass\n",
    "match a:\n    case (\n  1):\n        b\n",
]


@pytest.mark.parametrize("text", CLEAR)
def test_tree_tells_what_tokens_tell(walks_by: Read, text: str) -> None:
    """First and last line of every statement over several lines, its header's of a compound one."""
    assert not is_told_by_tokens(text)
    assert walks_by(text).extents(lines_of(text)) == logical_lines.extents(logical_lines.logical_lines(text))


@pytest.mark.parametrize("text", UNCLEAR)
def test_where_only_tokens_tell(walks_by: Read, text: str) -> None:
    """What lies between nodes of the tree is not guessed."""
    assert is_told_by_tokens(text) or walks_by(text).extents(lines_of(text)) is None
