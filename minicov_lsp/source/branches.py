"""Branches: lines that can go on to several places, and the words for it (docs/parity.md, rules 22 to 25)."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from minicov_lsp.model import Arc, Branch, Line, Span
from minicov_lsp.source import arcs
from minicov_lsp.source.arc_rules import RULES
from minicov_lsp.source.arcs import ArcWalk, Choices, Following, Reason
from minicov_lsp.source.spans import Place, Placed
from minicov_lsp.source.suites import Suite
from minicov_lsp.source.with_jumps import Mending

_TESTING = (ast.If, ast.While)
_LOOPS = (ast.For, ast.AsyncFor)


def following(
    nodes: Iterable[Suite],
    first_lines: Mapping[Line, Line],
    code_lines: AbstractSet[Line],
    excluded: AbstractSet[Line],
) -> Following:
    """What follows what in a tree, whose suites are `nodes`; `code_lines` as the compiler has them."""
    walked = arcs.walk(nodes, first_lines, code_lines, RULES)
    mending = walked.with_jumps.mending()
    shown = _shown_arcs(walked, mending, first_lines)
    ways = _ways(shown, excluded)
    choices = {line: {end: shown[line, end] for end in ends} for line, ends in ways.items()}
    return frozenset(shown), mending.shown, choices


def _shown_arcs(walk: ArcWalk, mending: Mending, first_lines: Mapping[Line, Line]) -> dict[Arc, tuple[Reason, ...]]:
    """{possible arc between first lines: why it can be missing}, as people see them; none from a line to itself."""
    shown: dict[Arc, tuple[Reason, ...]] = {}
    for arc, reasons in walk.arcs.items():
        mended = mending.shown.get(arc, arc)
        if mended is None:
            continue
        told = reasons
        if mended != arc:
            # Why it left the body is told by the jump, where it came out by the last arc.
            _, destination = walk.arcs[mending.landings[arc[1]]][0]
            told = tuple([(why, destination) for why, _ in reasons])
        start, end = first_lines.get(mended[0], mended[0]), mended[1]
        end = first_lines.get(end, end) if end > 0 else -first_lines.get(-end, -end)
        if start != end:
            known = shown.get((start, end))
            shown[start, end] = told if known is None else known + told
    return shown


def _ways(shown: Iterable[Arc], excluded: AbstractSet[Line]) -> dict[Line, list[int]]:
    """{line: where it can go on to, ascending} of lines that have a choice, ascending."""
    found: dict[Line, list[int]] = {}
    for start, end in sorted(shown):
        if start not in excluded and end not in excluded:
            found.setdefault(start, []).append(end)
    return {line: ends for line, ends in found.items() if len(ends) > 1}


def branches(choices: Choices, partial: AbstractSet[Line], spans: Mapping[Line, Span]) -> tuple[Branch, ...]:
    """The branches, by line; those on lines that are `partial` may miss some of their ways."""
    return tuple(
        [
            Branch(
                line,
                tuple(ends),
                spans[line],
                line in partial,
                {end: _missing_text(line, end, reasons) for end, reasons in ends.items()},
                {end: _destination_text(end, reasons) for end, reasons in ends.items()},
            )
            for line, ends in choices.items()
        ]
    )


def _missing_text(line: Line, end: int, reasons: Sequence[Reason]) -> str:
    if len(reasons) == 1 and (why := reasons[0][0]):  # nearly all
        return why.format(line)
    known = dict.fromkeys([why.format(line) for why, _ in reasons if why])
    return " or ".join(known) or f"line {line} never went on to {_destination_text(end, reasons)}"


def _destination_text(end: int, reasons: Iterable[Reason]) -> str:
    for _, destination in reasons:
        if destination:
            return destination
    return f"line {end}" if end > 0 else "exit the function"


def choosing(nodes: Iterable[Suite], first_lines: Mapping[Line, Line], wanted: Collection[Line]) -> dict[Line, Place]:
    """{wanted first line: what chooses where it goes on}: its first test, loop head or pattern, else a statement."""
    deciding: dict[Line, Place] = {}
    other: dict[Line, Place] = {}
    for node in nodes:
        for is_deciding, first, last in _candidates(node):
            line = first_lines.get(first.lineno, first.lineno)
            found = deciding if is_deciding else other
            if line in wanted and line not in found:
                found[line] = (first.lineno, first.col_offset, *_end(last))
    return other | deciding


def _end(node: Placed) -> tuple[Line, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


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
