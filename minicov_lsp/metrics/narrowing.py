"""An analysis of some lines of a file."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

from minicov_lsp.metrics.analysis import partial_lines
from minicov_lsp.model import Analysis, Arc, Definition, Line


def own_lines(definition: Definition) -> set[Line]:
    """The lines that count as a definition's own."""
    return {line for first, last in definition.own_lines for line in range(first, last + 1)}


def missed_ways(analysis: Analysis) -> list[Arc]:
    """Ways never taken from branch lines, those to excluded lines among them, in no order."""
    taken = analysis.executed_branches
    lines = {branch.line for branch in analysis.source.branches if not branch.partial_ok}
    return [arc for arc in analysis.source.arcs if arc[0] in lines and arc not in taken]


def narrow(analysis: Analysis, lines: AbstractSet[Line]) -> Analysis:
    """The same analysis for some lines only.

    As in coverage.py a way to an excluded line counts as missing when that line is not among `lines`: what is excluded
    elsewhere isn't known here.
    """
    source = analysis.source
    excluded = source.excluded & lines
    missing = analysis.missing & lines
    missed = missed_ways(analysis) if analysis.has_branches else ()
    missing_branches = frozenset(arc for arc in missed if arc[0] in lines and arc[1] not in excluded)
    return replace(
        analysis,
        source=replace(
            source,
            statements=source.statements & lines,
            excluded=excluded,
            branches=tuple(branch for branch in source.branches if branch.line in lines),
        ),
        executed=analysis.executed & lines,
        missing=missing,
        executed_branches=frozenset(arc for arc in analysis.executed_branches if arc[0] in lines),
        missing_branches=missing_branches,
        partial=partial_lines(missing_branches, missing),
        contexts={line: labels for line, labels in analysis.contexts.items() if line in lines},
    )
