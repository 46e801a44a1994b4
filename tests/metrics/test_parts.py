"""Functions and classes as parts of a file: as in coverage.py's JSON report."""

from __future__ import annotations

import textwrap
from typing import Any, Literal

import pytest

from minicov_lsp.metrics.parts import Ordered, picked

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
    whole = Ordered(measured.analysis)
    found = list(whole.parts(kind))
    assert [one.name for one in found] == list(expected)
    for one in found:
        theirs, places, numbers = expected[one.name], one.places, one.numbers
        assert {
            "start_line": one.start_line,
            "executed_lines": picked(whole.executed, places.executed),
            "missing_lines": picked(whole.missing, places.missing),
            "excluded_lines": picked(whole.excluded, places.excluded),
            "executed_branches": [list(arc) for arc in picked(whole.executed_branches, places.executed_branches)],
            "missing_branches": [list(arc) for arc in picked(whole.missed, places.missed)],
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


@pytest.mark.parametrize("name", PROGRAMS)
def test_functions_and_outside_are_the_file(name: str, measure: Any) -> None:
    """Every statement is in exactly one function, or outside of all."""
    analysis = measure(textwrap.dedent(PROGRAMS[name])).analysis
    found = [line for one in Ordered(analysis).parts("function") for line in one.statements]
    assert sorted(found) == sorted(analysis.source.statements)


@pytest.mark.parametrize("kind", ["function", "class"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_lines_of_parts_are_the_file(name: str, kind: Literal["function", "class"], measure: Any) -> None:
    """Every line is one part's; the part outside of all begins with its first."""
    analysis = measure(textwrap.dedent(PROGRAMS[name])).analysis
    found = list(Ordered(analysis).parts(kind))
    assert sorted(line for one in found for line in one.lines(kind)) == [*range(1, len(analysis.source.lines) + 1)]
    assert found[-1].start_line == min(found[-1].lines(kind), default=1)
