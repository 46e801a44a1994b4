"""What covering one gap would bring along: said before, and then tried."""

from __future__ import annotations

import itertools
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minicov_lsp.errors import SourceError
from minicov_lsp.metrics.analysis import analyze
from minicov_lsp.metrics.gain import LARGEST, Gap, gaps, implied_by_line, ranked, superblocks
from minicov_lsp.model import Analysis, CodeFacts, FileFacts
from minicov_lsp.source.parser import parse

FILENAME = "/measured/gain.py"
PROGRAM = textwrap.dedent(
    """\
    def settle(a, b, c):
        total = 0
        if a:
            total += 1
            total += 2
            if b:
                total += 3
                return total
            total += 4
        else:
            total -= 1
        for item in range(c):
            if item > 1:
                total += item
                break
            total += 1
        else:
            total += 5
        try:
            if b and c:
                raise ValueError(b)
            total += 6
        except ValueError:
            total += 7
            total += 8
        finally:
            total += 9
        return total
    """
)


def traced(text: str, calls: Iterable[tuple[int, ...]]) -> set[tuple[int, int]]:
    """The arcs of running a program and calling its function."""
    arcs: set[tuple[int, int]] = set()

    def on_call(frame: FrameType, _event: str, _arg: Any) -> Any:
        if frame.f_code.co_filename != FILENAME:
            return None
        last = -frame.f_code.co_firstlineno

        def on_event(frame: FrameType, event: str, _arg: Any) -> Any:
            nonlocal last
            if event == "line":
                arcs.add((last, frame.f_lineno))
                last = frame.f_lineno
            elif event == "return":
                arcs.add((last, -frame.f_code.co_firstlineno))
            return on_event

        return on_event

    before = sys.gettrace()
    names: dict[str, Any] = {"__name__": "measured"}
    sys.settrace(on_call)
    try:
        exec(compile(text, FILENAME, "exec", dont_inherit=True), names)
        for arguments in calls:
            names["settle"](*arguments)
    finally:
        sys.settrace(before)
    return arcs


def analysis_of(text: str, arcs: set[tuple[int, int]], path: str = "gain.py") -> Analysis:
    lines = frozenset(line for arc in arcs for line in arc if line > 0)
    code = CodeFacts("<module>", 1, "3.11", frozenset(), {(lines, frozenset(arcs)): frozenset({""})})
    return analyze(path, parse(text), [FileFacts(path, "", text, (code,))])


def brief(found: Iterable[Gap]) -> list[tuple[str, int, int, set[int]]]:
    return [(gap.kind, gap.line, gap.destination, set(gap.lines)) for gap in found]


def test_an_arm_brings_its_lines() -> None:
    """A branch that was never taken brings the lines that run whenever its destination does."""
    text = "def settle(a):\n    if a:\n        b = 3\n        c = 4\n        if b: c = 5\n    return a\n"
    found = gaps(analysis_of(text, traced(text, [(0,)])))
    assert brief(found) == [("branch", 2, 3, {3, 4, 5}), ("line", 3, 3, {3, 4, 5})]
    assert [gap.gain for gap in found] == [3, 3]


def test_a_function_never_called() -> None:
    """Lines that come with each other are one gap; what needs another test is one of its own, and brings those too."""
    text = "def f(a):\n    b = 2\n    if a:\n        b = 4\n    return b\n"
    found = gaps(analysis_of(text, {(-1, 1), (1, -1)}))
    assert brief(found) == [("line", 4, 4, {2, 3, 4, 5}), ("line", 2, 2, {2, 3, 5})]


def test_a_way_out_brings_nothing() -> None:
    """A branch that leads out, or to what ran, is a gap without lines."""
    text = "def settle(a):\n    if a:\n        b = 3\nsettle\n"
    found = gaps(analysis_of(text, traced(text, [(1,)])))
    assert brief(found) == [("branch", 2, -1, set())]


def test_nothing_missed() -> None:
    """Where all is covered there is no gap, and nothing is compiled."""
    assert gaps(analysis_of("a = 1\n", {(-1, 1), (1, -1)})) == ()


def test_a_project_is_ranked_by_what_each_gap_adds() -> None:
    """Most lines first, over all files; what came with a gap counts for none that follows, by path and line then."""
    small = analysis_of("a = 1\nif a == 2:\n    b = 3\n", {(-1, 1), (1, 2), (2, -1)}, "b.py")
    large = analysis_of("a = 1\nif a == 2:\n    b = 3\n    c = 4\n", {(-1, 1), (1, 2), (2, -1)}, "c.py")
    text = "def f(a):\n    b = 2\n    if a:\n        b = 4\n    return b\nx = f and 1\nif x > 1:\n    x = 8\n"
    called = analysis_of(text, {(-1, 1), (1, 6), (6, 7), (7, -1)}, "a.py")
    found = ranked(gap for analysis in (small, large, called) for gap in gaps(analysis))
    assert [(gap.path, gap.kind, gap.line, set(gap.lines)) for gap in found] == [
        ("a.py", "line", 4, {2, 3, 4, 5}),
        ("c.py", "branch", 2, {3, 4}),
        ("a.py", "branch", 7, {8}),
        ("b.py", "branch", 2, {3}),
    ]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.frozensets(st.integers(1, 9))), max_size=12))
def test_ranking_loses_nothing(drawn: list[tuple[str, frozenset[int]]]) -> None:
    """Each line that any gap brings is brought once, by a gap that brings no less than the next."""
    found = [Gap(path, "line", min(lines, default=1), 1, lines) for path, lines in drawn]
    order = list(ranked(found))
    brought = [(gap.path, line) for gap in order for line in gap.lines]
    assert sorted(brought) == sorted({(gap.path, line) for gap in found for line in gap.lines})
    assert [gap.gain for gap in order] == sorted((gap.gain for gap in order), reverse=True)


CALLS = tuple(itertools.product((0, 1), (0, 1), (0, 1, 3)))


@pytest.mark.parametrize("first", CALLS)
@pytest.mark.parametrize("second", CALLS)
def test_promises_are_kept(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    """Whatever a further call covers, all comes with it that was promised."""
    before = traced(PROGRAM, [first])
    analysis = analysis_of(PROGRAM, before)
    after = analysis_of(PROGRAM, before | traced(PROGRAM, [second]))
    for gap in gaps(analysis):
        if gap.kind == "line":
            is_covered = gap.line in after.executed
        else:
            is_covered = (gap.line, gap.destination) in after.executed_branches
        if is_covered:
            assert gap.lines <= after.executed


def test_promises_are_made() -> None:
    """The gaps of that program after one call: each arm brings its own, and nothing missed is left out."""
    analysis = analysis_of(PROGRAM, traced(PROGRAM, [(0, 0, 0)]))
    found = gaps(analysis)
    branches = {(gap.line, gap.destination): gap.lines for gap in found if gap.kind == "branch"}
    assert branches[3, 4] == {4, 5, 6}
    assert (branches[12, 13], branches[20, 21]) == ({13}, {21, 23})
    assert {line for gap in found for line in gap.lines} == analysis.missing
    assert [gap.gain for gap in found] == sorted((gap.gain for gap in found), reverse=True)


def test_what_is_not_python_here() -> None:
    """What this Python can't compile is an error that the caller knows."""
    analysis = analysis_of("a = 1\nif a == 2:\n    b = 3\n", {(-1, 1), (1, 2), (2, -1)})
    changed = replace(analysis, source=replace(analysis.source, lines=("a = = 1",)))
    with pytest.raises(SourceError):
        gaps(changed)


def test_too_large() -> None:
    """In a function that is too large to ask what comes with what, each missed line is a gap of its own."""
    last = LARGEST + 5
    text = "def f(a):\n" + "    a += 1\n" * LARGEST + "    if a:\n        a = 2\n        a = 3\n    return a\n"
    found = gaps(analysis_of(text, {(-1, 1), (1, -1)}))
    assert [(gap.line, gap.lines) for gap in found] == [(line, {line}) for line in range(2, last + 1)]


def blocks_of(text: str) -> tuple[frozenset[int], ...]:
    """The superblocks of all statements of a text."""
    source = parse(text)
    return superblocks(implied_by_line(source), source.statements)


def test_lines_that_run_together_share_one_set():
    """There are thousands of them in a module of definitions, each with all the others."""
    implied = implied_by_line(parse("".join(f"x{number} = {number}\n" for number in range(100))))
    assert len(implied) == 100
    assert len(set(map(id, implied.values()))) == 1


def test_superblocks() -> None:
    """What control can't part is one block, also where something else stands in between."""
    text = "def f(a):\n    b = 1\n    if a:\n        c = 2\n        d = 3\n    return b\ng = 4\n"
    assert blocks_of(text) == (frozenset({1, 7}), frozenset({2, 3, 6}), frozenset({4, 5}))


def test_superblocks_run_together() -> None:
    """Of each block either all ran or nothing, whatever the program was called with."""
    blocks = blocks_of(PROGRAM)
    assert {line for block in blocks for line in block} == set(parse(PROGRAM).statements)
    for arguments in itertools.product((0, 1), (0, 1), range(4)):
        ran = {abs(line) for arc in traced(PROGRAM, [arguments]) for line in arc}
        assert [block for block in blocks if block & ran not in (frozenset(), block)] == []
