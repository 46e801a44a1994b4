"""Our analysis against coverage.py's, on data that no run could give."""

from __future__ import annotations

import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import coverage
import pytest
from coverage.python import PythonFileReporter
from coverage.results import Analysis, AnalysisNarrower, analysis_from_file_reporter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minicov_lsp.metrics.analysis import analyze
from minicov_lsp.metrics.narrowing import narrow
from minicov_lsp.metrics.numbers import count
from minicov_lsp.model import CodeFacts, FileFacts
from minicov_lsp.source.parser import parse

TEXT = textwrap.dedent(
    """\
    '''Doc.'''
    @d(
        1)
    def f(x,
          y=1):
        for i in (x,
                  y):
            with a as b, \\
                    c as d:
                with e:
                    if i:
                        continue
                    g()
            if x:  # pragma: no branch
                return (
                    1)
            while x: x -= 1
        if y:
            raise E  # pragma: no cover
        try: h()
        except E: pass
        else:
            with a: b
        return 2
    class C: x = 1
    match f:
        case 1: pass
        case _: pass
    if f:  # pragma: no cover
        f()
    with a:
        pass
    """
)
LAST = TEXT.count("\n")
LINES = st.integers(-LAST, LAST).filter(bool)
ARCS = st.frozensets(st.tuples(LINES, LINES) | st.integers(1, LAST).map(lambda line: (line, line)), max_size=60)


class Data:
    """As much of coverage.py's data as its analysis asks for."""

    def __init__(self, arcs: frozenset[tuple[int, int]]) -> None:
        self._arcs = arcs

    def has_arcs(self) -> bool:
        return True

    def arcs(self, _: str) -> list[tuple[int, int]]:
        return list(self._arcs)

    def lines(self, _: str) -> list[int]:
        return list({line for arc in self._arcs for line in arc if line > 0})


@pytest.fixture(scope="module")
def reporter(tmp_path_factory: pytest.TempPathFactory) -> PythonFileReporter:
    """coverage.py's view of the text."""
    path = tmp_path_factory.mktemp("generated") / "program.py"
    Path(path).write_text(TEXT, "utf-8")
    return PythonFileReporter(str(path), coverage.Coverage(config_file=False, data_file=None))


def branches(found: dict[int, list[int]]) -> set[tuple[int, int]]:
    """{(line, destination)} of coverage.py's {line: destinations}."""
    return {(line, end) for line, ends in found.items() for end in ends}


def summary(theirs: Analysis) -> SimpleNamespace:
    """coverage.py's analysis in our words."""
    return SimpleNamespace(
        executed=theirs.executed,
        missing=theirs.missing,
        executed_branches=branches(theirs.executed_branch_arcs()),
        missing_branches=branches(theirs.missing_branch_arcs()),
        partial={
            line: tuple(sorted(ends))
            for line, ends in theirs.missing_branch_arcs().items()
            if line not in theirs.missing
        },
    )


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(arcs=ARCS, first=st.integers(1, LAST), length=st.integers(1, LAST))
def test_agrees_with_coverage(arcs: Any, first: int, length: int, reporter: PythonFileReporter) -> None:
    """Whatever is recorded, and whichever lines one looks at, the results and their numbers are coverage.py's."""
    data: Any = Data(arcs)
    theirs = analysis_from_file_reporter(data, 0, reporter, "program.py")
    lines = frozenset(line for arc in arcs for line in arc if line > 0)
    facts = FileFacts("program.py", "", None, (CodeFacts("", 1, "", frozenset(), {(lines, arcs): frozenset()}),))
    ours = analyze("program.py", parse(TEXT), [facts])

    part = set(range(first, min(first + length, LAST) + 1))
    narrower = AnalysisNarrower(theirs)
    narrower.add_regions([part])
    for expected, found in ((theirs, ours), (narrower.narrow(part), narrow(ours, part))):
        for name, value in vars(summary(expected)).items():
            assert getattr(found, name) == value, name
        numbers = count(found)
        assert (numbers.branches, numbers.partial_branches, numbers.missing_branches, numbers.percent_covered) == (
            expected.numbers.n_branches,
            expected.numbers.n_partial_branches,
            expected.numbers.n_missing_branches,
            expected.numbers.pc_covered,
        )
