"""Walks over a whole syntax tree: in C where that was built, else in Python, which is also its specification.

They find what may be a decision, a region or a way more, among the far more nodes that are none; what is found is then
understood in Python.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Protocol, TypeAlias

from minicov_lsp.model import Condition, Decision, Region, Span
from minicov_lsp.source import arcs, branches, complexity, decisions, extents, patterns, regions, suites, with_jumps
from minicov_lsp.source.arcs import Following
from minicov_lsp.source.complexity import Definition
from minicov_lsp.source.spans import Place
from minicov_lsp.source.suites import Suite
from minicov_tracer import nodes
from minicov_tracer.cores import is_free_threaded
from minicov_tracer.literals import constant

if TYPE_CHECKING:
    from minicov_lsp.model import Line

RECORDS = (Span, Region, Condition, Decision)
"""What walks in C make."""

Parts: TypeAlias = tuple[Sequence[Decision], Mapping[Definition, int], Sequence[Region]]
"""All decisions but those in annotations, {definition: McCabe's number}, all regions; in no order, places in bytes."""


class Walks(Protocol):
    """What is found in a tree that `ast.parse` made."""

    def suites(self, tree: ast.Module) -> Sequence[Suite]:
        """The tree's root, statements, handlers and cases, parents before children; expressions are not entered."""

    def spread(self, nodes: Sequence[Suite], lines: Sequence[str]) -> Sequence[Suite]:
        """Of all suites of a text with these lines those that may be over several of them, in the same order."""

    def topmost(self, nodes: list[ast.AST]) -> Sequence[ast.AST]:
        """What of some nodes, and inside of the others of them, may be a decision or have a test; in no order."""

    def parts(self, tree: ast.Module, code_lines: AbstractSet[Line]) -> Parts:
        """What is inside of statements; `code_lines` are the lines that the compiler kept, before first lines."""

    def following(
        self,
        nodes: Sequence[Suite],
        first_lines: Mapping[Line, Line],
        code_lines: AbstractSet[Line],
        excluded: AbstractSet[Line],
    ) -> Following:
        """What follows what, see `Following`; `nodes` are all suites, `code_lines` as for parts."""

    def choosing(
        self, nodes: Sequence[Suite], first_lines: Mapping[Line, Line], wanted: Collection[Line]
    ) -> Mapping[Line, Place]:
        """{wanted first line: what chooses where it goes on}; `nodes` are all suites."""


class InPython:
    """The walks in Python."""

    suites = staticmethod(suites.suites)
    spread = staticmethod(extents.spread)
    topmost = staticmethod(nodes.topmost)
    following = staticmethod(branches.following)
    choosing = staticmethod(branches.choosing)

    @staticmethod
    def parts(tree: ast.Module, code_lines: AbstractSet[Line]) -> Parts:
        """See Walks."""
        return decisions.in_bytes(tree), complexity.complexities(tree), regions.in_bytes(tree, code_lines)


def _in_c() -> Walks | None:
    """The walks in C, None where they weren't built, and on a free-threaded Python, which has another ABI."""
    if is_free_threaded():
        return None
    try:
        from minicov_lsp.source import _walks
    except ImportError:
        return None
    _walks.learn(
        nodes.FIELDS, dict(suites.HOLDING), nodes.BARE, ast.stmt, dict(patterns.CONSTANT_NAMES), constant, RECORDS
    )
    _walks.learn_arcs(arcs.WHYS, arcs.DESTINATIONS, with_jumps.mending)
    return _walks


IN_PYTHON: Walks = InPython()
IN_C = _in_c()
CHOSEN: Walks = IN_C or IN_PYTHON
"""Those that are used."""
