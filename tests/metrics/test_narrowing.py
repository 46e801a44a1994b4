"""Functions and classes as parts of a file: as in coverage.py's JSON report."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import Any, Literal

import pytest

from minicov_lsp.metrics.analysis import analyze
from minicov_lsp.metrics.narrowing import narrow, parts
from minicov_lsp.metrics.numbers import count
from minicov_lsp.source.parser import parse

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
    found = list(parts(measured.analysis, kind))
    assert [one.name for one in found] == list(expected)
    for one in found:
        theirs, part, numbers = expected[one.name], one.analysis, count(one.analysis)
        assert {
            "start_line": one.start_line,
            "executed_lines": sorted(part.executed),
            "missing_lines": sorted(part.missing),
            "excluded_lines": sorted(part.source.excluded),
            "executed_branches": [list(arc) for arc in sorted(part.executed_branches)],
            "missing_branches": [list(arc) for arc in sorted(part.missing_branches)],
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
    found = [line for one in parts(analysis, "function") for line in one.analysis.source.statements]
    assert sorted(found) == sorted(analysis.source.statements)


def test_contexts_are_narrowed() -> None:
    """Contexts of other lines are left out."""
    analysis = replace(analyze("a.py", parse("a = 1\nb = 2\n"), []), contexts={1: frozenset("t"), 2: frozenset("u")})
    assert narrow(analysis, {2}).contexts == {2: {"u"}}
