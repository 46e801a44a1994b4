"""Regions: what runs or doesn't run as one (docs/conditions.md, 15)."""

from __future__ import annotations

import textwrap

import pytest

from minicov_lsp.model import Span
from minicov_lsp.source.parser import parse

pytestmark = pytest.mark.usefixtures("walks_by")


def found(text: str) -> list[tuple[str, str]]:
    """(kind, text) of every region, by place; several lines are shown as the first and the last."""
    text = textwrap.dedent(text)
    return [(region.kind, shown(text, region.span)) for region in parse(text).regions]


def shown(text: str, span: Span) -> str:
    lines = text.split("\n")
    if span.line == span.end_line:
        return lines[span.line - 1][span.column : span.end_column]
    return f"{lines[span.line - 1][span.column :]} … {lines[span.end_line - 1][: span.end_column].strip()}"


def test_function_and_lambda() -> None:
    """A function's region is its body, docstring included; a lambda's is its expression."""
    assert found("def f(a=lambda x: x + 1):\n    '''Doc.'''\n    return a\n") == [
        ("lambda", "x + 1"),
        ("function", "'''Doc.''' … return a"),
    ]
    assert found("async def f(): '''Doc.'''\n") == [("function", "'''Doc.'''")]


def test_class() -> None:
    """A class's region is its body; its bases and decorators run around it."""
    assert found("@d(lambda: 1)\nclass C(a or b):\n    x = 1\n    y = 2\n") == [
        ("lambda", "1"),
        ("operand", "b"),
        ("class", "x = 1 … y = 2"),
    ]


def test_if_elif_else() -> None:
    """Each body of `if` and `elif`, and that of `else`; an `elif` is no body of an `else`."""
    assert found("if a: b\nelif c: d\nelse: e\n") == [("if", "b"), ("if", "d"), ("else", "e")]
    assert found("if a: b\nelse:\n    if c: d\n") == [("if", "b"), ("else", "if c: d"), ("if", "d")]


def test_loops() -> None:
    """A loop's body and its `else`."""
    assert found("for a in b: c\nelse: d\nwhile e: f\nelse: g\n") == [
        ("loop", "c"),
        ("loop-else", "d"),
        ("loop", "f"),
        ("loop-else", "g"),
    ]
    assert found("async def f():\n    async for a in b: c\n")[1:] == [("loop", "c")]


def test_handlers_and_cases() -> None:
    """Each handler and each case has a body; those of `try`, its `else` and its `finally` are no regions."""
    assert found("try: a\nexcept E: b\nexcept (F or G): c\nelse: d\nfinally: e\n") == [
        ("handler", "b"),
        ("operand", "G"),
        ("handler", "c"),
    ]
    assert found("try: a\nexcept* E: b\n") == [("handler", "b")]
    assert found("match a:\n    case 1 if b and c: d\n    case _: e\n") == [
        ("operand", "c"),
        ("case", "d"),
        ("case", "e"),
    ]


def test_arms() -> None:
    """Both arms of a conditional expression."""
    assert found("x = a if b else c\n") == [("arm", "a"), ("arm", "c")]
    assert found("x = (a) if b else (c if d else e)\n") == [
        ("arm", "a"),
        ("arm", "c"),
        ("arm", "c if d else e"),
        ("arm", "e"),
    ]


def test_operands() -> None:
    """Each operand after the first of `and`, `or` and a chained comparison; a single comparison has none."""
    assert found("x = a and b and (c or d)\n") == [("operand", "b"), ("operand", "c or d"), ("operand", "d")]
    assert found("x = a < b < c == d\n") == [("operand", "c"), ("operand", "d")]
    assert found("x = not a < b\n") == []


def test_elements() -> None:
    """The element of each comprehension and generator expression."""
    assert found("[a for b in c if d]; {e for f in g}; {h: i for j in k}; (l for m in n)\n") == [
        ("element", "a"),
        ("element", "e"),
        ("element", "h: i"),
        ("element", "l"),
    ]


def test_message() -> None:
    """The message of an `assert`."""
    assert found("assert a or b, f'{c if d else e}'\nassert f\n")[:2] == [
        ("operand", "b"),
        ("message", "f'{c if d else e}'"),
    ]


def test_nested_everywhere() -> None:
    """Regions are found in arguments, subscripts, `with` items, deleted things, displays."""
    text = "with a(b or c)[d and e] as f: g(*h, i=j or k)\ndel l[m or n]\nawait_ = yield_ = {o or p: q or r}\n"
    assert [shown for _, shown in found(text)] == ["c", "e", "k", "n", "p", "r"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if 0: a\nelse: b\n", [("else", "b")]),
        ("if 1:\n    a\nelse:\n    (b or c)\n", [("if", "a")]),
        ("if __debug__: a\nelse: b\n", [("if", "a")]),
        ("while True:\n    a\nelse:\n    b\n", [("loop", "a")]),
        ("while 0: a or b\n", []),
        ("x = a if True else (b or c)\n", [("arm", "a")]),
        ("x = False and a\ny = b or True or c\n", [("operand", "True")]),
        ("assert True, a or b\n", []),
        ("def f():\n    return 1\n    lambda: 2\n", [("function", "return 1 … lambda: 2")]),
        ("def f():\n    raise E\n    if a: b\n", [("function", "raise E … if a: b")]),
        ("if a:\n    global g\n", []),
    ],
)
def test_what_the_compiler_drops(text: str, expected: list[tuple[str, str]]) -> None:
    """Code that the compiler never makes is no region."""
    assert found(text) == expected


def test_annotations_are_left_out() -> None:
    """Nothing in an annotation is a region: not every Python evaluates them."""
    assert found("x: (a or b)\ny: (a if b else c) = d or e\n") == [("operand", "e")]
    assert found("def f(a: (b or c) = d or e, *f: lambda: 1) -> (g or h): pass\n") == [
        ("operand", "e"),
        ("function", "pass"),
    ]


def test_excluded_lines_have_none() -> None:
    """A region on an excluded line is left out."""
    assert found("x = a or b  # pragma: no cover\nif c:  # pragma: no cover\n    d or e\nf or g\n") == [
        ("operand", "g")
    ]


def test_places_are_in_characters() -> None:
    """Columns count characters, not bytes; a region over several lines ends on its last."""
    (region,) = parse("é = 'ü' and ünü\n").regions
    assert region.span == Span(1, 12, 1, 15)
    (region,) = parse("if a:\n    é = 1\n    ä = 'ö'\nb = 2\n").regions
    assert region.span == Span(2, 4, 3, 11)
