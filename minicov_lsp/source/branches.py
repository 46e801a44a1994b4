"""Branches: lines that can go on to several places, and the words for it (docs/parity.md, rules 22 to 25)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from minicov_lsp.model import Arc, Branch, Line, Span
from minicov_lsp.source.arcs import ArcWalk, Reason
from minicov_lsp.source.spans import Placed, span_of
from minicov_lsp.source.syntax import suites
from minicov_lsp.source.with_jumps import Mending


def shown_arcs(walk: ArcWalk, mending: Mending, first_lines: Mapping[Line, Line]) -> dict[Arc, list[Reason]]:
    """{possible arc between first lines: why it can be missing}, as people see them; none from a line to itself."""
    shown: dict[Arc, list[Reason]] = {}
    for arc, reasons in walk.arcs.items():
        mended = mending.shown.get(arc, arc)
        if mended is None:
            continue
        told = reasons
        if mended != arc:
            # Why it left the body is told by the jump, where it came out by the last arc.
            destination = walk.arcs[mending.landings[arc[1]]][0].destination
            told = [Reason(reason.missing, destination) for reason in reasons]
        start, end = first_lines.get(mended[0], mended[0]), mended[1]
        end = first_lines.get(end, end) if end > 0 else -first_lines.get(-end, -end)
        if start != end:
            shown.setdefault((start, end), []).extend(told)
    return shown


def branches(
    arcs: Mapping[Arc, Sequence[Reason]],
    excluded: AbstractSet[Line],
    partial: AbstractSet[Line],
    spans: Mapping[Line, Span],
) -> tuple[Branch, ...]:
    """The branches among the arcs, by line; what is excluded counts neither as a line nor as a destination."""
    destinations: dict[Line, list[int]] = {}
    for start, end in sorted(arcs):
        if start not in excluded and end not in excluded:
            destinations.setdefault(start, []).append(end)
    return tuple(
        Branch(
            line=line,
            destinations=tuple(ends),
            span=spans[line],
            partial_ok=line in partial,
            missing_text={end: _missing_text(line, end, arcs[line, end]) for end in ends},
            destination_text={end: _destination_text(end, arcs[line, end]) for end in ends},
        )
        for line, ends in destinations.items()
        if len(ends) > 1
    )


def _missing_text(line: Line, end: int, reasons: Iterable[Reason]) -> str:
    known = dict.fromkeys(reason.missing for reason in reasons if reason.missing)
    return " or ".join(known) or f"line {line} never went on to {_destination_text(end, reasons)}"


def _destination_text(end: int, reasons: Iterable[Reason]) -> str:
    known = [reason.destination for reason in reasons if reason.destination]
    if known:
        return known[0]
    return f"line {end}" if end > 0 else "exit the function"


def deciding_spans(tree: ast.Module, lines: Sequence[str], first_lines: Mapping[Line, Line]) -> dict[Line, Span]:
    """{first line: what decides where it goes on}: its first test, loop head or pattern, else its first statement."""
    deciding: dict[Line, Span] = {}
    other: dict[Line, Span] = {}
    for node in suites(tree):
        for is_deciding, first, last in _candidates(node):
            line = first_lines.get(first.lineno, first.lineno)
            (deciding if is_deciding else other).setdefault(line, span_of(first, last, lines))
    return other | deciding


def _candidates(node: ast.AST) -> Iterator[tuple[bool, Placed, Placed]]:
    """(whether it decides, first node, last node) of what a statement could be shown as."""
    match node:
        case ast.If(test=test) | ast.While(test=test):
            yield True, test, test
        case ast.For(iter=iterable) | ast.AsyncFor(iter=iterable):
            yield True, node, iterable
        case ast.match_case(pattern=pattern):
            yield True, pattern, pattern
        case ast.stmt() | ast.excepthandler():
            yield False, node, node
            for decorator in getattr(node, "decorator_list", ()):
                yield False, decorator, decorator
