"""Lines on which nothing decides: whoever leaves them out finds the same."""

from __future__ import annotations

import pytest

from minicov_lsp.source import syntax
from minicov_lsp.source.plain import busy_lines
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
]


@pytest.mark.parametrize("text", TEXTS)
def test_nothing_is_left_out(text: str) -> None:
    """The decisions are those that a walk through all of the tree finds."""
    tree = syntax.read(text, "").tree
    assert find(tree, busy_lines(text.split("\n"))) == find(tree)


def test_plain_lines_are_not_busy() -> None:
    """Calls, names, comparisons and the head of an `if` leave a line plain."""
    lines = ["x = f(a, 'b')", "if a == b:", "    return order.format(iffy)", "for a in b:"]
    assert not busy_lines(lines)
