"""A source model as bytes and back: msgpack, nothing that could run.

    [[statement, …], [excluded, …],
     [line, first line, …], [first line, last line, …],
     [arc's start, arc's end, …],
     [branch, …], [definition, …], [region, …], [decision, …],
     [[start, end, [shown start, shown end] | nil], …]]

    branch      [line, [destination, …], span, partial_ok, [missing text, …], [destination's text, …]]
    definition  the fields of `Definition` in their order
    region      [kind, span]
    decision    [kind, span, [span of a condition, …]]
    span        [line, column, end line, end column]

The digest and the lines are not in it: whoever unpacks has the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any

import msgpack

from minicov_lsp.model import Branch, Condition, Decision, Definition, Region, SourceModel, Span

_Numbers = list[int]


def pack(model: SourceModel) -> bytes:
    """All of a model but its text and digest."""
    packed: bytes = msgpack.packb(
        [
            sorted(model.statements),
            sorted(model.excluded),
            _flat(model.first_lines.items()),
            _flat(model.last_lines.items()),
            _flat(sorted(model.arcs)),
            [_packed_branch(branch) for branch in model.branches],
            model.definitions,
            [[region.kind, _packed_span(region.span)] for region in model.regions],
            [
                [decision.kind, _packed_span(decision.span), [_packed_span(each.span) for each in decision.conditions]]
                for decision in model.decisions
            ],
            [[start, end, shown] for (start, end), shown in model.with_jumps.items()],
        ]
    )
    return packed


def unpack(packed: bytes, digest: str, lines: tuple[str, ...]) -> SourceModel:
    """The model that was packed, of the text with these lines and this digest.

    Raises ValueError, TypeError, KeyError or IndexError where the bytes are no such model.
    """
    try:
        parts: list[list[Any]] = msgpack.unpackb(packed, strict_map_key=False)
    except msgpack.UnpackException as error:
        raise ValueError("not a packed model") from error
    statements, excluded, first_lines, last_lines, arcs, branches, definitions, regions, decisions, with_jumps = parts
    return SourceModel(
        digest=digest,
        lines=lines,
        statements=frozenset(statements),
        excluded=frozenset(excluded),
        first_lines=_map(first_lines),
        last_lines=_map(last_lines),
        arcs=frozenset(zip(arcs[::2], arcs[1::2], strict=True)),
        branches=tuple([_branch(*branch) for branch in branches]),
        definitions=tuple([_definition(*definition) for definition in definitions]),
        regions=tuple([Region(kind, Span(*span)) for kind, span in regions]),
        decisions=tuple(
            [
                Decision(kind, Span(*span), tuple([Condition(Span(*each)) for each in conditions]))
                for kind, span, conditions in decisions
            ]
        ),
        with_jumps=MappingProxyType(
            {(start, end): None if shown is None else (shown[0], shown[1]) for start, end, shown in with_jumps}
        ),
    )


def _flat(pairs: Iterable[tuple[int, int]]) -> _Numbers:
    return list(chain.from_iterable(pairs))


def _map(flat: _Numbers) -> Mapping[int, int]:
    return MappingProxyType(dict(zip(flat[::2], flat[1::2], strict=True)))


def _packed_span(span: Span) -> _Numbers:
    return [span.line, span.column, span.end_line, span.end_column]


def _packed_branch(branch: Branch) -> list[object]:
    ends = branch.destinations
    return [
        branch.line,
        ends,
        _packed_span(branch.span),
        branch.partial_ok,
        [branch.missing_text[end] for end in ends],
        [branch.destination_text[end] for end in ends],
    ]


def _branch(
    line: int, ends: _Numbers, span: _Numbers, partial_ok: bool, missing: list[str], destinations: list[str]
) -> Branch:
    return Branch(
        line,
        tuple(ends),
        Span(*span),
        partial_ok,
        dict(zip(ends, missing, strict=True)),
        dict(zip(ends, destinations, strict=True)),
    )


def _definition(
    name: str, kind: Any, line: int, first: int, body: int, end: int, own_lines: list[_Numbers], complexity: int
) -> Definition:
    own = tuple([(start, last) for start, last in own_lines])
    return Definition(name, kind, line, first, body, end, own, complexity)
