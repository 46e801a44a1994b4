"""Pieces of a source model: what is inside some lines, what is outside, where it is after lines moved.

A piece is a model without text: its digest is empty and it has no lines.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from minicov_lsp.model import Arc, Branch, Condition, Decision, Definition, Line, Region, SourceModel, Span

Move = Callable[[int], int]
"""Where a line is now; the negative of a line, an exit, becomes the negative of where it is now."""

_LINE_TOLD = re.compile(r"\bline (\d+)\b")


def inside(model: SourceModel, first: Line, last: Line) -> SourceModel:
    """What belongs to the lines from first to last; arcs are inside if both ends are."""
    return _chosen(model, lambda line: first <= abs(line) <= last, all)


def outside(model: SourceModel, first: Line, last: Line) -> SourceModel:
    """The rest, arcs that lead in or out among it."""
    return _chosen(model, lambda line: not first <= abs(line) <= last, any)


def _chosen(
    model: SourceModel, is_chosen: Callable[[int], bool], of_arc: Callable[[tuple[bool, bool]], bool]
) -> SourceModel:
    def has(arc: Arc) -> bool:
        return of_arc((is_chosen(arc[0]), is_chosen(arc[1])))

    return SourceModel(
        digest="",
        lines=(),
        statements=frozenset(filter(is_chosen, model.statements)),
        excluded=frozenset(filter(is_chosen, model.excluded)),
        first_lines={line: start for line, start in model.first_lines.items() if is_chosen(line)},
        last_lines={line: end for line, end in model.last_lines.items() if is_chosen(line)},
        arcs=frozenset(filter(has, model.arcs)),
        branches=tuple([each for each in model.branches if is_chosen(each.line)]),
        definitions=tuple([each for each in model.definitions if is_chosen(each.line)]),
        regions=tuple([each for each in model.regions if is_chosen(each.span.line)]),
        decisions=tuple([each for each in model.decisions if is_chosen(each.span.line)]),
        with_jumps={arc: shown for arc, shown in model.with_jumps.items() if has(arc)},
    )


def moved(piece: SourceModel, move: Move) -> SourceModel:
    """The piece after its lines moved; parts that stay where they are stay the same objects."""
    return SourceModel(
        digest="",
        lines=(),
        statements=frozenset(map(move, piece.statements)),
        excluded=frozenset(map(move, piece.excluded)),
        first_lines=_moved_map(piece.first_lines, move),
        last_lines=_moved_map(piece.last_lines, move),
        arcs=frozenset([(move(start), move(end)) for start, end in piece.arcs]),
        branches=tuple([_moved_branch(each, move) for each in piece.branches]),
        definitions=tuple([_moved_definition(each, move) for each in piece.definitions]),
        regions=tuple([_moved_region(each, move) for each in piece.regions]),
        decisions=tuple([_moved_decision(each, move) for each in piece.decisions]),
        with_jumps={
            _moved_arc(arc, move): shown and _moved_arc(shown, move) for arc, shown in piece.with_jumps.items()
        },
    )


def joined(rest: SourceModel, piece: SourceModel, first: Line) -> SourceModel:
    """Both together; all of the piece comes before what of the rest is on the line `first` or after it."""
    branch = bisect_left(rest.branches, first, key=lambda each: each.line)
    definition = bisect_left(rest.definitions, first, key=lambda each: each.first_line)
    region = bisect_left(rest.regions, first, key=lambda each: each.span.line)
    decision = bisect_left(rest.decisions, first, key=lambda each: each.span.line)
    return SourceModel(
        digest="",
        lines=(),
        statements=rest.statements | piece.statements,
        excluded=rest.excluded | piece.excluded,
        first_lines=MappingProxyType({**rest.first_lines, **piece.first_lines}),
        last_lines=MappingProxyType({**rest.last_lines, **piece.last_lines}),
        arcs=rest.arcs | piece.arcs,
        branches=rest.branches[:branch] + piece.branches + rest.branches[branch:],
        definitions=rest.definitions[:definition] + piece.definitions + rest.definitions[definition:],
        regions=rest.regions[:region] + piece.regions + rest.regions[region:],
        decisions=rest.decisions[:decision] + piece.decisions + rest.decisions[decision:],
        with_jumps=MappingProxyType({**rest.with_jumps, **piece.with_jumps}),
    )


def _moved_map(lines: Mapping[Line, Line], move: Move) -> dict[Line, Line]:
    return {move(line): move(other) for line, other in lines.items()}


def _moved_arc(arc: Arc, move: Move) -> Arc:
    return move(arc[0]), move(arc[1])


def _moved_span(span: Span, move: Move) -> Span:
    return Span(move(span.line), span.column, move(span.end_line), span.end_column)


def _moved_branch(branch: Branch, move: Move) -> Branch:
    if _stays(branch.span, move) and all(move(end) == end for end in branch.destinations):
        return branch

    def told(texts: Mapping[int, str]) -> dict[int, str]:
        return {
            move(end): _LINE_TOLD.sub(lambda match: f"line {move(int(match[1]))}", each) for end, each in texts.items()
        }

    return replace(
        branch,
        line=move(branch.line),
        destinations=tuple(sorted(map(move, branch.destinations))),
        span=_moved_span(branch.span, move),
        missing_text=told(branch.missing_text),
        destination_text=told(branch.destination_text),
    )


def _moved_definition(definition: Definition, move: Move) -> Definition:
    if move(definition.first_line) == definition.first_line and move(definition.end_line) == definition.end_line:
        return definition
    return replace(
        definition,
        line=move(definition.line),
        first_line=move(definition.first_line),
        body_line=move(definition.body_line),
        end_line=move(definition.end_line),
        own_lines=tuple([(move(start), move(last)) for start, last in definition.own_lines]),
    )


def _moved_region(region: Region, move: Move) -> Region:
    return region if _stays(region.span, move) else Region(region.kind, _moved_span(region.span, move))


def _moved_decision(decision: Decision, move: Move) -> Decision:
    if _stays(decision.span, move):
        return decision
    conditions = tuple([Condition(_moved_span(each.span, move)) for each in decision.conditions])
    return Decision(decision.kind, _moved_span(decision.span, move), conditions)


def _stays(span: Span, move: Move) -> bool:
    return move(span.line) == span.line and move(span.end_line) == span.end_line
