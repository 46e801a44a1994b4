"""An analysis of part of a file: a function, a class, what is outside of them (docs/parity.md, rule 44)."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal

from minicov_lsp.metrics.analysis import partial_lines
from minicov_lsp.model import Analysis, Arc, Definition, Line


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file with a name of its own."""

    name: str
    """Qualified; with `@line` where another of the same kind has the name already; "" for what is outside of all."""
    start_line: Line
    """The `def` or `class` line; of what is outside the first line."""
    definition: Definition | None
    """None for what is outside."""
    analysis: Analysis
    """Of its lines alone."""


def parts(analysis: Analysis, kind: Literal["function", "class"]) -> Iterator[Part]:
    """The functions or classes of a file by line, and last what is outside of them; together they are the file."""
    missed = _missed_by_line(analysis)
    found = [
        (definition, narrow(analysis, own_lines(definition), missed))
        for definition in sorted(analysis.source.definitions, key=lambda definition: definition.line)
        if definition.kind == kind
    ]
    # Of several with one name the first that has statements keeps it.
    with_statements = {definition.name for definition, part in found if part.source.statements}
    taken: set[str] = set()
    outside = set(range(1, len(analysis.source.lines) + 1))
    for definition, part in found:
        name = definition.name
        if name in taken or (name in with_statements and not part.source.statements):
            name += f"@{definition.line}"
        taken.add(name)
        outside -= own_lines(definition)
        yield Part(name, definition.line, definition, part)
    yield Part("", min(outside, default=1), None, narrow(analysis, outside, missed))


def own_lines(definition: Definition) -> set[Line]:
    """The lines that count as a definition's own."""
    return {line for first, last in definition.own_lines for line in range(first, last + 1)}


def _missed_by_line(analysis: Analysis) -> dict[Line, list[Arc]]:
    """{branch line: ways never taken, those to excluded lines among them}."""
    taken = analysis.executed_branches
    lines = {branch.line: branch for branch in analysis.source.branches}
    found: dict[Line, list[Arc]] = {}
    for arc in analysis.source.arcs - taken:
        branch = lines.get(arc[0])
        if branch is not None and not branch.partial_ok:
            found.setdefault(arc[0], []).append(arc)
    return found


def narrow(analysis: Analysis, lines: AbstractSet[Line], missed: dict[Line, list[Arc]] | None = None) -> Analysis:
    """The same analysis for some lines only.

    As in coverage.py a way to an excluded line counts as missing when that line is not among `lines`: what is excluded
    elsewhere isn't known here.
    """
    source = analysis.source
    excluded = source.excluded & lines
    if missed is None:
        missed = _missed_by_line(analysis)
    missing = analysis.missing & lines
    missing_branches = (
        frozenset(arc for line in missed.keys() & lines for arc in missed[line] if arc[1] not in excluded)
        if analysis.has_branches
        else frozenset()
    )
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
