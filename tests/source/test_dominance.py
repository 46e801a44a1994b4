"""Which lines come with which, by the definition and by what programs do."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minicov_lsp.model import Line
from minicov_lsp.source.dominance import immediate_dominators, implied_lines, postorder
from minicov_lsp.source.flow import control_flow, graph
from minicov_lsp.source.parser import parse

GRAPHS = st.integers(1, 12).flatmap(
    lambda size: st.lists(st.lists(st.integers(0, size - 1), max_size=3), min_size=size, max_size=size)
)


def reached(edges: list[list[int]], without: int | None = None) -> set[int]:
    """What can be reached from 0, without one node."""
    seen: set[int] = set()
    waiting = [0] if without != 0 else []
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += [end for end in edges[node] if end != without]
    return seen


@given(edges=GRAPHS)
def test_dominators_by_definition(edges: list[list[int]]) -> None:
    """A node dominates another when there is no way to that one without it; the immediate one is the nearest."""
    found = immediate_dominators(0, lambda node: edges[node])
    assert found.keys() == reached(edges)
    for node in found:
        expected = {other for other in found if node not in reached(edges, other)}
        chain, at = {node}, node
        while found[at] != at:
            at = found[at]
            chain.add(at)
        assert chain == expected


@given(edges=GRAPHS)
def test_postorder(edges: list[list[int]]) -> None:
    """Every node once, and each after all that are first reached from it: in a tree, after its children."""
    order = postorder([0], lambda node: edges[node])
    assert sorted(order) == sorted(reached(edges))
    assert order[-1] == 0


def implied(text: str) -> dict[Line, set[Line]]:
    """What `implied_lines` says of the text's last code object."""
    source = parse(textwrap.dedent(text))
    return {line: set(lines) for line, lines in implied_lines(control_flow(source)[-1]).items()}


def test_straight_lines_come_together() -> None:
    """Lines that follow each other imply each other."""
    assert implied("a = 1\nb = 2\nc = 3\n") == {1: {1, 2, 3}, 2: {1, 2, 3}, 3: {1, 2, 3}}


def test_a_branch_implies_its_test_and_what_follows() -> None:
    """An arm comes with the test before it and the lines after it, not with the other arm."""
    found = implied("if a and b:\n    c = 2\nelse:\n    d = 4\ne = 5\n")
    assert found == {1: {1, 5}, 2: {1, 2, 5}, 4: {1, 4, 5}, 5: {1, 5}}


def test_an_early_return_takes_the_rest_away() -> None:
    """What follows a way out is not implied by what comes before it."""
    found = implied("def f(a):\n    b = 2\n    if a: return 3\n    c = 4\n    return c\n")
    assert found == {2: {2, 3}, 3: {2, 3}, 4: {2, 3, 4, 5}, 5: {2, 3, 4, 5}}


def test_a_loop_implies_neither_body_nor_end() -> None:
    """A body may run no time, and a loop without an end implies nothing behind it."""
    assert implied("for a in b:\n    c = 2\nd = 3\n") == {1: {1, 3}, 2: {1, 2, 3}, 3: {1, 3}}
    assert implied("while True:\n    a = 2\n")[2] == {1, 2}


def test_with_is_left_through_its_own_line() -> None:
    """The body of a `with` comes with what follows, though control comes back to the `with` in between."""
    assert implied("with a:\n    b = 2\nc = 3\n") == {1: {1, 2, 3}, 2: {1, 2, 3}, 3: {1, 2, 3}}
    assert implied("with a:\n    b = 2\n    c = 3\nd = 4\n")[4] == {1, 2, 3, 4}


def test_finally_is_always_met() -> None:
    """All ways lead through one copy of a `finally` or another; what follows only the normal one is not implied."""
    found = implied(
        "def f():\n    try:\n        a()\n        if b: return 4\n    finally:\n        c = 6\n    return 7\n"
    )
    assert found[3] == {2, 3, 4, 6}
    assert found[7] == {2, 3, 4, 6, 7}
    assert 3 in found[6]


def test_a_handler_implies_the_try_but_not_all_of_its_body() -> None:
    """What raised may have been the first line of the body."""
    assert implied("try:\n    a()\n    b()\nexcept E:\n    c()\nd()\n")[5] == {1, 2, 4, 5, 6}


def test_a_handler_s_lines_follow_each_other() -> None:
    """Inside a handler lines come together, and with what follows."""
    found = implied("try:\n    a()\nexcept E:\n    if b:\n        c()\n    d()\nf()\n")
    assert found[5] == {1, 2, 3, 4, 5, 6, 7}
    assert found[6] == {1, 2, 3, 4, 6, 7}
    assert found[7] == {1, 2, 7}


def test_a_raise_leaves() -> None:
    """A `raise` goes to its handler or out."""
    found = implied("def f():\n    if a:\n        raise E\n    b = 4\n    return b\n")
    assert found[3] == {2, 3}


def test_statements_over_several_lines_are_one() -> None:
    """A line is the first of its statement."""
    assert implied("a = [\n    b,\n    c,\n]\nd = (\n    1)\n") == {1: {1, 5}, 5: {1, 5}}


def test_generators_and_coroutines() -> None:
    """What comes before the code is entered has no line; a `yield` goes on."""
    assert implied("def f():\n    yield 2\n    return 3\n") == {2: {2, 3}, 3: {2, 3}}
    assert implied("async def f():\n    await a\n    return 3\n") == {2: {2, 3}, 3: {2, 3}}


@pytest.mark.parametrize("name", ["json.encoder", "json.decoder", "textwrap", "heapq"])
def test_what_is_implied_runs(name: str, calls_of: Any) -> None:
    """In every call of real functions in which nothing raises, a line that runs has all its implied lines with it."""
    checked = 0
    for call in calls_of(name):
        found = implied_lines(graph(call.code))
        ran = set(call.lines)
        for line in ran & found.keys():
            assert call.raised or found[line] <= ran, (call.code.co_qualname, line)
            checked += not call.raised
    assert checked > 20
