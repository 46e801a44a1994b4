"""Decisions and their conditions, rule by rule (docs/conditions.md, 1 to 7)."""

from __future__ import annotations

import textwrap

import pytest

from minicov_lsp.model import Span
from minicov_lsp.source.parser import parse

pytestmark = pytest.mark.usefixtures("walks_by")

Shown = list[tuple[str, str, list[str]]]


def found(text: str) -> Shown:
    """(kind, text, texts of the conditions) of every decision, by place."""
    text = textwrap.dedent(text)
    return [
        (decision.kind, shown(text, decision.span), [shown(text, each.span) for each in decision.conditions])
        for decision in parse(text).decisions
    ]


def shown(text: str, span: Span) -> str:
    lines = text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column]
    lines[0] = lines[0][span.column :]
    return " ".join(line.strip() for line in lines)


def conditions(expression: str) -> list[str]:
    """The conditions of the first decision in `x = expression`."""
    decisions = found(f"x = {expression}\n")
    return decisions[0][2] if decisions else []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if a: b\nelif not c: d\n", [("if", "a", ["a"]), ("if", "not c", ["c"])]),
        ("while (a): b\n", [("while", "a", ["a"])]),
        ("x = a if b else c\n", [("ifexp", "b", ["b"])]),
        ("assert a, b\n", [("assert", "a", ["a"])]),
        ("[a for b in c if d if e and f]\n", [("comprehension", "d", ["d"]), ("comprehension", "e and f", ["e", "f"])]),
        ("match a:\n    case b if c: d\n", [("guard", "c", ["c"])]),
    ],
)
def test_test_decisions(text: str, expected: Shown) -> None:
    """1. Tests are decisions, also those of one condition; the place is that of the whole test without parentheses."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x = {}", "f({})", "f(*{})", "f(k={})", "{}", "x[{}]", "del x[{}]", "x: int = {}", "x += {}", "[{}]",
        "(y := {})", "f'{{{}}}'", "def f(x={}): pass", "@({})\ndef f(): pass", "class C({}): pass", "with ({}): pass",
        "for x in {}: pass", "match {}:\n    case _: pass", "assert x, {}", "raise {}", "lambda: {}", "[{} for y in z]",
        "def f():\n    return {}", "def f():\n    yield {}", "async def f():\n    await ({})", "import a; x = {}",
        "try: pass\nexcept ({}): pass", "x = (\n    {}\n)", "(a.b)[c] = {}",
    ],
)  # fmt: skip
def test_value_decisions(text: str) -> None:
    """2. An outermost `and`, `or` or chain anywhere else is a value decision."""
    for expression, tested in (("p or q", ["p"]), ("p and q", ["p"]), ("p < q < r", ["p < q"])):
        decisions = [found for found in found(text.format(expression)) if found[0] == "value"]
        assert decisions == [("value", expression, tested)]


def test_value_decisions_are_outermost() -> None:
    """2. What is reached from another decision is part of it; of a value's `not` it is what `not` stands before."""
    assert found("x = not (a or b)\n") == [("value", "a or b", ["a"])]
    assert found("x = a or (b and c)\n") == [("value", "a or (b and c)", ["a", "b"])]
    assert found("if a or (b and c): d\n") == [("if", "a or (b and c)", ["a", "b", "c"])]
    assert found("x = a < b\ny = not c\n") == []


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("a and (b or not c)", ["a", "b", "c"]),
        ("a < b <= c == d", ["a < b", "b <= c", "c == d"]),
        ("a < b", ["a < b"]),
        ("not a < b < c", ["a < b", "b < c"]),
        ("(a := b or c) and d", ["a := b or c", "d"]),
        ("a(b) and c[d]", ["a(b)", "c[d]"]),
        ("(a if b else c) or d", ["a", "c", "d"]),
        ("(a and b if c else not d)", ["a", "b", "d"]),
        ("any(a for a in b) and c", ["any(a for a in b)", "c"]),
        ("a is not None and a in b", ["a is not None", "a in b"]),
    ],
)
def test_operands(test: str, expected: list[str]) -> None:
    """3. A tree goes down through `and`, `or`, `not`, chains and arms; anything else is an operand."""
    assert next(conditions for kind, _, conditions in found(f"if {test}: pass\n") if kind == "if") == expected


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("if f(a or b): pass\n", ("value", "a or b", ["a"])),
        ("if (a := b or c): pass\n", ("value", "b or c", ["b"])),
        ("if (lambda: a and b): pass\n", ("value", "a and b", ["a"])),
        ("if [a for a in b if a or c]: pass\n", ("comprehension", "a or c", ["a", "c"])),
        ("if a < (b or c): pass\n", ("value", "b or c", ["b"])),
        ("if (a or b)[0]: pass\n", ("value", "a or b", ["a"])),
        ("if a < (b if c else d) < e: pass\n", ("ifexp", "c", ["c"])),
    ],
)
def test_inside_operands(text: str, inside: tuple[str, str, list[str]]) -> None:
    """3. What is inside an operand starts afresh, in value context."""
    assert inside in found(text)


def test_conditional_expressions() -> None:
    """3. In a tree the test is a decision of its own and the arms' operands are the surrounding one's."""
    assert found("if (a or b if c and d else e): pass\n") == [
        ("if", "a or b if c and d else e", ["a", "b", "e"]),
        ("ifexp", "c and d", ["c", "d"]),
    ]
    assert found("x = (a or b) if c else (d < e < f)\n") == [
        ("value", "a or b", ["a"]),
        ("ifexp", "c", ["c"]),
        ("value", "d < e < f", ["d < e"]),
    ]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a or b", ["a"]),
        ("(a and b) or c", ["a", "b"]),
        ("a or (b and c)", ["a", "b"]),
        ("a or not b", ["a"]),
        ("a or not (b and c)", ["a", "b"]),
        ("not (a and b) or c", ["a", "b"]),
        ("a < b < c", ["a < b"]),
        ("a < b < c < d", ["a < b", "b < c"]),
        ("x or (p and q if t else r)", ["x", "p"]),
        ("(a if b else c) or d", ["a", "c"]),
        ("not (a or not (b or c))", ["a", "b"]),
        ("(a < b < c) and d", ["a < b", "b < c"]),
        ("a and b < c < d", ["a", "b < c"]),
    ],
)
def test_tested_operands(expression: str, expected: list[str]) -> None:
    """4. In a value the last operand is not tested, and what stands in its place passes that on."""
    assert conditions(expression) == expected


def test_truth_is_the_operand_s_own() -> None:
    """5. A condition is the operand as written: `a` of `not a`, `a in b` of `not (a in b)`, `a not in b`."""
    assert found("if not a and not (b in c) and d not in e: pass\n")[0][2] == ["a", "b in c", "d not in e"]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("a and True", ["a"]),
        ("1 and a", ["a"]),
        ("__debug__ and a", ["a"]),
        ("-1 and a and (1, 2)", ["a"]),
        ("a and 1 + 1", ["a"]),
        ("TYPE_CHECKING and a", ["TYPE_CHECKING", "a"]),
        ("1 == 1", ["1 == 1"]),
        ("a and (b or True)", ["a"]),
        ("a or (b and False) or c", ["a", "c"]),
        ("a if True else b", ["a"]),
        ("(a if 0 else b) and c", ["b", "c"]),
    ],
)
def test_constants_are_no_conditions(test: str, expected: list[str]) -> None:
    """6. Literals and what is made of them alone are no conditions; nor is what can't be evaluated or can't matter."""
    assert found(f"if {test}: pass\n")[0][2] == expected


@pytest.mark.parametrize(
    "text",
    [
        "while True: pass\n",
        "if __debug__: pass\n",
        "x = 0 or y\n",
        "if not 0: pass\n",
        "if True or a: pass\n",
        "if (a and False): pass\n",
        "assert 'text'\n",
        "x = 1 and 2\n",
        "if 1: pass\nelif (1, 2): pass\n",
    ],
)
def test_no_condition_no_decision(text: str) -> None:
    """6. Without a condition it is no decision."""
    assert found(text) == []


def test_decisions_in_what_is_constant_stay() -> None:
    """6. A subtree of known outcome has no conditions, but decisions nested in its operands are there."""
    assert found("if (f(a or b) or True) and c: pass\n") == [
        ("if", "(f(a or b) or True) and c", ["c"]),
        ("value", "a or b", ["a"]),
    ]
    assert conditions("a or True") == ["a"]
    assert conditions("a and False and b") == ["a"]


def test_excluded_lines_have_none() -> None:
    """7. A decision that starts on an excluded line is left out; `no branch` changes nothing."""
    text = """\
        if a:  # pragma: no cover
            b or c
        if d:  # pragma: no branch
            e or f
        x = (  # pragma: no cover
            g
            or h)
        """
    assert found(text) == [("if", "d", ["d"]), ("value", "e or f", ["e"])]


def test_annotations_and_dropped_code_have_none() -> None:
    """7. What not every Python evaluates, and what no Python compiles, is left out."""
    text = """\
        def f(a: (b or c) = d or e, *f: g or h, **i: j or k) -> (l or m):
            x: (n or o) = p or q
            return r
            s or t
        if 0:
            u or v
        """
    assert [shown for _, shown, _ in found(text)] == ["d or e", "p or q"]


def test_places_are_in_characters() -> None:
    """Columns count characters; the order is by place."""
    source = parse("é = 'ü' and (ä or ö)\nif (\n    ü\n    and é\n): pass\n")
    assert [(decision.span, [each.span for each in decision.conditions]) for decision in source.decisions] == [
        (Span(1, 4, 1, 20), [Span(1, 13, 1, 14)]),
        (Span(3, 4, 4, 9), [Span(3, 4, 3, 5), Span(4, 8, 4, 9)]),
    ]
