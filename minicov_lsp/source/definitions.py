"""Functions and classes, and the lines that reports count as theirs (docs/parity.md, rule 44)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from minicov_lsp.model import Definition, Line
from minicov_lsp.source.suites import DEFINITIONS, Suite

_Range = tuple[Line, Line]
_Node = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Header(NamedTuple):
    """What a syntax tree says of one function or class."""

    name: str
    """Its own."""
    is_class: bool
    line: Line
    """Of `def` or `class`."""
    first_line: Line
    """Of the first decorator, else as `line`."""
    body_line: Line
    """Where its body starts."""
    end_line: Line
    """Where its body ends."""
    complexity: int


def headers(nodes: Iterable[Suite], complexities: Mapping[_Node, int]) -> list[Header]:
    """Those of all functions and classes among the suites of a text, in its order."""
    return [
        Header(
            node.name,
            isinstance(node, ast.ClassDef),
            node.lineno,
            node.decorator_list[0].lineno if node.decorator_list else node.lineno,
            node.body[0].lineno,
            node.body[-1].end_lineno or node.body[-1].lineno,
            complexities[node],
        )
        for node in nodes
        if isinstance(node, DEFINITIONS)
    ]


@dataclass(slots=True)
class _Found:
    """A definition while those of a text are gone through."""

    header: Header
    outer: _Found | None
    name: str
    included: list[_Range] = field(default_factory=list)
    holes: list[_Range] = field(default_factory=list)

    @property
    def body(self) -> _Range:
        return self.header.body_line, self.header.end_line

    def outers(self) -> Iterator[_Found]:
        """What it is nested in, innermost first."""
        outer = self.outer
        while outer is not None:
            yield outer
            outer = outer.outer


def definitions(found: Iterable[Header]) -> tuple[Definition, ...]:
    """All functions and classes of a text, in its order; a name holds those that it is nested in."""
    all_found: list[_Found] = []
    outer: _Found | None = None
    for header in found:
        # A definition begins a line: what is on a line of the one before it is inside.
        while outer is not None and header.line > outer.header.end_line:
            outer = outer.outer
        outer = _Found(header, outer, f"{outer.name}.{header.name}" if outer else header.name)
        all_found.append(outer)
        if not header.is_class:
            _share_body(outer)
    return tuple([_definition(each) for each in all_found])


def _share_body(function: _Found) -> None:
    """A function's body is its own and its class's, and no longer its outer function's or outer classes'."""
    body = function.body
    function.included.append(body)
    enclosing_function = next((outer for outer in function.outers() if not outer.header.is_class), None)
    if enclosing_function is not None:
        enclosing_function.holes.append(body)
    if function.outer is not None and function.outer.header.is_class:
        function.outer.included.append(body)
        for outer in function.outer.outers():
            if outer.header.is_class:
                outer.holes.append(body)


def _definition(found: _Found) -> Definition:
    header = found.header
    return Definition(
        name=found.name,
        kind="class" if header.is_class else "function",
        line=header.line,
        first_line=header.first_line,
        body_line=header.body_line,
        end_line=header.end_line,
        complexity=header.complexity,
        own_lines=tuple(_without(found.included, found.holes)),
    )


def _without(ranges: Iterable[_Range], holes: Iterable[_Range]) -> Iterator[_Range]:
    """The ranges less the holes; both are in order and don't overlap among themselves."""
    waiting = sorted(holes, reverse=True)
    for start, last in ranges:
        first = start
        while waiting and waiting[-1][0] <= last:
            hole_first, hole_last = waiting[-1]
            if first < hole_first:
                yield first, hole_first - 1
            first = max(first, hole_last + 1)
            if hole_last > last:
                break
            waiting.pop()
        if first <= last:
            yield first, last
