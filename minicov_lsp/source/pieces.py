"""Pieces of a source model: what is inside some lines, what is outside, where it is after lines moved.

A piece is a model without text: its digest is empty and it has no lines.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from minicov_lsp.model import Arc, Branch, Condition, Decision, Definition, Line, Region, SourceModel, Span

_Key = TypeVar("_Key")
_Thing = TypeVar("_Thing")


class Moves(dict[int, int]):
    """Where lines are now; the negative of a line, an exit, becomes the negative of where it is now.

    A table, since the same lines are asked for again and again; those that are not in it yet are found by `move`.
    """

    def __init__(self, move: Callable[[int], int], known: Iterable[tuple[int, int]] = ()) -> None:
        super().__init__(known)
        self._move = move

    def __missing__(self, line: int) -> int:
        found = self[line] = self._move(line)
        return found


_LINE_TOLD = re.compile(r"\bline (\d+)\b")


def inside(model: SourceModel, first: Line, last: Line) -> SourceModel:
    """What belongs to the lines from first to last; arcs are inside if both ends are."""
    within = range(first, last + 1)
    ends = {*within, *(-line for line in within)}
    parts = _parts(model, first, last)
    return SourceModel(
        digest="",
        lines=(),
        statements=model.statements.intersection(within),
        excluded=model.excluded.intersection(within),
        first_lines={line: model.first_lines[line] for line in within if line in model.first_lines},
        last_lines={line: model.last_lines[line] for line in within if line in model.last_lines},
        arcs=frozenset([arc for arc in model.arcs if arc[0] in ends and arc[1] in ends]),
        branches=model.branches[parts.branches],
        definitions=model.definitions[parts.definitions],
        regions=model.regions[parts.regions],
        decisions=model.decisions[parts.decisions],
        with_jumps={arc: shown for arc, shown in model.with_jumps.items() if arc[0] in ends and arc[1] in ends},
    )


def outside(model: SourceModel, first: Line, last: Line, piece: SourceModel) -> SourceModel:
    """The rest, arcs that lead in or out among it; `piece` is what is inside."""
    parts = _parts(model, first, last)
    return SourceModel(
        digest="",
        lines=(),
        statements=model.statements - piece.statements,
        excluded=model.excluded - piece.excluded,
        first_lines=_less(model.first_lines, piece.first_lines),
        last_lines=_less(model.last_lines, piece.last_lines),
        arcs=model.arcs - piece.arcs,
        branches=_around(model.branches, parts.branches),
        definitions=_around(model.definitions, parts.definitions),
        regions=_around(model.regions, parts.regions),
        decisions=_around(model.decisions, parts.decisions),
        with_jumps=_less(model.with_jumps, piece.with_jumps),
    )


class _Parts(NamedTuple):
    """Where in a model's tuples, which are by line, the parts of some lines are."""

    branches: slice
    definitions: slice
    regions: slice
    decisions: slice


def _parts(model: SourceModel, first: Line, last: Line) -> _Parts:
    def part(things: Sequence[_Thing], line_of: Callable[[_Thing], Line]) -> slice:
        return slice(bisect_left(things, first, key=line_of), bisect_right(things, last, key=line_of))

    return _Parts(
        part(model.branches, lambda each: each.line),
        part(model.definitions, lambda each: each.line),
        part(model.regions, lambda each: each.span.line),
        part(model.decisions, lambda each: each.span.line),
    )


def _around(things: tuple[_Thing, ...], part: slice) -> tuple[_Thing, ...]:
    return things[: part.start] + things[part.stop :]


def _less(table: Mapping[_Key, _Thing], piece: Mapping[_Key, _Thing]) -> dict[_Key, _Thing]:
    rest = dict(table)
    for key in piece:
        del rest[key]
    return rest


def moved(piece: SourceModel, move: Moves, still: Line = 0) -> SourceModel:
    """The piece after its lines moved; parts that stay where they are stay the same objects.

    Lines up to `still` are known to stay: nothing is asked of them.
    """
    return SourceModel(
        digest="",
        lines=(),
        statements=frozenset([line if line <= still else move[line] for line in piece.statements]),
        excluded=frozenset([line if line <= still else move[line] for line in piece.excluded]),
        first_lines=_moved_map(piece.first_lines, move, still),
        last_lines=_moved_map(piece.last_lines, move, still),
        arcs=frozenset(
            [
                arc if -still <= arc[0] <= still and -still <= arc[1] <= still else (move[arc[0]], move[arc[1]])
                for arc in piece.arcs
            ]
        ),
        branches=tuple([_moved_branch(each, move, still) for each in piece.branches]),
        definitions=tuple([_moved_definition(each, move) for each in piece.definitions]),
        regions=tuple(
            [
                each if each.span.end_line <= still else Region(each.kind, _moved_span(each.span, move))
                for each in piece.regions
            ]
        ),
        decisions=tuple(
            [each if each.span.end_line <= still else _moved_decision(each, move) for each in piece.decisions]
        ),
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


def _moved_map(lines: Mapping[Line, Line], move: Moves, still: Line) -> dict[Line, Line]:
    return {
        line if line <= still else move[line]: other if other <= still else move[other] for line, other in lines.items()
    }


def _moved_arc(arc: Arc, move: Moves) -> Arc:
    return move[arc[0]], move[arc[1]]


def _moved_span(span: Span, move: Moves) -> Span:
    line, column, end_line, end_column = span
    return Span(move[line], column, move[end_line], end_column)


def _moved_branch(branch: Branch, move: Moves, still: Line) -> Branch:
    ends = branch.destinations
    if branch.span.end_line <= still and -still <= ends[0] and ends[-1] <= still:
        return branch
    if _stays(branch.span, move) and all(move[end] == end for end in ends):
        return branch
    return Branch(
        move[branch.line],
        tuple(sorted([move[end] for end in ends])),
        _moved_span(branch.span, move),
        branch.partial_ok,
        {move[end]: _moved_text(each, move) for end, each in branch.missing_text.items()},
        {move[end]: _moved_text(each, move) for end, each in branch.destination_text.items()},
    )


def _moved_text(text: str, move: Moves) -> str:
    """A text that tells lines, which are never inside of other words."""
    if text.startswith("line ") and text[5:].isdecimal():
        return f"line {move[int(text[5:])]}"
    return _LINE_TOLD.sub(lambda match: f"line {move[int(match[1])]}", text)


def _moved_definition(definition: Definition, move: Moves) -> Definition:
    if move[definition.first_line] == definition.first_line and move[definition.end_line] == definition.end_line:
        return definition
    return Definition(
        definition.name,
        definition.kind,
        move[definition.line],
        move[definition.first_line],
        move[definition.body_line],
        move[definition.end_line],
        tuple([(move[start], move[last]) for start, last in definition.own_lines]),
        definition.complexity,
    )


def _moved_decision(decision: Decision, move: Moves) -> Decision:
    conditions = tuple([Condition(_moved_span(each.span, move)) for each in decision.conditions])
    return Decision(decision.kind, _moved_span(decision.span, move), conditions)


def _stays(span: Span, move: Moves) -> bool:
    return move[span.line] == span.line and move[span.end_line] == span.end_line
