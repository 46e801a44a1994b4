"""Conditions against what programs do: an operand is one exactly when its truth changes what is evaluated next."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings
from hypothesis.strategies import DrawFn

from minicov_lsp.source.parser import parse

MANY = 6
"""From so many operands on, what is still missing is a name: there are 2 ** operands assignments."""


@st.composite
def expressions(draw: DrawFn) -> str:
    """`and`, `or`, `not`, chains and conditional expressions over names that occur once each."""
    return draw(expression(iter("abcdefghijklmnopqrstuvwxyz"), draw(st.integers(1, MANY))))


@st.composite
def expression(draw: DrawFn, names: Iterator[str], size: int) -> str:
    """An expression of so many operands."""
    if size == 1:
        return draw(st.sampled_from(["{}", "{}", "(not {})"])).format(next(names))
    kind = draw(st.sampled_from(["and", "or", "chain", "arms", "not"]))
    if kind == "not":
        return f"(not {draw(expression(names, size))})"
    if kind == "chain":
        return "(" + " < ".join(itertools.islice(names, size + 1)) + ")"
    first = draw(st.integers(1, size - 1))
    sizes = [first, size - first]
    if kind == "arms":
        sizes = [1, *sizes] if size > 2 else [1, 1, 1]
        parts = [draw(expression(names, part)) for part in sizes]
        return f"({parts[0]} if {parts[1]} else {parts[2]})"
    return "(" + f" {kind} ".join(draw(expression(names, part)) for part in sizes) + ")"


class Operand:
    """A value that knows its text and has the truth that the text is given."""

    def __init__(self, text: str, run: Run) -> None:
        self.text = text
        self.run = run

    def __lt__(self, other: Operand) -> Operand:
        return self.run.evaluated(f"{self.text} < {other.text}")

    def __bool__(self) -> bool:
        self.run.asked.add(self.text)
        return self.run.truths.get(self.text, False)


class Run(dict[str, Any]):
    """The names of one evaluation, and what was evaluated in turn."""

    def __init__(self, truths: dict[str, bool]) -> None:
        super().__init__()
        self.truths = truths
        self.log: list[str] = []
        self.asked: set[str] = set()

    def __missing__(self, name: str) -> Operand:
        return self.evaluated(name)

    def evaluated(self, text: str) -> Operand:
        self.log.append(text)
        return Operand(text, self)


def conditions(program: str) -> list[str]:
    """The texts of all conditions of a program of one line."""
    found = [condition.span for decision in parse(program).decisions for condition in decision.conditions]
    return sorted(program[span.column : span.end_column] for span in found)


def deciding(program: str) -> list[str]:
    """The operands whose truth, for some truths of the others, changes what is evaluated after them."""
    code = compile(program, "<generated>", "exec", dont_inherit=True)

    def run(truths: dict[str, bool]) -> Run:
        names = Run(truths)
        exec(code, {}, names)
        return names

    asked: set[str] = set()
    grown = True
    while grown:  # an operand may only be asked where another one is true
        before = len(asked)
        for truths in _assignments(asked):
            asked |= run(truths).asked
        grown = len(asked) > before
    found = set()
    for truths in _assignments(asked):
        log = run(truths).log
        found |= {one for one in asked - found if run({**truths, one: not truths[one]}).log != log}
    return sorted(found)


def _assignments(names: set[str]) -> Iterator[dict[str, bool]]:
    ordered = sorted(names)
    for values in itertools.product([False, True], repeat=len(ordered)):
        yield dict(zip(ordered, values, strict=True))


@settings(max_examples=200, deadline=None)
@given(made=expressions())
def test_value(made: str) -> None:
    """In a value the conditions are the operands that decide what is evaluated next (rules 2 to 4)."""
    assert conditions(f"x = {made}\n") == deciding(f"x = {made}\n")


@settings(max_examples=200, deadline=None)
@given(made=expressions())
def test_test(made: str) -> None:
    """In a test the outcome decides what is evaluated next, so all operands are conditions (rules 1 and 3)."""
    program = f"if {made}: yes\nelse: no\n"
    assert conditions(program) == deciding(program)
