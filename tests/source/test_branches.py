"""Branches: where they are, what they say."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable

import pytest

from minicov_lsp.model import Branch, Span
from minicov_lsp.source.arc_rules import RULES
from minicov_lsp.source.arcs import ArcWalk, Why
from minicov_lsp.source.parser import parse


def branch_of(text: str, line: int) -> Branch:
    """The branch on a line."""
    return next(branch for branch in parse(textwrap.dedent(text)).branches if branch.line == line)


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        ("if a and b:\n    c = 2\nd = 3\n", 1, "a and b"),
        ("if a:\n    b\nelif (c or\n        d):\n    e\nf\n", 3, "c or\n        d"),
        ("while not a:\n    b = 2\nc = 3\n", 1, "not a"),
        ("for x in range(3):\n    b = 2\nc = 3\n", 1, "for x in range(3)"),
        ("async def f():\n    async for x in y:\n        b\n", 2, "async for x in y"),
        ("match a:\n    case [1, *_] if b:\n        c\n    case 2:\n        d\ne\n", 2, "[1, *_]"),
        ("class C: pass\nd = 2\n", 1, "class C: pass"),
        ("é = 'ü'; x = 1\nif ('ö' in é):\n    y\nz = 2\n", 2, "'ö' in é"),
        ("if a:\n    b\nelse:\n    for c in 'ü':\n        e\nf\n", 4, "for c in 'ü'"),
    ],
)
def test_span_is_what_decides(text: str, line: int, shown: str) -> None:
    """A branch's span is its test, loop head or pattern, in characters; else the statement."""
    assert between(text, branch_of(text, line).span) == shown


def between(text: str, span: Span) -> str:
    """The piece of a text that a span covers."""
    lines = text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column]
    lines[0] = lines[0][span.column :]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "line", "missing"),
    [
        (
            "if a:\n    b = 2\nc = 3\n",
            1,
            {2: "the condition on line 1 was never true", 3: "the condition on line 1 was always true"},
        ),
        (
            "while a:\n    b = 2\nc = 3\n",
            1,
            {2: "the condition on line 1 was never true", 3: "the condition on line 1 was always true"},
        ),
        (
            "for a in b:\n    c = 2\nd = 3\n",
            1,
            {2: "the loop on line 1 never started", 3: "the loop on line 1 never ran to its end"},
        ),
        (
            "match a:\n    case 1:\n        b = 3\n    case 2:\n        c = 5\nd = 6\n",
            2,
            {3: "the pattern on line 2 never matched", 4: "the pattern on line 2 always matched"},
        ),
        (
            "def f(a):\n    if a: return 1\n    return 2\n",
            2,
            {-1: "the return on line 2 never ran", 3: "the condition on line 2 was always true"},
        ),
        (
            "class C: pass\na = 2\n",
            1,
            {-1: "line 1 never went on to exit the class 'C'", 2: "line 1 never went on to line 2"},
        ),
        (
            "for a in b:\n    if a: break\n    c = 3\nd = 4\n",
            2,
            {3: "the condition on line 2 was always true", 4: "the break on line 2 never ran"},
        ),
        (
            "def f():\n    with a:\n        if b:\n            c = 4\n    d = 5\n",
            3,
            {4: "the condition on line 3 was never true", 5: "the condition on line 3 was always true"},
        ),
    ],
)
def test_missing_text(text: str, line: int, missing: dict[int, str]) -> None:
    """For each destination, why it was never reached."""
    assert branch_of(text, line).missing_text == missing


@pytest.mark.parametrize(
    ("text", "line", "destinations"),
    [
        ("if a:\n    b = 2\nc = 3\n", 1, {2: "line 2", 3: "line 3"}),
        ("if a:\n    b = 2\n", 1, {-1: "exit the module", 2: "line 2"}),
        ("class C:\n    if a:\n        b = 3\n", 2, {-1: "exit the class 'C'", 3: "line 3"}),
        ("@d\ndef f():\n    for a in b:\n        c = 4\n", 3, {-1: "exit the function 'f'", 4: "line 4"}),
        ("def f():\n    with a:\n        if b:\n            c = 4\n", 3, {-1: "exit the function 'f'", 4: "line 4"}),
        ("def f():\n    if a: raise E\n    return 3\n", 2, {-1: "leave the function 'f' by an exception", 3: "line 3"}),
    ],
)
def test_destination_text(text: str, line: int, destinations: dict[int, str]) -> None:
    """For each destination, what it is."""
    assert branch_of(text, line).destination_text == destinations


def test_every_branch_has_its_words(differences: Callable[..., object]) -> None:
    """No destination of any branch is without its texts, whatever the branch is made of."""
    text = textwrap.dedent(
        """\
        def f(): return 1
        def g(): raise E
        with a: b
        try: c
        except E: d
        class C: x = lambda: 1
        for i in j: pass
        while k: break
        async def h(): pass
        """
    )
    assert differences(text) == {}
    branches = parse(text).branches
    assert {branch.line for branch in branches} == {1, 2, 6, 9}
    for branch in branches:
        assert set(branch.missing_text) == set(branch.destination_text) == set(branch.destinations)
        assert all(branch.missing_text.values())
        assert all(branch.destination_text.values())


def test_a_reason_is_kept_once() -> None:
    """A line of many statements goes on to itself as often; what is kept of it is no more than of two."""
    walk = ArcWalk({}, {1}, RULES)
    walk.code_object(ast.parse("a = 1; " * 9))
    assert walk.arcs[1, 1] == ((Why.UNKNOWN, ""),)
