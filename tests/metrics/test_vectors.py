"""Ways through decisions, held against Python's own evaluation of them."""

from __future__ import annotations

import ast
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from minicov_lsp.metrics.vectors import Vector, Ways, count_vectors, vectors
from minicov_tracer.diagrams import Diagram, Facts, diagrams

NAMES = "abcdef"


def drawn(text: str) -> Diagram:
    """The diagram of the outermost decision of one test."""
    found = diagrams(f"if {text}:\n    pass\n")
    return next(each for each in found if each.decision.kind == "if")


def shown(vector: Vector) -> str:
    """Its values and outcome as letters."""
    return "".join({True: "T", False: "F", None: "-"}[value] for value in (*vector.values, vector.outcome))


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """Tests over at most six names, each once, in order."""
    names = iter(NAMES)

    def make(depth: int) -> str:
        kind = draw(st.sampled_from(["name", "not", "and", "or"] if depth else ["name"]))
        if kind == "not":
            return f"not {make(depth - 1)}"
        if kind == "name":
            return next(names, "True")
        return "(" + f" {kind} ".join(make(depth - 1) for _ in range(draw(st.integers(2, 3)))) + ")"

    return make(3)


def test_rows_of_a_mixed_decision() -> None:
    """True comes before false, and what is not evaluated is left open."""
    assert [shown(each) for each in vectors(drawn("(a or b) and c"))] == ["T-TT", "T-FF", "FTTT", "FTFF", "FF-F"]


def test_masked_conditions_demonstrate_nothing() -> None:
    """In `(a or b) and c`, c being false masks a and b (13)."""
    assert [each.demonstrates for each in vectors(drawn("(a or b) and c"))] == [(0, 2), (2,), (1, 2), (2,), (0, 1)]


def test_value_without_outcome() -> None:
    """What `a or b` comes to is b's to say, where a is false."""
    (found,) = diagrams("x = a or b")
    assert [shown(each) for each in vectors(found)] == ["TT", "F-"]


def test_conditional_expression_is_a_choice() -> None:
    """The test of a conditional expression is no condition of the decision around it, but must come out right."""
    found = drawn("(a if t else b) and c")
    vector = Ways(found, Facts()).demonstrating(1, True)
    assert vector is not None
    assert shown(vector) == "-TTT"
    assert [each.truth for each in vector.choices] == [False]


def test_vector_takes_values_that_were_seen() -> None:
    """Of several vectors the one with the fewest values that no test has seen yet is proposed."""
    found = drawn("(a or b) and c")
    assert shown(Ways(found, Facts(true=0b010, false=0b001)).demonstrating(2, False)) == "FTFF"  # type: ignore[arg-type]  # there is one
    assert shown(Ways(found, Facts(true=0b001)).demonstrating(2, False)) == "T-FF"  # type: ignore[arg-type]  # there is one


def test_ten_thousand_operands() -> None:
    """A vector of a generated test is found without going all ways."""
    found = diagrams("if " + " and ".join(f"v{n}" for n in range(10_000)) + ":\n    pass\n")[0]
    assert count_vectors(found) == 10_001
    vector = Ways(found, Facts()).demonstrating(9_999, False)
    assert vector is not None
    assert vector.values == (*[True] * 9_999, False)


@settings(deadline=None)
@given(expressions())
def test_vectors_are_python_s(text: str) -> None:
    """Each assignment goes one of the ways: the operands that Python evaluates, and what it comes to."""
    found = [each for each in diagrams(f"if {text}:\n    pass\n") if each.decision.kind == "if"]
    names = [node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)]
    names.sort()
    if not found:
        return
    (diagram,) = found
    texts = [f"if {text}:"[leaf.span[1] : leaf.span[3]] for leaf in diagram.decision.conditions]
    ran = set()
    for truths in product([False, True], repeat=len(names)):
        evaluated: dict[str, bool] = {}

        class Names(dict[str, bool]):
            def __missing__(self, name: str) -> bool:
                return evaluated.setdefault(name, dict(zip(names, truths, strict=True))[name])  # noqa: B023

        outcome = bool(eval(text, {}, Names()))
        ran.add((tuple(evaluated.get(name) for name in texts), outcome))
    assert ran == {(each.values, each.outcome) for each in vectors(diagram)}
    assert count_vectors(diagram) == len(list(vectors(diagram)))


@given(expressions(), st.integers(0, 63), st.integers(0, 63))
def test_vector_demonstrates(text: str, true: int, false: int) -> None:
    """A vector is found exactly where one of all ways demonstrates the condition, and is one of them."""
    for diagram in diagrams(f"if {text}:\n    pass\n"):
        ways = list(vectors(diagram))
        for number in range(len(diagram.decision.conditions)):
            for truth in (True, False):
                vector = Ways(diagram, Facts(true, false)).demonstrating(number, truth)
                able = [each for each in ways if each.values[number] is truth and number in each.demonstrates]
                assert (vector in able) if able else vector is None
