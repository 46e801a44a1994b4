"""What is missing of lines that ran: ways never taken, pieces never reached, conditions never shown to matter.

One fact is told once. Of pieces inside each other the outermost is told; the body of an `if` whose branch is told is
not; a condition that was never true because the operand after it never ran is told by that operand.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Literal

from minicov_lsp.documents.line_map import LineMap
from minicov_lsp.documents.moving import Moving
from minicov_lsp.documents.versions import lines_told, move_text
from minicov_lsp.documents.ways import DecisionWays, Next, ways
from minicov_lsp.metrics.truth_tables import text_of
from minicov_lsp.model import (
    Analysis,
    Branch,
    ConditionFacts,
    DecisionFacts,
    DecisionKind,
    Line,
    Region,
    RegionKind,
    SourceModel,
    Span,
)

_BODIES: frozenset[RegionKind] = frozenset({"if", "else", "loop", "loop-else", "case", "function"})
"""Pieces that a branch of their statement leads to; coverage.py has one for a function on the line of its `def`."""
_CHOSEN: Mapping[DecisionKind, RegionKind] = {
    "if": "if",
    "while": "loop",
    "ifexp": "arm",
    "comprehension": "element",
    "guard": "case",
}
"""The pieces that a decision chooses."""
_NEVER: Mapping[RegionKind, str] = {
    "function": "this function was never called",
    "lambda": "this lambda was never called",
    "arm": "this arm was never taken",
    "operand": "this operand was never evaluated",
    "element": "this element was never made",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a way leads that was never taken."""

    line: Line
    """Of an exit the line that defines what is left."""
    message: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A piece of a line that ran which no run has decided or reached."""

    kind: Literal["branch", "condition", "region"]
    span: Span
    message: str
    targets: tuple[Target, ...] = ()
    """Of a branch: where it never went."""
    region: Region | None = None
    """What never ran, in the text that ran."""


def gaps_of(
    analysis: Analysis,
    decisions: Iterable[DecisionFacts],
    unreached: Iterable[Region],
    ways_of: Callable[[SourceModel], Mapping[tuple[DecisionKind, Span], DecisionWays]] = ways,
) -> tuple[Gap, ...]:
    """All gaps of the text that ran, by place; `unreached` are regions that certainly never ran."""
    source = analysis.source
    found = [*_branch_gaps(analysis), *_region_gaps(analysis, unreached)]
    lacking = [facts for facts in decisions if not facts.covered and _has_run(analysis, facts.decision.span)]
    if lacking:
        ways_by_decision = ways_of(source)
        by_statement: dict[Line, list[Gap]] = {}
        for gap in found:
            by_statement.setdefault(source.first_line(gap.span.line), []).append(gap)
        told_by_statement: dict[Line, _Told] = {}
        for facts in lacking:
            decision = facts.decision
            line = source.first_line(decision.span.line)
            told = told_by_statement.get(line)
            if told is None:
                told = told_by_statement[line] = _Told(by_statement.get(line, ()))
            own = ways_by_decision.get((decision.kind, decision.span), {})
            found += _condition_gaps(source, facts, own, told)
    return tuple(sorted(found, key=lambda gap: (_outermost_first(gap.span), gap.kind)))


def partial_statements(analysis: Analysis, gaps: Iterable[Gap]) -> frozenset[Line]:
    """First lines of the statements that ran but miss something."""
    return frozenset(analysis.source.first_line(gap.span.line) for gap in gaps) | analysis.partial.keys()


def moving_gaps(gaps: Iterable[Gap]) -> Moving[Gap]:
    """The gaps, to be moved to other texts."""
    return Moving(gaps, _lines_of, _moved)


def _lines_of(gap: Gap) -> Iterator[Line]:
    yield from (gap.span.line, gap.span.end_line, *lines_told(gap.message))
    for target in gap.targets:
        yield from (target.line, *lines_told(target.message))


def _moved(gap: Gap, line_map: LineMap) -> Gap:
    line, end_line = map(line_map.nearest_new, (gap.span.line, gap.span.end_line))
    targets = [Target(line_map.nearest_new(each.line), move_text(each.message, line_map)) for each in gap.targets]
    span = Span(line, gap.span.column, end_line, gap.span.end_column)
    return Gap(gap.kind, span, move_text(gap.message, line_map), tuple(targets), gap.region)


def _has_run(analysis: Analysis, span: Span) -> bool:
    return analysis.source.first_line(span.line) in analysis.executed


def _branch_gaps(analysis: Analysis) -> Iterator[Gap]:
    """One for each reason why a branch was not taken."""
    for branch in analysis.source.branches:
        missing = analysis.partial.get(branch.line, ())
        for text in dict.fromkeys(branch.missing_text[end] for end in missing):
            ends = [end for end in missing if branch.missing_text[end] == text]
            yield Gap("branch", branch.span, text, tuple(_target(branch, end) for end in ends))


def _target(branch: Branch, end: int) -> Target:
    if end > 0:
        return Target(end, f"line {branch.line} never went on to here")
    return Target(-end, f"line {branch.line} did not {branch.destination_text[end]}")


def _region_gaps(analysis: Analysis, unreached: Iterable[Region]) -> Iterator[Gap]:
    """The outermost pieces that never ran, of statements that did."""
    around: Span | None = None
    for region in sorted(unreached, key=lambda region: _outermost_first(region.span)):
        if around is not None and contains(around, region.span):
            continue
        around = region.span
        is_told = region.kind in _BODIES and analysis.source.first_line(region.span.line) in analysis.partial
        # An assert that never failed is no gap.
        if region.kind != "message" and not is_told and _has_run(analysis, region.span):
            yield Gap("region", around, _NEVER.get(region.kind, "this never ran"), region=region)


def _outermost_first(span: Span) -> tuple[int, int, int, int]:
    return span.line, span.column, -span.end_line, -span.end_column


def contains(outer: Span, inner: Span) -> bool:
    """Whether a span is another or lies in it."""
    return (outer.line, outer.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )


class _Told:
    """What is told of one statement; one on a long line may have thousands of decisions and as many regions."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        self.branches = [gap.span for gap in gaps if gap.kind == "branch"]
        self._regions = [gap.region for gap in gaps if gap.region is not None]  # by place, and apart
        self._ends = [region.span[2:] for region in self._regions]
        self.kinds = {region.kind for region in self._regions}

    def regions(self, span: Span) -> Iterator[Region]:
        """Those that have anything in common with a span."""
        after = islice(self._regions, bisect_right(self._ends, span[:2]), None)
        return takewhile(lambda region: not _is_before(span, region.span), after)


def _condition_gaps(source: SourceModel, facts: DecisionFacts, ways: DecisionWays, told: _Told) -> Iterator[Gap]:
    """The conditions that were evaluated and not shown to matter, unless another gap tells why; `told` are near."""
    decision = facts.decision
    evaluated = {
        condition.span
        for condition, one in zip(decision.conditions, facts.conditions, strict=True)
        if one.true or one.false
    }
    for condition, one in zip(decision.conditions, facts.conditions, strict=True):
        if condition.span not in evaluated:
            continue  # that its operand never ran is told
        lacking = [truth for truth in (True, False) if not (one.demonstrated_true if truth else one.demonstrated_false)]
        own = ways.get(condition.span)
        if decision.kind == "assert" and own is not None:
            # That it never failed is no gap.
            lacking = [truth for truth in lacking if truth is not own.is_inverted]
        lacking = [
            truth
            for truth in lacking
            if (one.true if truth else one.false)
            or own is None
            or not _is_told(own.if_true if truth else own.if_false, facts, condition.span, evaluated, told)
        ]
        if lacking:
            yield Gap("condition", condition.span, _reason(source, condition.span, one, lacking))


def _is_told(after: Next, facts: DecisionFacts, condition: Span, evaluated: AbstractSet[Span], told: _Told) -> bool:
    """Whether it is told that a condition never had the truth after which `after` comes."""
    decision = facts.decision
    if after == "done":
        return len(facts.conditions) == 1 and (
            any(_share(span, decision.span) for span in told.branches) or _CHOSEN.get(decision.kind) in told.kinds
        )
    if after == "untested":
        rest = Span(condition.end_line, condition.end_column, decision.span.end_line, decision.span.end_column)
        return any(region.kind in {"operand", "arm"} and contains(rest, region.span) for region in told.regions(rest))
    return after not in evaluated and any(told.regions(after))


def _is_before(first: Span, second: Span) -> bool:
    return (first.end_line, first.end_column) <= (second.line, second.column)


def _share(one: Span, other: Span) -> bool:
    """Whether two spans have anything in common."""
    return not _is_before(one, other) and not _is_before(other, one)


def _reason(source: SourceModel, span: Span, facts: ConditionFacts, lacking: Sequence[bool]) -> str:
    name = f"the condition {_short(text_of(span, source))}"
    unseen = [truth for truth in lacking if not (facts.true if truth else facts.false)]
    if unseen:
        return f"{name} was never {'true' if unseen[0] else 'false'}"
    when = " nor ".join("true" if truth else "false" for truth in lacking)
    return f"{name} never decided the outcome when it was {when}"


LONGEST_TEXT = 40
"""Characters of source that a message quotes."""


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
