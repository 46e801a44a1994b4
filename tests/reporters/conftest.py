"""Reports made from facts that are written down by hand, in the lines of one sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from minicov_lsp.config import Config, with_options
from minicov_lsp.metrics.analysis import analyze
from minicov_lsp.model import Arc, CodeFacts, FileFacts, Line, MeasuredFile
from minicov_lsp.reporters.reporter import Report
from minicov_lsp.source.parser import parse
from minicov_tracer.naming import PYTHON

Hits = Mapping[tuple[frozenset[Line], frozenset[Arc]], frozenset[str]]

SAMPLE = dedent(
    """\
    import sys

    def choose(x):
        if x:
            return 1
        return 2

    class Shop:
        def sell(self):
            for i in range(2):
                if i > 5:
                    print(i)
            return sys

        def close(self):
            pass  # pragma: no cover

        def close(self):
            return None

    def tell(x):
        if x:
            print(x)

    choose(1)
    Shop().sell()
    tell(1)
    """
)
RAN = {
    (
        frozenset({1, 3, 8, 9, 15, 18, 21, 25, 26, 27}),
        frozenset({(1, 3), (3, 8), (8, 21), (21, 25), (25, 26), (26, 27), (27, -1)}),
    ): {""},
    (frozenset({22, 23}), frozenset({(-21, 22), (22, 23), (23, -21)})): {"test_a"},
    (frozenset({4, 5}), frozenset({(-3, 4), (4, 5), (5, -3)})): {"test_b", "test_a"},
    (
        frozenset({10, 11, 13}),
        frozenset({(-9, 10), (10, 11), (11, 10), (10, 13), (13, -9)}),
    ): {"test_a"},
}


def measure(
    path: str,
    text: str,
    hits: Mapping[tuple[frozenset[Line], frozenset[Arc]], set[str]],
    *,
    has_branches: bool = True,
    counts: Mapping[Line, int] | None = None,
) -> MeasuredFile:
    """A file of which this ran."""
    model = parse(text, path=path)
    known: Hits = {ran: frozenset(labels) for ran, labels in hits.items()}
    facts = FileFacts(path, model.digest, text, (CodeFacts("<module>", 1, PYTHON, frozenset(), known),), counts or {})
    contexts = {n: frozenset(labels) for n, labels in sorted(facts.contexts_by_line().items())}
    return MeasuredFile(path, analyze(path, model, [facts], has_branches=has_branches), contexts, (facts,))


@pytest.fixture
def report() -> Callable[..., Report]:
    """Makes a report of three files: one of which most ran, one that never did, one without a statement."""

    def make(*, has_branches: bool = True, **settings: object) -> Report:
        config = with_options(Config(), settings)
        ran: dict[str, tuple[str, Mapping[tuple[frozenset[Line], frozenset[Arc]], set[str]]]] = {
            "pkg/__init__.py": ("", {}),
            "pkg/never10.py": ("x = 1\nif x:\n    y = 3\n", {}),
            "pkg/never9.py": ("x = 1\n", {}),
            "pkg/shop.py": (SAMPLE, RAN),
            "pkg/whole.py": ("x = 1\ny = 2\n", {(frozenset({1, 2}), frozenset({(1, 2)})): {""}}),
        }
        files = tuple(measure(path, text, hits, has_branches=has_branches) for path, (text, hits) in ran.items())
        return Report(files, has_branches, config, Path("/project"))

    return make


@pytest.fixture
def counted() -> MeasuredFile:
    """A file of three statements: the first ran seven times, the second never, and of the third that isn't known."""
    ran = {(frozenset({1, 3}), frozenset()): {""}}
    return measure("counted.py", "a = 1\nb = 2\nc = 3\n", ran, counts={1: 7})


@pytest.fixture
def measured() -> Callable[..., MeasuredFile]:
    """Makes a file of which nothing ran."""

    def make(text: str, *, path: str = "main.py") -> MeasuredFile:
        return measure(path, text, {})

    return make


@pytest.fixture
def report_of() -> Callable[..., Report]:
    """Makes a report of files."""

    def make(*files: MeasuredFile, **settings: object) -> Report:
        return Report(files, True, with_options(Config(), settings), Path("/project"))

    return make


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a whole report with the file in tests/golden."""

    def compare(name: str, text: str) -> None:
        file = request.config.rootpath / "tests" / "golden" / name
        if request.config.getoption("--write-golden"):
            file.write_text(text, "utf-8")
        assert text == file.read_text("utf-8")

    return compare
