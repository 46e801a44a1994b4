"""Where each truth of a condition leads, so that what follows from another gap isn't told again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from minicov_lsp.errors import SourceError
from minicov_lsp.model import DecisionKind, SourceModel, Span
from minicov_lsp.source import syntax
from minicov_lsp.source.spans import span_at
from minicov_lsp.source.text import of_lines
from minicov_tracer.decisions import Arms, Decision, Join, Known, Leaf, Node, Not, Untested

Next: TypeAlias = Span | Literal["untested", "done"]
"""The operand that is evaluated next: its place where it is tested; "done" where the decision is made."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Of one condition."""

    if_true: Next
    if_false: Next
    is_inverted: bool
    """Whether it is below an odd number of `not`: its being false makes the decision true."""


DecisionWays: TypeAlias = Mapping[Span, Ways]
"""{place of a condition: its ways}."""


def ways(source: SourceModel) -> Mapping[tuple[DecisionKind, Span], DecisionWays]:
    """{(kind, place) of a decision: its ways} of a text; none where this Python can't parse it."""
    try:
        decisions = syntax.read(of_lines(source.lines), "<text>").decisions
    except SourceError:
        return {}
    return {(decision.kind, span_at(decision.span, source.lines)): _ways_of(decision, source) for decision in decisions}


def _ways_of(decision: Decision, source: SourceModel) -> DecisionWays:
    def place(node: Node | None) -> Next:
        match node:
            case Leaf(span):
                return span_at(span, source.lines)
            case Untested():
                return "untested"
        return "done"

    return {
        span_at(leaf.span, source.lines): Ways(place(if_true), place(if_false), is_inverted)
        for leaf, if_true, if_false, is_inverted in _walk(decision.root, None, None, False)
    }


def _walk(
    node: Node, if_true: Node | None, if_false: Node | None, is_inverted: bool
) -> Iterator[tuple[Leaf, Node | None, Node | None, bool]]:
    """(condition, what comes next if it is true, if it is false, is inverted); `if_true`: what follows the node."""
    match node:
        case Leaf():
            yield node, if_true, if_false, is_inverted
        case Not(operand):
            yield from _walk(operand, if_false, if_true, not is_inverted)
        case Join(is_and, operands):
            for operand, after in zip(operands, [*map(_first, operands[1:]), None], strict=True):
                goes_on = after if after is not None else (if_true if is_and else if_false)
                ends = (goes_on, if_false) if is_and else (if_true, goes_on)
                yield from _walk(operand, *ends, is_inverted)
        case Arms(_, body, orelse):
            # The test is a decision of its own.
            yield from _walk(body, if_true, if_false, is_inverted)
            yield from _walk(orelse, if_true, if_false, is_inverted)


def _first(node: Node) -> Node | None:
    """What is evaluated first of a subtree."""
    while True:
        match node:
            case Not(operand):
                node = operand
            case Join(_, (first, *_)):
                node = first
            case Arms(test, _, _):
                node = test
            case Known():
                return None
            case _:
                return node
