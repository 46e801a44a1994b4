"""One file's possible against what ran, in coverage.py's sense (docs/parity.md, rules 20 to 29)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from minicov_lsp.metrics.contexts import only_contexts
from minicov_lsp.model import Analysis, Arc, FileFacts, Line, SourceModel


def analyze(
    path: str,
    source: SourceModel,
    facts: Iterable[FileFacts],
    *,
    has_branches: bool = True,
    by_context: bool = True,
) -> Analysis:
    """What ran and what didn't of one file.

    `facts` are raw, in the lines of `source`'s text: the caller has chosen those of this text, or moved their lines.
    With `has_branches` false no arcs were measured, and the analysis has no branches, not even possible ones. With
    `by_context` false it doesn't say which contexts ran what.
    """
    known = tuple(facts)
    arcs = frozenset(arc for one in known for arc in one.arcs())
    ran = {line for one in known for line in one.lines()} | {line for arc in arcs for line in arc if line > 0}
    executed = source.statements & {source.first_lines.get(line, line) for line in ran}
    missing = source.statements - executed
    executed_branches: frozenset[Arc] = frozenset()
    missing_branches: frozenset[Arc] = frozenset()
    if has_branches:
        lines = {branch.line for branch in source.branches}
        taken = executed_arcs(source, arcs)
        # Arcs to excluded lines can be taken, though they are neither possible branches nor missed ones.
        executed_branches = frozenset([arc for arc in taken & source.arcs if arc[0] in lines])
        missing_branches = missed_branches(source, taken)
    return Analysis(
        path=path,
        source=source,
        executed=executed,
        missing=missing,
        executed_branches=executed_branches,
        missing_branches=missing_branches,
        partial=partial_lines(missing_branches, missing),
        contexts=contexts_by_statement(source, known, executed) if by_context else {},
        has_branches=has_branches,
    )


def executed_arcs(source: SourceModel, raw: frozenset[Arc]) -> frozenset[Arc]:
    """The arcs that were taken, between first lines, with the jumps out of `with` mended.

    An arc from a line to itself is what sys.monitoring makes of a statement that only ever goes on: where that is
    possible to one place only, it went there.
    """
    once = _in_first_lines(source, _mended(source, raw))
    staying = {start for start, end in once if start == end}
    if staying:
        once = once.difference([(line, line) for line in staying])
        ways: dict[Line, list[int]] = {}
        for start, end in source.arcs:
            if start in staying:
                ways.setdefault(start, []).append(end)
        once = once.union([(start, ends[0]) for start, ends in ways.items() if len(ends) == 1])
    # What is mended can be an arc that needs mending: coverage.py too does it twice.
    return _mended(source, once)


def _mended(source: SourceModel, arcs: frozenset[Arc]) -> frozenset[Arc]:
    """The arcs with jumps out of `with` as they are shown, which are few."""
    jumps = source.with_jumps
    ran = [arc for arc in jumps if arc in arcs]
    if not ran:
        return arcs
    shown = frozenset([mended for arc in ran if (mended := jumps[arc]) is not None])
    return arcs.difference(ran) | _in_first_lines(source, shown)


def _in_first_lines(source: SourceModel, arcs: frozenset[Arc]) -> frozenset[Arc]:
    """The arcs between the first lines of statements; most are already."""
    firsts = source.first_lines
    others = [arc for arc in arcs if arc[0] in firsts or arc[1] in firsts or arc[0] < 0 or arc[1] < 0]
    if not others:
        return arcs
    return arcs.difference(others).union([(source.first_line(start), source.first_line(end)) for start, end in others])


def missed_branches(source: SourceModel, taken: AbstractSet[Arc]) -> frozenset[Arc]:
    """The possible branches that were never taken; lines marked `no branch` miss none."""
    ways = [(branch.line, end) for branch in source.branches if not branch.partial_ok for end in branch.destinations]
    return frozenset(ways).difference(taken) if taken else frozenset(ways)


def partial_lines(missing_branches: Iterable[Arc], missing: AbstractSet[Line]) -> dict[Line, tuple[int, ...]]:
    """{line that is not missing: where it never went, ascending}, by line."""
    partial: dict[Line, list[int]] = {}
    for line, end in sorted([arc for arc in missing_branches if arc[0] not in missing]):
        partial.setdefault(line, []).append(end)
    return {line: tuple(ends) for line, ends in partial.items()}


def contexts_by_statement(
    source: SourceModel, facts: Iterable[FileFacts], executed: AbstractSet[Line]
) -> Mapping[Line, frozenset[str]]:
    """{executed statement's first line: labels of the contexts that ran any of its lines}."""
    known = tuple(facts)
    alike = only_contexts(known)
    if alike is not None:
        ran = {source.first_line(line) for one in known for line in one.lines()}
        return dict.fromkeys(executed & ran, alike)
    found: dict[Line, set[str]] = {}
    for one in known:
        for line, labels in one.contexts_by_line().items():
            first = source.first_line(line)
            if first in executed:
                found.setdefault(first, set()).update(labels)
    return {line: frozenset(labels) for line, labels in found.items()}
