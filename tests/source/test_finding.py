"""The tree in C finds the decisions that `minicov_tracer.decisions.find` does, and not more than is asked for."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given, settings

from minicov_lsp.source import trees
from minicov_lsp.source.trees import IN_C, in_python
from minicov_tracer.decisions import Decision, find
from tests.source.programs import TEXTS, expression, is_python, programs, standard_library

pytestmark = [
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
    pytest.mark.skipif(IN_C is None, reason="the walks in C were not built"),
]

VALUES = [
    "a and -1 and b or 1 + 1 or c", "(1 if a else 0) or b", "(0 or (a if 1 else b)) and c", "(a or 0 or 1) and b",
    "f'' or a", "f'{a}' or b", "f'a{b}' or c", "f'{a}' 'b' or c", "f'' f'{a}' '' or b", "f'{a=}' or b",
    "f'''{a}''' or b", "f'a' or b", "f'{a:{b}}' and c", "f'{a}{b}' and c", "'' or a", "b'a' and c", "... and a",
    "not (not f'{a}') or b", "not (a := b) or c", "(a := b < c) or d", "(yield a < b < c) or d",
    "(yield) or a", "(yield from a or b < c) and d", "(a if b is None else c < d < None) and e", "a < b is None",
    "a is None < b",
    "not a < b < c or not d is None", "not not (a in b) or c", "not not not a or b", "(not (a or b) and c) or d",
    "[a for b in c if d is None if e for f in g if 0 if h]", "{a: b for a, (b, *c) in d if a}",
    "{a.b(c)[0] for a in b}",
    "[a if b else c for b in d]", "(a < b for a in c)", "(a or b for [a, b] in c for d in a if not d is not None)",
    "[(a := b) for b in c]", "[(a, b) for a in c for b in [] or c]", "[a for () in b if a is None]",
    "lambda: a or (b is None and c)", "(lambda a=b or c: (d and e for d in a or e))", "(() or a) and (1, 2) and b",
    "(a or b if 1 else c) and d", "(a if not 0 or b else c) or d", "(a if (1 if 1 else b) else c) or d", "1 or a or b",
    "(a if b and 0 else c or d) or e", "__debug__ and a or not __debug__", "-0 or a", "-a or -'b' or ~0 or c",
    "0 and (a if b or c else d) or (lambda: (e and f))", "a is not None and None is a", "a is None or b",
    "é < ü or 'é' and b",
]  # fmt: skip
FORMS = ["def f(): x = {}\n", "def f():\n  if {}: pass\n", "def f():\n  while not ({}): pass\n  else: pass\n"]


def found(text: str, lines: Iterable[int] | None = None) -> list[Decision]:
    """What the tree in C finds."""
    assert IN_C is not None
    tree = IN_C(text)
    if tree is None:  # left to `ast`
        return [*in_python(text).decisions()]
    return [*(tree.decisions() if lines is None else tree.decisions({*lines}))]


@pytest.mark.parametrize("text", TEXTS)
def test_every_kind_of_node(text: str) -> None:
    """Decisions anywhere are the same."""
    assert found(text) == find(ast.parse(text))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", VALUES)
def test_every_kind_of_operand(value: str, form: str) -> None:
    """Operands are the same, where they are tested, and what is known of them."""
    text = form.format(value)
    assert found(text) == find(ast.parse(text))


@given(text=st.deferred(lambda: programs()))
@settings(max_examples=300, deadline=None)
def test_generated_programs(text: str) -> None:
    """Programs that nobody would write are the same."""
    assume(is_python(text))
    assert found(text) == find(ast.parse(text))


@given(made=st.deferred(lambda: expression(6)), form=st.sampled_from(FORMS))
@settings(max_examples=500, deadline=None)
def test_generated_expressions(made: str, form: str) -> None:
    """Deep expressions are the same."""
    text = form.format(made)
    assume(is_python(text))
    assert found(text) == find(ast.parse(text))


@pytest.mark.timeout(1800)
def test_the_standard_library() -> None:
    """What people wrote is the same; MINICOV_ALL_STDLIB=1 compares all of it."""
    compared = 0
    for file, text in standard_library():
        assert found(text) == find(ast.parse(text)), file
        compared += 1
    assert compared > 10


@given(text=st.deferred(lambda: programs()), lines=st.sets(st.integers(-1, 40)))
@settings(max_examples=200, deadline=None)
def test_those_that_touch_lines(text: str, lines: set[int]) -> None:
    """Of those asked for none is missing, each is whole, and they are in order."""
    assume(is_python(text))
    every = find(ast.parse(text))
    some = found(text, lines)
    assert some == [decision for decision in every if decision in some]
    assert [one for one in every if lines & {*range(one.span[0], one.span[2] + 1)} if one not in some] == []


def test_no_more_than_touches_lines() -> None:
    """What stands in other statements is left out, but for what the same statement has before its suites."""
    text = (
        "if a or b:\n    c and d\n    e or f\nelif (g or\n      h): i\n"
        "@(j or k)\n@l\ndef m(n=(o or\n         p)):\n    q or r\n"
        "match s:\n    case t if u: v or w\n    case x if y: z or a\n"
        "for b in c or d: e or f\nelse: g or h\nif 0:\n    i or j\n"
    )

    def kept(*lines: int) -> list[int]:
        return [decision.span[0] for decision in found(text, lines)]

    assert kept() == []
    assert kept(1, 3) == [1, 3]
    assert kept(5) == [4]
    assert kept(7) == [6, 8]
    assert kept(9, 10) == [6, 8, 10]
    assert kept(12) == [12, 12]
    assert kept(15) == [15]
    assert [decision.is_dead for decision in found(text, [17])] == [True]
    assert kept(10**30, -(10**30), -1, 0, 99) == []


@pytest.mark.parametrize(
    "text",
    [
        "x = " + " or ".join(["a"] * 10_000),
        "if " + " and ".join(["a is None"] * 10_000) + ": b",
        "x = " + " < ".join(["a"] * 10_000),
        "x = a or b; " * 16_000,
        "x = [" + "a or b, " * 16_000 + "]",
        "x = -1 or a\n" * 2_000,
    ],
    ids=["or", "and", "chain", "statements", "elements", "lines"],
)
def test_wide(text: str) -> None:
    """However many operands and decisions a line has, they are found."""
    assert found(text) == find(ast.parse(text))


def test_nothing_is_kept() -> None:
    """However often it is asked, there are no more objects than before."""
    text = "\n".join([*TEXTS[2:-1], *(f"def f(): x = {value}" for value in VALUES)])

    def again(times: int) -> int:
        for _ in range(times):
            found(text)
            found(text, {3, 4, 9})
        return sys.getallocatedblocks()

    again(2)
    before = again(2)
    more = [again(50) for _ in range(3)]  # other threads of the process have blocks, too, and give them back
    assert min(more) - before < 40


def test_lines_that_are_none() -> None:
    """Something else than lines is an error, not a crash."""
    tree = IN_C and IN_C("a or b\n")
    assert tree
    for wrong in (1, ["a"], [None]):
        with pytest.raises(TypeError):
            tree.decisions(wrong)  # type: ignore[arg-type]


def test_classes_that_are_others() -> None:
    """Classes that are not those of decisions are an error, not a crash; what was learned stays."""
    from minicov_lsp.source import _walks

    words = (trees.arcs.WHYS, trees.arcs.DESTINATIONS, trees.with_jumps.mending, trees.RECORDS)
    for classes in ((), trees.FOUND[:-1], trees.FOUND[::-1], (int,) * len(trees.FOUND), (1, *trees.FOUND[1:])):
        with pytest.raises((ValueError, AttributeError)):
            _walks.learn(True, trees._constant_in, *words, classes)
    assert found("a or b\n") == find(ast.parse("a or b\n"))
