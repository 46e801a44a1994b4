"""What ran, compared with what could: as coverage.py has it, on the same data."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from minicov_lsp.metrics.analysis import analyze, executed_arcs
from minicov_lsp.metrics.numbers import count, display
from minicov_lsp.model import CodeFacts, FileFacts
from minicov_lsp.source.parser import parse

# name: (program, (statements, missing, excluded, branches, partial, missing branches, percent)): docs/parity.md.
NUMBERS = {
    "if partial": ("a = 1\nif a:\n    b = 3\nc = 4\n", (4, 0, 0, 2, 1, 1, "83")),
    "never called": ("def f(x):\n    if x:\n        return 3\n    return 4\n", (4, 3, 0, 2, 0, 2, "17")),
    "while 1 else": (
        "a = 0\nwhile 1:\n    a += 1\n    break\nelse:\n    b = 6\nc = 7\n",
        (5, 0, 0, 2, 0, 0, "100"),
    ),
    "condition always raises": (
        """\
        for i in [1, 2]:
            try:
                if 1 / 0:
                    a = 4
                b = 5
            except ZeroDivisionError:
                c = 7
        """,
        (7, 2, 0, 4, 2, 2, "64"),
    ),
    "class one-liners": ("class C: ...\nclass D: pass\nx = 3\n", (3, 0, 0, 4, 0, 0, "100")),
    "302 lines, 1 missed": ("a = 1\nif a:\n" + "    b = 2\n" * 299 + "else:\n    c = 3\n", (302, 1, 0, 2, 1, 1, "99")),
    "no branch": ("a = 1\nif a:  # pragma: no branch\n    b = 3\nc = 4\n", (4, 0, 0, 2, 0, 0, "100")),
    "abandoned generator": (
        "def g():\n    for i in [1, 2]:\n        yield i\nnext(g())\n",
        (4, 0, 0, 2, 1, 1, "83"),
    ),
    "early return in loop": (
        "def f():\n    for i in [1, 2]:\n        if i: return i\nf()\n",
        (4, 0, 0, 4, 2, 2, "75"),
    ),
    "comment pragma": ("a = 1\n# pragma: no cover\nb = 3\n", (2, 0, 1, 0, 0, 0, "100")),
}
PROGRAMS = {
    "with, left in many ways": """\
        import contextlib
        @contextlib.contextmanager
        def manager(swallow=False):
            try:
                yield
            except ZeroDivisionError:
                if not swallow:
                    raise
        def f(x):
            for i in range(3):
                with manager(), manager():
                    if x == i:
                        continue
                    with manager(
                        True
                    ) as m:
                        if x == 1:
                            return 1
                        1 / x
                    if x == 2:
                        break
            else:
                x = 4
            with manager(): x = 5
            with manager():
                with manager():
                    x = 6
            return x
        f(1), f(2), f(0)
        """,
    "try in all parts": """\
        def f(x):
            try:
                1 / x
            except ZeroDivisionError:
                a = 1
            else:
                a = 2
            finally:
                if x:
                    a = 3
            return a
        f(0)
        """,
    "exceptions that leave": """\
        def f(x):
            if x:
                raise ZeroDivisionError
            for i in [1, 0]:
                while 1 / i:
                    break
        try:
            f(1)
        except ZeroDivisionError: pass
        f(0)
        """,
    "match": """\
        def f(x):
            match x:
                case 1 | 2:
                    a = 1
                case [y, *_] if y:
                    a = 2
                case {"k": v}:
                    a = 3
            match x:
                case str():
                    return 0
                case _:
                    return a
        f(1), f([1])
        """,
    "excluded destinations": """\
        def f(x):
            if x:
                return 1  # pragma: no cover
            if not x: # pragma: no branch
                x = 1
            return x
        f(1), f(0)
        class C:
            if f(0):  # pragma: no cover
                a = 1
            def m(self): return 1
        C()
        """,
    "generators and coroutines": """\
        async def f():
            async for i in g():
                if i:
                    await h()
            return [j async for j in g() if j]
        async def g():
            for i in range(3):
                yield i
        async def h():
            async with manager() as m: pass
        class manager:
            async def __aenter__(self): return self
            async def __aexit__(self, *_): return None
        try:
            f().send(None)
        except StopIteration:
            x = 1
        """,
    "decorated, nested, several lines": """\
        def d(*a):
            return lambda f: f
        @d(
            1,
        )
        @d(2)
        class C:
            '''Doc.'''
            x: int = 1
            @d()
            def f(self, a=[
                1,
            ]):
                def g(): return 1
                return (
                    g() if a
                    else 2
                )
        C().f()
        lambda: 3
        """,
}
EVERY_PROGRAM = {**{name: text for name, (text, _) in NUMBERS.items()}, **PROGRAMS}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name: str, measure: Any) -> None:
    """Counts and percentages are those of docs/parity.md."""
    text, expected = NUMBERS[name]
    numbers = count(measure(textwrap.dedent(text)).analysis)
    assert (
        numbers.statements,
        numbers.missing,
        numbers.excluded,
        numbers.branches,
        numbers.partial_branches,
        numbers.missing_branches,
        display(numbers.percent_covered),
    ) == expected


@pytest.mark.parametrize("name", EVERY_PROGRAM)
def test_lines_and_branches_are_coverages(name: str, measure: Any) -> None:
    """Executed and missing lines and branches are those of coverage.py's JSON report."""
    measured = measure(textwrap.dedent(EVERY_PROGRAM[name]))
    report, analysis = measured.report, measured.analysis
    assert sorted(analysis.executed) == report["executed_lines"]
    assert sorted(analysis.missing) == report["missing_lines"]
    assert sorted(analysis.source.excluded) == report["excluded_lines"]
    assert sorted(map(list, analysis.executed_branches)) == sorted(report["executed_branches"])
    assert sorted(map(list, analysis.missing_branches)) == sorted(report["missing_branches"])


@pytest.mark.parametrize("name", EVERY_PROGRAM)
def test_summary_is_coverages(name: str, measure: Any) -> None:
    """Every number of coverage.py's summary is ours."""
    measured = measure(textwrap.dedent(EVERY_PROGRAM[name]))
    numbers, summary = count(measured.analysis), measured.report["summary"]
    assert {
        "covered_lines": numbers.executed,
        "num_statements": numbers.statements,
        "percent_covered": numbers.percent_covered,
        "percent_covered_display": display(numbers.percent_covered),
        "missing_lines": numbers.missing,
        "excluded_lines": numbers.excluded,
        "percent_statements_covered": numbers.percent_statements,
        "percent_statements_covered_display": display(numbers.percent_statements),
        "num_branches": numbers.branches,
        "num_partial_branches": numbers.partial_branches,
        "covered_branches": numbers.executed_branches,
        "missing_branches": numbers.missing_branches,
        "percent_branches_covered": numbers.percent_branches,
        "percent_branches_covered_display": display(numbers.percent_branches),
    } == summary


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("condition always raises", {3: (4, 5)}),
        ("abandoned generator", {2: (-1,)}),
        ("early return in loop", {2: (-1,), 3: (2,)}),
        ("no branch", {}),
        ("never called", {}),
    ],
)
def test_partial(name: str, missing: dict[int, tuple[int, ...]], measure: Any) -> None:
    """Partial are lines that ran and did not go everywhere."""
    assert measure(textwrap.dedent(EVERY_PROGRAM[name])).analysis.partial == missing


def facts(hits: dict[tuple[frozenset[int], frozenset[tuple[int, int]]], frozenset[str]]) -> FileFacts:
    """Facts of one code object."""
    return FileFacts("a.py", "", None, (CodeFacts("<module>", 1, "3.13", frozenset(), hits),))


def test_contexts_are_by_statement() -> None:
    """A context that ran any line of a statement ran the statement; lines that are no statements have none."""
    source = parse("a = [\n    1,\n    2,\n]\n\nb = 6\n")
    one = facts({(frozenset({2}), frozenset()): frozenset({"t1"}), (frozenset({3, 5}), frozenset()): frozenset({"t2"})})
    assert analyze("a.py", source, [one]).contexts == {1: {"t1", "t2"}}


def test_facts_add_up() -> None:
    """Several facts of one text are one: what any of them ran ran."""
    source = parse("if a:\n    b = 2\nc = 3\n")
    first = facts({(frozenset({1, 2, 3}), frozenset({(-1, 1), (1, 2), (2, 3), (3, -1)})): frozenset({"t1"})})
    second = facts({(frozenset({1, 3}), frozenset({(-1, 1), (1, 3), (3, -1)})): frozenset({"t2"})})
    assert analyze("a.py", source, [first]).missing_branches == {(1, 3)}
    assert analyze("a.py", source, [first, second]).missing_branches == frozenset()


def test_nothing_ran() -> None:
    """Without facts everything is missing and nothing is partial."""
    analysis = analyze("a.py", parse("if a:\n    b = 2\nc = 3\n"), [])
    assert analysis.missing == {1, 2, 3}
    assert analysis.missing_branches == {(1, 2), (1, 3)}
    assert analysis.partial == {}


def test_without_branches() -> None:
    """Where branches were not measured there are none, not even missing ones."""
    source = parse("if a:\n    b = 2\nc = 3\n")
    one = facts({(frozenset({1, 3}), frozenset()): frozenset({""})})
    analysis = analyze("a.py", source, [one], has_branches=False)
    assert (analysis.executed_branches, analysis.missing_branches, analysis.partial) == (frozenset(), frozenset(), {})
    numbers = count(analysis)
    assert (numbers.branches, numbers.missing_branches, display(numbers.percent_covered)) == (0, 0, "67")


def test_arc_to_itself_is_the_only_way_on() -> None:
    """sys.monitoring's arc from a line to itself counts as the way on, where there is exactly one."""
    source = parse("a = 1\nif a: b = 2\nc = 3\n")
    assert executed_arcs(source, frozenset({(1, 1), (2, 2), (3, 3)})) == {(1, 2), (2, 3), (3, -1)}
    assert executed_arcs(parse("for i in a: b = 1\nif a:\n    c\n"), frozenset({(2, 2)})) == frozenset()


def test_lines_that_no_statement_has_do_not_count() -> None:
    """Facts of lines beyond the text, or between statements, change nothing."""
    source = parse("a = 1\n\n# comment\n")
    one = facts({(frozenset({1, 2, 3, 99}), frozenset({(98, 99), (1, -1), (1, -40)})): frozenset({""})})
    analysis = analyze("a.py", source, [one])
    assert (analysis.executed, analysis.missing) == ({1}, frozenset())
