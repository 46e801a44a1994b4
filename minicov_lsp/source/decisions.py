"""The decisions of a text and their conditions, in characters (docs/conditions.md, 1 to 7).

What is a decision is said by `minicov_tracer.decisions`, once for both sides. Left out here is what could never be
covered on some Python: decisions in annotations and in code that the compiler drops.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from minicov_lsp.model import Condition, Decision, Line
from minicov_lsp.source.spans import spans_of
from minicov_lsp.source.syntax import Syntax
from minicov_tracer.points import span_of

_Place = tuple[int, int, int, int]


def decisions(understood: Syntax, lines: Sequence[str], code_lines: AbstractSet[Line]) -> tuple[Decision, ...]:
    """All decisions of a text by place; `code_lines` are the lines that the compiler kept, before first lines."""
    annotations = sorted(_annotations(understood.nodes))
    kept = [
        found
        for found in understood.decisions
        if not code_lines.isdisjoint(range(found.span[0], found.span[2] + 1)) and not _is_in(found.span, annotations)
    ]
    places = [place for found in kept for place in (found.span, *(leaf.span for leaf in found.conditions))]
    spans = iter(spans_of(places, lines))
    return tuple(
        [Decision(found.kind, next(spans), tuple([Condition(next(spans)) for _ in found.conditions])) for found in kept]
    )


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
