"""The decisions of a text and their conditions, in characters (docs/conditions.md, 1 to 7).

What is a decision is said by `minicov_tracer.decisions`, once for both sides; where the walks are in C, one of them
repeats it. Left out here is what could never be covered on some Python: decisions in annotations and in code that the
compiler drops.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from operator import itemgetter
from typing import Any, TypeAlias

from minicov_lsp.model import Condition, Decision, Line, Span
from minicov_lsp.source.spans import span_at
from minicov_lsp.source.suites import suites
from minicov_tracer.decisions import find
from minicov_tracer.points import span_of

_Place: TypeAlias = tuple[int, int, int, int]
_BY_PLACE = itemgetter(1, 0, 2)


def decisions(found: Iterable[Decision], lines: Sequence[str], code_lines: AbstractSet[Line]) -> tuple[Decision, ...]:
    """What of a text's decisions the compiler kept, by place; `code_lines` are the lines that it kept."""
    kept = [each for each in found if _is_kept(each.span, code_lines)]
    if not all(map(str.isascii, lines)):
        kept = [
            Decision(
                each.kind, span_at(each.span, lines), tuple([Condition(span_at(*of, lines)) for of in each.conditions])
            )
            for each in kept
        ]
    return tuple(sorted(kept, key=_BY_PLACE))


def _is_kept(span: Span, code_lines: AbstractSet[Line]) -> bool:
    return span.line in code_lines or not code_lines.isdisjoint(range(span.line, span.end_line + 1))


def _in_characters(found: Decision, lines: Sequence[str]) -> Decision:
    conditions = [Condition(span_at(each.span, lines)) for each in found.conditions]
    return Decision(found.kind, span_at(found.span, lines), tuple(conditions))


def in_bytes(tree: ast.Module) -> list[Decision]:
    """All decisions of a tree but those in annotations, in no order and in bytes."""
    annotations = sorted(_annotations(suites(tree)))
    return [
        Decision(found.kind, Span(*found.span), tuple([Condition(Span(*leaf.span)) for leaf in found.conditions]))
        for found in find(tree)
        if not _is_in(found.span, annotations)
    ]


def _is_in(place: _Place, others: Sequence[_Place]) -> bool:
    """Whether a place is inside one of others, which are in order and not inside each other."""
    index = bisect_left(others, (place[0], place[1] + 1)) - 1
    return index >= 0 and others[index][:2] <= place[:2] and place[2:] <= others[index][2:]


def _annotations(nodes: Iterable[Any]) -> Iterator[_Place]:
    """The places of all annotations."""
    for node in nodes:
        kind = type(node)
        if kind is ast.AnnAssign:
            yield span_of(node.annotation)
        elif kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
            taken = node.args
            arguments = [*taken.posonlyargs, *taken.args, taken.vararg, *taken.kwonlyargs, taken.kwarg]
            annotations = [node.returns, *(argument.annotation for argument in arguments if argument is not None)]
            yield from (span_of(annotation) for annotation in annotations if annotation is not None)
