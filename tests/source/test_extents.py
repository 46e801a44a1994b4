"""Statements over several lines, read off the tree, are those that the tokens tell."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from minicov_lsp.source import syntax
from minicov_lsp.source.extents import UnclearError, extents
from minicov_lsp.source.logical_lines import extents as extents_of_tokens
from minicov_lsp.source.logical_lines import logical_lines
from minicov_lsp.source.suites import Suite
from minicov_lsp.source.text import lines_of

pytestmark = pytest.mark.usefixtures("walks_by")

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


def spread(text: str) -> Sequence[Suite]:
    """What of a text may be over several lines."""
    understood = syntax.read(text, "")
    return understood.walks.spread(understood.nodes, lines_of(text))


@pytest.mark.parametrize("text", CLEAR)
def test_tree_tells_what_tokens_tell(text: str) -> None:
    """First and last line of every statement over several lines, its header's of a compound one."""
    assert extents(spread(text), text, lines_of(text)) == extents_of_tokens(logical_lines(text))


@pytest.mark.parametrize("text", UNCLEAR)
def test_where_only_tokens_tell(text: str) -> None:
    """What lies between nodes of the tree is not guessed."""
    with pytest.raises(UnclearError):
        extents(spread(text), text, lines_of(text))
