"""Decisions that some compiler lays out in a way of its own: what is said of them is right on every core.

Letters are those of test_conditions.
"""

from __future__ import annotations

import ast
import inspect
import sys
from types import ModuleType

import pytest

from minicov_tracer.nodes import inside

from .deciding import decide


def test_chain_that_fails_early(decider: ModuleType) -> None:
    """A chain that is last keeps one value of two when it fails, and masks what came before all the same (13)."""
    source = """\
        def f(a, b, c):
            return (a and b) or (0 < (c) < 2)
        f(0, 1, 1), f(1, 0, 0)
    """
    assert decide(decider, source) == {"(a and b) or (0 < (c) < 2)": ["tf", "fF", "tfTF"]}


def test_arm_that_only_an_arm_rules_out(decider: ModuleType) -> None:
    """Whether the compiler drops an arm or lays it down, the value is tested after what it lays down last (6)."""
    arms = "(a and (0 < b < 2)) if {} else (0 < n < 1)"
    for test in ("(n if None else 1)", "((1, 0) and __debug__)", "1"):
        value = f"({arms.format(test)}) or n"
        source = f"n = 0\nfor a, b in ((1, 1), (1, 2), (1, 0), (0, 0)):\n    x = {value}\n"
        assert decide(decider, source)[value] == ["tfTF", "tfTF", "tfTF"]


def test_arm_in_which_two_constants_decide(decider: ModuleType) -> None:
    """Python 3.14 drops what is behind `__debug__`, but not what is behind -1: the value is tested where that ends."""
    value = "(a if t else (-1 or __debug__ or t)) or n"
    source = f"n = 0\nfor a, t in ((1, 1), (0, 1), (0, 0)):\n    x = {value}\n"
    assert decide(decider, source)[value] == ["tfTF"]


def test_yield_that_ends_with_a_chain(decider: ModuleType) -> None:
    """What a `yield` gives is told from the chain that it ends with, though Python 3.14 puts both at one place."""
    source = """\
        def f(a):
            x = (yield 0 < a < 2) or a
        for a, sent in ((1, 0), (1, 0)):
            g = f(a)
            next(g)
            try: g.send(sent)
            except StopIteration: pass
    """
    assert decide(decider, source) == {"(yield 0 < a < 2) or a": ["fF"], "0 < a < 2": ["tT"]}


def test_lambda_that_ends_with_a_chain(decider: ModuleType) -> None:
    """What is said of a lambda's truth and of a chain at its end is true, though Python 3.14 puts both at one place."""
    source = "f = (lambda a: 0 < a < 2) or 1\nf(0)\n"
    found = decide(decider, source)
    expected = {"(lambda a: 0 < a < 2) or 1": "tT", "0 < a < 2": "fF"}
    is_told = sys.version_info < (3, 14)
    assert found == {text: [letters if is_told else ""] for text, letters in expected.items()}


def test_none_in_a_filter(decider: ModuleType) -> None:
    """The filter of a comprehension is told from its element, whose place Python 3.13 gives to the filter's test."""
    source = """\
        def f(s, d, x):
            return [x is None or x for c in s if d is None]
        def g(s, d):
            if [c for c in s if d is None] is None: pass
        for d, x in ((None, 1), (None, None), (1, 1)): f([1], d, x)
        g([1], 1)
    """
    assert decide(decider, source) == {
        "x is None or x": ["tfTF"],
        "d is None": ["fF"],
        "[c for c in s if d is None] is None": ["fF"],
    }


def test_not_before_a_value(decider: ModuleType) -> None:
    """What a value's `not` is given comes from both of its operands, and masks what came before (13)."""
    source = """\
        def f(a, b, c, d):
            return (a or b) and not (0 < c < d)
        f(1, 0, 2, 1), f(0, 1, 0, 1), f(0, 0, 1, 1)
    """
    assert decide(decider, source) == {"(a or b) and not (0 < c < d)": ["tfF", "tfTF", "tfTF"]}


@pytest.mark.parametrize("arms", ["(0 if d else 0)", "(None if d and a else None)", "(0 if list((d,)) else None)"])
def test_arms_that_are_constants_alike(decider: ModuleType, arms: str) -> None:
    """They lead wherever the operand before them does, which masks what came before all the same (13)."""
    text = f"(a or b or {arms}) and c"
    source = f"""\
        def f(a, b, c, d):
            if {text}:
                return 1
        f(1, 0, 0, 0), f(0, 1, 0, 0), f(0, 1, 1, 0), f(0, 0, 0, 1), f(0, 0, 0, 0)
    """
    assert decide(decider, source)[text] == ["tfF", "tfTF", "tfTF"]


@pytest.mark.parametrize("operand", ["(b) is None", "((b)) is not None", "b is (None)"])
def test_brackets_around_what_may_be_none(decider: ModuleType, operand: str) -> None:
    """An operand goes on beyond them, though Python 3.11 says that it ends with the variable."""
    text = f"(a or {operand}) and c"
    source = f"""\
        def f(a, b, c):
            return 1 if {text} else 0
        f(1, None, 0), f(1, 1, 0), f(0, None, 0), f(0, 1, 0), f(0, None, 1), f(0, 1, 1)
    """
    assert decide(decider, source)[text] == ["tfF", "tfTF", "tfTF"]


@pytest.mark.parametrize("test", ["x is\n    None", "x\n    is not None", "(w := x) is (\n    None)"])
def test_none_on_a_line_of_its_own(decider: ModuleType, test: str) -> None:
    """What is tested is before it, though Python 3.11 leaves an instruction there that does nothing."""
    source = f"def f(a, x, b):\n    if (a or {test}) and b:\n        return 1\n"
    calls = "for a in (0, 1):\n    for x in (None, 1):\n        f(a, x, 0), f(a, x, 1)\n"
    assert list(decide(decider, source + calls).values()) == [["tfTF", "tfTF", "tfTF"]]


def test_everything_inside_a_node_is_a_node() -> None:
    """Whatever fields the syntax tree of a newer Python has: 3.15 notes of an import whether it is lazy."""
    kept = (ast.expr, ast.stmt, ast.pattern, ast.match_case, ast.comprehension, ast.withitem, ast.excepthandler)
    for node in ast.walk(ast.parse(inspect.getsource(ast) + inspect.getsource(inspect))):
        children = [child for child in ast.iter_child_nodes(node) if isinstance(child, kept)]
        found = inside(node)
        assert all(isinstance(one, ast.AST) for one in found)
        assert [child for child in children if not isinstance(child, ast.Name | ast.Constant | ast.Pass)] == [
            one for one in found if isinstance(one, kept)
        ]


@pytest.mark.parametrize("value", ["[c and d for c in z]", "list(c and d for c in z)", "{c and d: d for c in z if d}"])
def test_element_that_begins_with_the_variable(decider: ModuleType, value: str) -> None:
    """It is loaded by the instruction that stores it, whose place is all that Python 3.14 keeps of both."""
    assert decide(decider, f"def f(z, d):\n    return {value}\nf((0, 1), 1)\n")["c and d"] == ["tfTF"]


def test_statements_on_one_line(decider: ModuleType) -> None:
    """A variable that is loaded right after another was stored or loaded is told from all others on its line."""
    source = """\
        def f(z, a, b):
            for i in (b or z): v = i and z[a and b]; w = i or sorted(z, key=lambda k: k and a); x = a and w
        f([0, 1], 1, 0)
    """
    assert decide(decider, source) == {
        "b or z": ["fF"],
        "i and z[a and b]": ["tfTF"],
        "a and b": ["tT"],
        "i or sorted(z, key=lambda k: k and a)": ["tfTF"],
        "k and a": ["tfTF"],
        "a and w": ["tT"],
    }


def test_chain_behind_two_nots(decider: ModuleType) -> None:
    """They undo each other where Python 3.14 tests the value, and then it ends where the chain does."""
    source = "for a, b in ((1, 0), (0, 0)):\n    x = (not (not 0 < a < 2)) or b\n"
    assert decide(decider, source) == {"(not (not 0 < a < 2)) or b": ["tfTF", "tT"]}


@pytest.mark.parametrize("value", ["(x and y if 0 else d)", "(1 if 1 else x and y)", "(d if 1 or (x and y) else 2)"])
def test_what_a_constant_rules_out(decider: ModuleType, value: str) -> None:
    """It never runs and gets nothing of what follows on its line, though Python 3.14 leaves that no place at all."""
    source = f"""\
        def f(x, y, c, d):
            v = {value}; w = c or d
        f(1, 1, 0, 1), f(1, 1, 1, 1)
    """
    found = decide(decider, source)
    assert found["c or d"] == ["tfTF"]
    assert found.get("x and y", [""]) == [""]


def test_filter_behind_one_that_lets_nothing_through(decider: ModuleType) -> None:
    """It is never evaluated, and gets nothing of the jump before it, which Python 3.13 leaves without a place."""
    source = """\
        def f(s, z):
            return [c for c in s for d in z if (not (not c is None or 1)) if d is not None]
        f([1, None], [1, None])
    """
    assert decide(decider, source) == {"d is not None": [""]}
