"""Branches: lines that can go on to several places, and the words for it (docs/parity.md, rules 22 to 25)."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from minicov_lsp.model import Arc, Branch, Line, Span
from minicov_lsp.source.arcs import ArcWalk, Reason
from minicov_lsp.source.spans import Placed, span_of
from minicov_lsp.source.suites import HOLDING, Suite
from minicov_lsp.source.with_jumps import Mending

_TESTING = (ast.If, ast.While)
_LOOPS = (ast.For, ast.AsyncFor)


def shown_arcs(walk: ArcWalk, mending: Mending, first_lines: Mapping[Line, Line]) -> dict[Arc, tuple[Reason, ...]]:
    """{possible arc between first lines: why it can be missing}, as people see them; none from a line to itself."""
    shown: dict[Arc, tuple[Reason, ...]] = {}
    for arc, reasons in walk.arcs.items():
        mended = mending.shown.get(arc, arc)
        if mended is None:
            continue
        told = reasons
        if mended != arc:
            # Why it left the body is told by the jump, where it came out by the last arc.
            destination = walk.arcs[mending.landings[arc[1]]][0].destination
            told = tuple([Reason(reason.why, destination) for reason in reasons])
        start, end = first_lines.get(mended[0], mended[0]), mended[1]
        end = first_lines.get(end, end) if end > 0 else -first_lines.get(-end, -end)
        if start != end:
            known = shown.get((start, end))
            shown[start, end] = told if known is None else known + told
    return shown


def ways(arcs: Iterable[Arc], excluded: AbstractSet[Line]) -> dict[Line, list[int]]:
    """{line: where it can go on to, ascending} of lines that have a choice, ascending.

    What is excluded counts neither as a line nor as a destination.
    """
    found: dict[Line, list[int]] = {}
    for start, end in sorted(arcs):
        if start not in excluded and end not in excluded:
            found.setdefault(start, []).append(end)
    return {line: ends for line, ends in found.items() if len(ends) > 1}


def branches(
    choices: Mapping[Line, Sequence[int]],
    arcs: Mapping[Arc, Sequence[Reason]],
    partial: AbstractSet[Line],
    spans: Mapping[Line, Span],
) -> tuple[Branch, ...]:
    """The branches, by line; `choices` as `ways` has them."""
    return tuple(
        [
            Branch(
                line=line,
                destinations=tuple(ends),
                span=spans[line],
                partial_ok=line in partial,
                missing_text={end: _missing_text(line, end, arcs[line, end]) for end in ends},
                destination_text={end: _destination_text(end, arcs[line, end]) for end in ends},
            )
            for line, ends in choices.items()
        ]
    )


def _missing_text(line: Line, end: int, reasons: Iterable[Reason]) -> str:
    known = dict.fromkeys(reason.why.format(line) for reason in reasons if reason.why)
    return " or ".join(known) or f"line {line} never went on to {_destination_text(end, reasons)}"


def _destination_text(end: int, reasons: Iterable[Reason]) -> str:
    known = [reason.destination for reason in reasons if reason.destination]
    if known:
        return known[0]
    return f"line {end}" if end > 0 else "exit the function"


def deciding_spans(
    nodes: Iterable[Suite], lines: Sequence[str], first_lines: Mapping[Line, Line], wanted: Collection[Line]
) -> dict[Line, Span]:
    """{wanted first line: what decides where it goes on}: its first test, loop head or pattern, else a statement."""
    deciding: dict[Line, Span] = {}
    other: dict[Line, Span] = {}
    choosing = {*wanted, *(line for line, start in first_lines.items() if start in wanted)}
    holding = frozenset(HOLDING)
    for node in nodes:
        if type(node) not in holding and node.lineno not in choosing:  # type: ignore[union-attr]  # a statement
            continue
        for is_deciding, first, last in _candidates(node):
            line = first_lines.get(first.lineno, first.lineno)
            found = deciding if is_deciding else other
            if line in wanted and line not in found:
                found[line] = span_of(first, last, lines)
    return other | deciding


def _candidates(node: Any) -> Sequence[tuple[bool, Placed, Placed]]:
    """(whether it decides, first node, last node) of what a statement could be shown as."""
    kind = type(node)
    if kind in _TESTING:
        return ((True, node.test, node.test),)
    if kind in _LOOPS:
        return ((True, node, node.iter),)
    if kind is ast.match_case:
        return ((True, node.pattern, node.pattern),)
    if kind is ast.Module:
        return ()
    decorators = getattr(node, "decorator_list", ())
    return ((False, node, node), *((False, each, each) for each in decorators))
