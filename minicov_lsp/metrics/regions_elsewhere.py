"""Regions that ran on another Python: from the truth of conditions, which has a place in the text and not in bytecode.

Whatever a condition is in was begun when it was evaluated; and where its being true or false leads, the compiler of
any Python goes there next: `b` in `a and b`, an arm, the body of an `if` on the same line, the element behind the last
`if` of a comprehension, the message of an `assert`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from minicov_lsp.errors import SourceError
from minicov_lsp.metrics.conditions import DecisionReader, read_text
from minicov_lsp.model import CodeFacts, Region, SourceModel, Span
from minicov_lsp.source import syntax
from minicov_lsp.source.spans import Placed, span_at, span_of
from minicov_lsp.source.text import lines_of, of_lines
from minicov_tracer.nodes import inside

_Nodes = Sequence[Placed]
_Entered = tuple[Span, ...]


class Way(NamedTuple):
    """What is begun next after an operand."""

    condition: Span
    if_true: _Entered
    if_false: _Entered


@lru_cache(maxsize=16)
def ways_onward(text: str) -> tuple[Way, ...]:
    """The ways of all operands in a text. Raises SourceError where it is not Python to this interpreter."""
    return tuple(_all_ways(syntax.read(text, "<text>").module, lines_of(text)))


class Reading(NamedTuple):
    """Who reads a text: it takes a while for large ones."""

    decisions: Callable[[SourceModel], DecisionReader] = read_text
    ways: Callable[[str], Sequence[Way]] = ways_onward


HERE = Reading()
"""They are read at once."""


class Elsewhere(NamedTuple):
    """What another Python's data tell of a text's regions."""

    executed: frozenset[Region]
    unreached: frozenset[Region]
    """Those of which it would be known if they had run."""


def elsewhere(source: SourceModel, codes: Sequence[CodeFacts], reading: Reading) -> Elsewhere:
    """What code objects tell that are not those of this Python; nothing where it can't parse the text."""
    if not any(code.tests for code in codes):
        return Elsewhere(frozenset(), frozenset())
    try:
        reader = reading.decisions(source)
        ways = reading.ways(of_lines(source.lines))
    except SourceError:
        return Elsewhere(frozenset(), frozenset())
    seen, seeable = _seen(reader, source, codes), _seeable(reader, source, codes)
    by_span: dict[Span, list[Region]] = {}
    for region in source.regions:
        by_span.setdefault(region.span, []).append(region)
    found = {region for span, _ in seen for region in source.regions if is_in(span, region.span)}
    sure: dict[Span, bool] = {}
    for way in ways:
        for truth, spans in ((True, way.if_true), (False, way.if_false)):
            for span in spans:
                sure[span] = sure.get(span, True) and (way.condition, truth) in seeable
                if (way.condition, truth) in seen:
                    found.update(by_span.get(span, ()))
    found |= {region for region in source.regions if any(is_in(each.span, region.span) for each in found)}
    told = {region for span, is_sure in sure.items() if is_sure for region in by_span.get(span, ())}
    return Elsewhere(frozenset(found), frozenset(told - found))


_Truths = set[tuple[Span, bool]]


def _seen(reader: DecisionReader, source: SourceModel, codes: Iterable[CodeFacts]) -> _Truths:
    """(place of a condition, a truth that it had)."""
    found: _Truths = set()
    for drawn, bits in zip(reader.diagrams, reader.facts(codes), strict=True):
        for number, leaf in enumerate(drawn.decision.conditions):
            span = span_at(leaf.span, source.lines)
            found.update((span, truth) for truth, of in ((True, bits.true), (False, bits.false)) if of >> number & 1)
    return found


def _seeable(reader: DecisionReader, source: SourceModel, codes: Iterable[CodeFacts]) -> _Truths:
    """(place of a condition, a truth that would be known if it had had it)."""
    found: _Truths = set()
    for code in codes:
        for sign in reader.signs(code.tests, code.conditions):
            conditions = reader.diagrams[sign.decision].decision.conditions
            for truth, of in ((True, sign.facts.true), (False, sign.facts.false)):
                spans = [leaf.span for number, leaf in enumerate(conditions) if of >> number & 1]
                found.update((span_at(span, source.lines), truth) for span in spans)
    return found


def is_in(inner: Span, outer: Span) -> bool:
    """Whether a span is inside another one."""
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


def _all_ways(tree: ast.AST, lines: Sequence[str]) -> Iterator[Way]:
    """The ways of all operands in a tree; those in a value's last operand lead nowhere."""
    waiting: list[ast.AST] = [tree]
    tested: set[ast.AST] = set()
    while waiting:
        node = waiting.pop()
        waiting += inside(node)
        for test, if_true, if_false in _tests(node):
            yield from _ways(test, _entered(if_true, lines), _entered(if_false, lines), lines, tested)
        if isinstance(node, ast.BoolOp | ast.Compare) and node not in tested:
            yield from _ways(node, (), (), lines, tested)


def _tests(node: ast.AST) -> Iterator[tuple[ast.expr, _Nodes, _Nodes]]:
    """(test, what comes when it is true, when it is false) of a node."""
    match node:
        case ast.If() | ast.While():
            yield node.test, node.body, node.orelse
        case ast.IfExp():
            yield node.test, [node.body], [node.orelse]
        case ast.Assert(test=test, msg=message):
            yield test, [], [message] if message is not None else []
        case ast.match_case(guard=guard) if guard is not None:
            yield guard, node.body, []
        case ast.ListComp(elt=first) | ast.SetComp(elt=first) | ast.GeneratorExp(elt=first):
            yield from _conditions(node.generators, [first])
        case ast.DictComp(key=key, value=value):
            yield from _conditions(node.generators, [key, value])


def _conditions(generators: Sequence[ast.comprehension], element: _Nodes) -> Iterator[tuple[ast.expr, _Nodes, _Nodes]]:
    conditions = generators[-1].ifs
    yield from ((condition, [], []) for generator in generators for condition in generator.ifs[:-1])
    yield from ((condition, [], []) for generator in generators[:-1] for condition in generator.ifs[-1:])
    yield from ((condition, element, []) for condition in conditions[-1:])


def _entered(nodes: _Nodes, lines: Sequence[str]) -> _Entered:
    return (span_of(nodes[0], nodes[-1], lines),) if nodes else ()


def _ways(
    node: ast.expr, if_true: _Entered, if_false: _Entered, lines: Sequence[str], tested: set[ast.AST]
) -> Iterator[Way]:
    """The ways of the operands below one; what was gone through is added to `tested`."""
    tested.add(node)
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _ways(operand, if_false, if_true, lines, tested)
        case ast.BoolOp(op=op, values=values):
            is_and = isinstance(op, ast.And)
            for value, follower in pairwise(values):
                onward = _entered([follower], lines)
                ends = (onward, if_false) if is_and else (if_true, onward)
                yield from _ways(value, *ends, lines, tested)
            yield from _ways(values[-1], if_true, if_false, lines, tested)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _ways(body, if_true, if_false, lines, tested)
            yield from _ways(orelse, if_true, if_false, lines, tested)
        case ast.Compare(left=left, comparators=others) if len(others) > 1:
            for number, (one, other) in enumerate(pairwise([left, *others])):
                onward = _entered(others[number + 1 : number + 2], lines) or if_true
                yield Way(span_of(one, other, lines), onward, if_false)
        case _:
            yield Way(span_of(node, node, lines), if_true, if_false)
