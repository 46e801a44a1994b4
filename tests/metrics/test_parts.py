"""Functions and classes as parts of a file: as in coverage.py's JSON report."""

from __future__ import annotations

import textwrap
from typing import Any, Literal

import pytest

from minicov_lsp.metrics.parts import lines_outside, ordered, parts

PROGRAMS = {
    "nested": """\
        '''Doc.'''
        def outer(x):
            '''Doc.'''
            class Inner:
                y = 1
                def method(self):
                    if x:
                        return 1
                    class Deep:
                        def m(self): return 3
                    return 2
            def inner():
                return Inner().method()
            if x:
                return inner()
            return 4

        outer(1)
        class Alone: pass
        class Outer:
            class Inner:
                def m(self):
                    pass
            async def n(self):
                while self: return 1
        """,
    "same names": """\
        import functools
        class C:
            @property
            def x(self): return 1
            @x.setter
            def x(self, value):
                if value:
                    self.y = value
        C().x = 1
        if C:
            def f():
                '''Only a docstring.'''
        else:
            def f():
                return 1
        def f(): ...
        def f():
            return 2
        f()
        """,
    "excluded elsewhere": """\
        def f(x):
            for i in x:
                def g(): return i  # pragma: no cover
                if i:
                    def h(): return 2  # pragma: no cover
            if x:
                @functools.cache
                def k():  # pragma: no cover
                    return 3
        f([])
        """,
    "one line": "def f(): return 1\ndef g(x): return x if x else f()\nclass C: x = 1\ng(0)\n",
    "nothing": "# only a comment\n",
    "only a function": "def f():\n    return 1\n",
}


@pytest.mark.parametrize("kind", ["function", "class"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_parts_are_coverages(name: str, kind: Literal["function", "class"], measure: Any) -> None:
    """Names, first lines, lines, branches and numbers of every one are those of coverage.py's JSON report."""
    measured = measure(textwrap.dedent(PROGRAMS[name]))
    expected = measured.report["functions" if kind == "function" else "classes"]
    lists = ordered(measured.analysis)
    found = list(parts(measured.analysis, kind, lists, lists))
    assert [one.name for one in found] == list(expected)
    for one in found:
        theirs, own, numbers = expected[one.name], one.own, one.numbers
        assert {
            "start_line": one.start_line,
            "executed_lines": own.executed,
            "missing_lines": own.missing,
            "excluded_lines": own.excluded,
            "executed_branches": [list(arc) for arc in own.executed_branches],
            "missing_branches": [list(arc) for arc in own.missed],
        } == {
            key: sorted(value) if isinstance(value, list) else value
            for key, value in theirs.items()
            if key != "summary"
        }
        assert (
            numbers.statements,
            numbers.missing,
            numbers.excluded,
            numbers.branches,
            numbers.partial_branches,
            numbers.missing_branches,
            numbers.percent_covered,
        ) == tuple(
            theirs["summary"][key]
            for key in (
                "num_statements",
                "missing_lines",
                "excluded_lines",
                "num_branches",
                "num_partial_branches",
                "missing_branches",
                "percent_covered",
            )
        )


@pytest.mark.parametrize("kind", ["function", "class"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_parts_are_the_file(name: str, kind: Literal["function", "class"], measure: Any) -> None:
    """Every statement is in exactly one part; what is outside of all begins with the first line that is no part's."""
    analysis = measure(textwrap.dedent(PROGRAMS[name])).analysis
    lists = ordered(analysis)
    found = list(parts(analysis, kind, lists, lists))
    assert sorted(line for one in found for line in (*one.own.executed, *one.own.missing)) == sorted(
        analysis.source.statements
    )
    assert found[-1].start_line == min(lines_outside(analysis, kind), default=1)
