"""What coverage.py says of a text, and how ours differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from coverage.misc import join_regex
from coverage.parser import PythonParser
from coverage.regions import code_regions

from minicov_lsp.model import SourceModel
from minicov_lsp.source.exclusion import DEFAULT_EXCLUDE, DEFAULT_PARTIAL, DEFAULT_PARTIAL_ALWAYS
from minicov_lsp.source.parser import parse


class CoverageFailsError(Exception):
    """coverage.py has no answer: an assertion of its own fails."""


Differences = Callable[..., dict[str, tuple[Any, Any]]]


def theirs(text: str) -> dict[str, Any]:
    """All that coverage.py's static analysis says of a text as it reads it from a file."""
    parser = PythonParser(text=text, exclude=join_regex(DEFAULT_EXCLUDE))
    parser.parse_source()
    try:
        arcs = parser.arcs()
    except AssertionError as error:
        raise CoverageFailsError from error
    counts = {line: count for line, count in parser.exit_counts().items() if count > 1}
    never_partial = parser.lines_matching(join_regex([*DEFAULT_PARTIAL, *DEFAULT_PARTIAL_ALWAYS]))
    return {
        "statements": parser.statements,
        "excluded": parser.excluded,
        "first lines": parser.multiline_map,
        "arcs": arcs,
        "branches": counts,
        "never partial": counts.keys() & never_partial,
        "jumps out of with": parser._with_jump_fixers,
        "own lines": sorted((found.kind, found.name, found.start, sorted(found.lines)) for found in code_regions(text)),
    }


def ours(source: SourceModel) -> dict[str, Any]:
    """The same of our analysis."""
    return {
        "statements": source.statements,
        "excluded": source.excluded,
        "first lines": source.first_lines,
        "arcs": source.arcs,
        "branches": {branch.line: len(branch.destinations) for branch in source.branches},
        "never partial": {branch.line for branch in source.branches if branch.partial_ok},
        "jumps out of with": source.with_jumps,
        "own lines": sorted(
            (found.kind, found.name, found.line, [n for a, b in found.own_lines for n in range(a, b + 1)])
            for found in source.definitions
        ),
    }


@pytest.fixture(scope="session")
def differences() -> Differences:
    """{what differs: (coverage.py's, ours)} for a text, given as coverage.py reads it where that is another.

    Nothing differs where coverage.py fails.
    """

    def compare(text: str, as_coverage_reads: str = "") -> dict[str, tuple[Any, Any]]:
        found = ours(parse(text))
        try:
            expected = theirs(as_coverage_reads or text)
        except CoverageFailsError:
            return {}
        return {name: (expected[name], found[name]) for name in expected if expected[name] != found[name]}

    return compare
