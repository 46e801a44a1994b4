"""Functions and classes, and the lines that reports count as theirs (docs/parity.md, rule 44)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from minicov_lsp.model import Definition, Line
from minicov_lsp.records import dataclass, field
from minicov_lsp.source.suites import Suite

_Range = tuple[Line, Line]
_Node = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_KINDS = frozenset((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


@dataclass(slots=True)
class _Found:
    """A definition while the tree is walked."""

    node: _Node
    outer: _Found | None
    name: str
    included: list[_Range] = field(default_factory=list)
    holes: list[_Range] = field(default_factory=list)

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    def outers(self) -> Iterator[_Found]:
        """What it is nested in, innermost first."""
        outer = self.outer
        while outer is not None:
            yield outer
            outer = outer.outer


def definitions(nodes: Iterable[Suite], complexities: Mapping[_Node, int]) -> tuple[Definition, ...]:
    """All functions and classes among the suites of a text, in its order; a name holds those that it is nested in."""
    all_found: list[_Found] = []
    outer: _Found | None = None
    for node in nodes:
        if type(node) not in _KINDS:
            continue
        node = cast("_Node", node)
        # A definition begins a line: what is on a line of the one before it is inside.
        while outer is not None and node.lineno > (outer.node.end_lineno or 0):
            outer = outer.outer
        outer = _Found(node, outer, f"{outer.name}.{node.name}" if outer else node.name)
        all_found.append(outer)
        if not outer.is_class:
            _share_body(outer)
    return tuple([_definition(found, complexities[found.node]) for found in all_found])


def _share_body(function: _Found) -> None:
    """A function's body is its own and its class's, and no longer its outer function's or outer classes'."""
    body = _body(function.node)
    function.included.append(body)
    enclosing_function = next((outer for outer in function.outers() if not outer.is_class), None)
    if enclosing_function is not None:
        enclosing_function.holes.append(body)
    if function.outer is not None and function.outer.is_class:
        function.outer.included.append(body)
        for outer in function.outer.outers():
            if outer.is_class:
                outer.holes.append(body)


def _body(node: _Node) -> _Range:
    last = node.body[-1]
    return node.body[0].lineno, last.end_lineno or last.lineno


def _definition(found: _Found, complexity: int) -> Definition:
    node = found.node
    first, last = _body(node)
    return Definition(
        name=found.name,
        kind="class" if found.is_class else "function",
        line=node.lineno,
        first_line=node.decorator_list[0].lineno if node.decorator_list else node.lineno,
        body_line=first,
        end_line=last,
        complexity=complexity,
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
