"""The control flow graph, against what programs do."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from minicov_lsp.model import Line
from minicov_lsp.source.flow import ENTRY, ControlFlowGraph, control_flow, graph
from minicov_lsp.source.parser import parse


def graphs(text: str) -> list[ControlFlowGraph]:
    """The graphs of a text."""
    return list(control_flow(parse(textwrap.dedent(text))))


def line_arcs(found: ControlFlowGraph, *, with_exceptions: bool) -> set[tuple[Line, Line]]:
    """(line, line that can be next) of a graph; 0 is the entry."""
    arcs = set()
    for number, block in enumerate(found.blocks):
        if not block.line and number != ENTRY:
            continue
        waiting, seen = [number], {number}
        while waiting:
            at = found.blocks[waiting.pop()]
            for end in (*at.successors, *(at.handlers if with_exceptions else ())):
                if found.blocks[end].line:
                    arcs.add((block.line, found.blocks[end].line))
                elif end not in seen:
                    seen.add(end)
                    waiting.append(end)
    return arcs


def test_one_graph_for_each_code_object() -> None:
    """Functions, classes, lambdas and generator expressions have graphs of their own, outer before inner."""
    names = [found.name for found in graphs("class C:\n    def f(self): return lambda: (x for x in y)\nd = 3\n")]
    assert names == ["<module>", "C", "C.f", "C.f.<locals>.<lambda>", "C.f.<locals>.<lambda>.<locals>.<genexpr>"]


@pytest.mark.parametrize(
    ("text", "arcs"),
    [
        ("a = 1\nb = 2\n", {(0, 1), (1, 2)}),
        ("if a:\n    b = 2\nc = 3\n", {(0, 1), (1, 2), (1, 3), (2, 3)}),
        ("if a and b or c:\n    d = 2\n", {(0, 1), (1, 2)}),
        ("while a:\n    b = 2\nc = 3\n", {(0, 1), (1, 2), (1, 3), (2, 1)}),
        ("for a in b:\n    if a: continue\n    c = 3\n", {(0, 1), (1, 2), (2, 1), (2, 3), (3, 1)}),
        ("x = [\n    a\n    for a in b\n]\ny = 5\n", {(0, 1), (1, 5)}),
        ("with a:\n    b = 2\nc = 3\n", {(0, 1), (1, 2), (2, 1), (1, 3)}),
    ],
)
def test_arcs(text: str, arcs: set[tuple[Line, Line]]) -> None:
    """Lines follow each other as control goes; what happens inside a statement is no arc."""
    found = line_arcs(graphs(text)[0], with_exceptions=False)
    assert {arc for arc in found if arc[0] != arc[1]} == arcs


def test_exceptions_lead_to_handlers() -> None:
    """Whatever can raise inside a `try` leads to its handler; a `raise` does without an exception of its own."""
    (found,) = graphs("try:\n    a()\nexcept E:\n    b()\n")
    assert (2, 3) in line_arcs(found, with_exceptions=True)
    assert (2, 3) not in line_arcs(found, with_exceptions=False)
    (found,) = graphs("try:\n    raise E\nexcept E:\n    b()\n")
    assert (2, 3) in line_arcs(found, with_exceptions=False)


def test_where_the_code_is_left() -> None:
    """`return` and an uncaught `raise` leave, also where their line goes on elsewhere; a loop without end doesn't."""
    found = graphs("def f():\n    if a: return 1\n    if b: raise E\n    c = 3\n")[1]
    assert {block.line for block in found.blocks if block.leaves} == {2, 3, 4}
    (found,) = graphs("while True: pass\n")
    assert not any(block.leaves for block in found.blocks)


def test_a_call_does_not_run_the_def() -> None:
    """What comes before the code is entered, and the call itself, has no line."""
    for text in ("def f():\n    return 2\n", "def f():\n    yield 2\n", "async def f():\n    await x\n"):
        assert {block.line for block in graphs(text)[1].blocks} == {0, 2}


@pytest.mark.parametrize("name", ["json.encoder", "json.decoder", "textwrap", "heapq"])
def test_programs_follow_the_graph(name: str, calls_of: Any) -> None:
    """Whatever line follows another in a call of a real function, the graph has a way between them."""
    checked = 0
    for call in calls_of(name):
        arcs = line_arcs(graph(call.code), with_exceptions=True)
        for arc in zip([0, *call.lines], call.lines, strict=False):
            assert arc in arcs or arc[0] == arc[1], (call.code.co_qualname, arc)
            checked += 1
    assert checked > 50
