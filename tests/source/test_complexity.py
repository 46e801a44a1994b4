"""McCabe's number of functions and classes (docs/conditions.md, 17)."""

from __future__ import annotations

import textwrap

import pytest

from minicov_lsp.source.parser import parse

pytestmark = pytest.mark.usefixtures("walks_by")


def complexities(text: str) -> dict[str, int]:
    """{definition: its number}."""
    return {found.name: found.complexity for found in parse(textwrap.dedent(text)).definitions}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("pass", 1),
        ("if a: b", 2),
        ("if a: b\nelif c: d\nelse: e", 3),
        ("for a in b: c\nelse: d", 2),
        ("while a: b\nelse: c", 2),
        ("try: a\nexcept E: b\nexcept F: c\nelse: d\nfinally: e", 3),
        ("try: a\nfinally: b", 1),
        ("try: a\nexcept* E: b", 2),
        ("with a: b", 1),
        ("return a if b else c", 2),
        ("return a and b and c", 3),
        ("return a and (b or c) and not d", 4),
        ("return a < b < c", 1),
        ("assert a, b", 2),
        ("assert a and b, c or d", 4),
        ("return [a for b in c for d in e if f if g]", 5),
        ("return (a for b in c)", 2),
        ("match a:\n    case 1: b\n    case 2 if c or d: e", 4),
        ("match a:\n    case 1: b\n    case 2: c\n    case _: d", 3),
        ("match a:\n    case 1: b\n    case x: d", 2),
        ("match a:\n    case 1: b\n    case x if y: d", 3),
        ("return lambda x: x or y", 2),
    ],
)
def test_number(body: str, expected: int) -> None:
    """1, and 1 for each decision; an irrefutable last case decides nothing."""
    assert complexities("def f():\n" + textwrap.indent(body, "    ")) == {"f": expected}


def test_nested_definitions_count_for_themselves() -> None:
    """A nested body is not counted outside; its defaults, decorators and bases are, for they run there."""
    assert complexities(
        """\
        def outer(x=a or b):
            if x:
                @(d if e else f)
                def inner(y=g and h, *, z=i or j, w):
                    while y: pass
            class Local(k or m):
                if n: pass
                def method(self):
                    assert o
        """
    ) == {"outer": 6, "outer.inner": 2, "outer.Local": 2, "outer.Local.method": 2}
