"""Lines on which nothing decides: whoever leaves them out finds the same."""

from __future__ import annotations

import pytest

from minicov_lsp.source import syntax
from minicov_lsp.source.plain import busy, plainness
from minicov_lsp.source.syntax import HOLDING
from minicov_tracer.decisions import find

TEXTS = [
    "x = f(a)\ny = a and b\nif x: pass\n",
    "x = (a\n     and b)\n",
    "x = (a and\n     f(b or c))\n",
    "x = 1if a else 2\n",
    "x = 0xfor b\n",
    "x = a < b < c\ny = a < b\nz = (a <\n b < c)\n",
    "x = a in b is not c\n",
    "x = 1in b in c\n",
    "@(p or q)\ndef f(): pass\n",
    "f(\n    lambda: a or b)\n",
    "x = [a\n     for a in b\n     if a]\n",
    "assert a\nwhile a: b\n",
    "x = f'''{\na or b\n} {c and d}'''\n",
    "match a:\n    case b if c: d\n",
    "def f(a=b or c): return a\n",
    "x = f(a,\n      b\n      or c)\n",
    "x = f(a,\n      [b\n       for b in c if d or e])\n",
    "with a:\n    while b:\n        assert c\n",
    "try:\n    assert a\nexcept b:\n    assert c\n",
    "x = (a\n     < b\n     < c)\n",
    "x = {\n    a: b,\n    c: 1if d else e,\n}\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_nothing_is_left_out(text: str) -> None:
    """The decisions are those that a walk through all of the tree finds."""
    tree = syntax.read(text, "").tree
    assert find(tree, plainness(text, HOLDING)) == find(tree)


def test_what_goes_over_lines_without_such_a_word_is_plain() -> None:
    """A call or literal over several lines isn't gone into; a statement that holds others is."""
    text = "x = f(\n    a,\n    {b: 'c'},\n)\nwhile a:\n    pass\n"
    is_plain = plainness(text, HOLDING)
    assert [is_plain(node) for node in syntax.read(text, "").tree.body] == [True, False]


def test_plain_lines_are_not_busy() -> None:
    """Calls, names, comparisons and the head of an `if` leave a line plain."""
    lines = ["x = f(a, 'b')", "if a == b:", "    return order.format(iffy)", "for a in b:"]
    assert not busy("\n".join(lines)).lines
