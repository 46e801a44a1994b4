"""The syntax tree of a text with the walks over it: in C where that was built, else in Python, which specifies them.

In C the text is read by minicov itself, without an object of Python for each node; what it does not understand is left
to `ast`, and so is all where nothing was built.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias

from minicov_lsp.model import Condition, Decision, Region, Span
from minicov_lsp.source import (
    arcs,
    branches,
    complexity,
    decisions,
    definitions,
    exclusion,
    extents,
    regions,
    segments,
    statements,
    suites,
    with_jumps,
)
from minicov_lsp.source.arcs import Following
from minicov_lsp.source.definitions import Header
from minicov_lsp.source.silence import silence
from minicov_lsp.source.spans import Place
from minicov_lsp.source.suites import Suite
from minicov_tracer.cores import is_free_threaded
from minicov_tracer.decisions import Arms, Join, Known, Leaf, Not, Untested, find
from minicov_tracer.decisions import Decision as TracedDecision
from minicov_tracer.literals import constant
from minicov_tracer.points import End, Point

if TYPE_CHECKING:
    from minicov_lsp.model import Line

RECORDS = (Span, Region, Condition, Decision, Header)
"""What walks in C make."""
FOUND = (Leaf, Known, Untested, Not, Join, Arms, TracedDecision, Point, End)
"""What makes up a decision as the tracer understands it."""

Parts: TypeAlias = tuple[Sequence[Decision], Sequence[Header], Sequence[Region]]
"""All decisions but those in annotations; all definitions, in order of the text; all regions. Places are in bytes."""


class Tree(Protocol):
    """The syntax tree of a text, whose lines are `lines`."""

    @property
    def is_empty(self) -> bool:
        """Whether it has no statement."""

    def extents(self, lines: Sequence[str], /) -> dict[Line, Line] | None:
        """{first line: last line} of the logical lines that have more than one; None where only tokens tell them."""

    def docstring_lines(self) -> AbstractSet[Line]:
        """The lines of the docstrings of the module, its classes and functions."""

    def statements_at(self, lines: Sequence[str], wanted: Iterable[Line], /) -> Sequence[tuple[Line, Line]]:
        """First and last lines of the innermost compound statements, right inside of definitions, that lines are in.

        Ascending, each once.
        """

    def with_definitions(self, excluded: AbstractSet[Line], code_lines: AbstractSet[Line], /) -> set[Line]:
        """The excluded lines and what they take along: definitions by a decorator or signature, cases by their body.

        `code_lines` are, here and below, the lines that the compiler kept, before first lines.
        """

    def following(
        self, first_lines: Mapping[Line, Line], code_lines: AbstractSet[Line], excluded: AbstractSet[Line], /
    ) -> Following:
        """What follows what, see `Following`."""

    def choosing(self, first_lines: Mapping[Line, Line], wanted: Collection[Line], /) -> Mapping[Line, Place]:
        """{wanted first line: what chooses where it goes on}."""

    def parts(self, code_lines: AbstractSet[Line], /) -> Parts:
        """What is inside of statements."""

    def decisions(self, lines: Collection[Line] | None = None, /) -> Sequence[TracedDecision]:
        """What `minicov_tracer.decisions.find` finds; at least that of statements with some of `lines` in front."""


class PythonTree:
    """Python's own tree, with walks in Python."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree

    @cached_property
    def _suites(self) -> Sequence[Suite]:
        return suites.suites(self._tree)

    @property
    def is_empty(self) -> bool:
        """See Tree."""
        return not self._tree.body

    def extents(self, lines: Sequence[str]) -> dict[Line, Line] | None:
        """See Tree."""
        return extents.extents(self._suites, lines)

    def docstring_lines(self) -> AbstractSet[Line]:
        """See Tree."""
        return statements.docstring_lines(self._suites)

    def statements_at(self, lines: Sequence[str], wanted: Iterable[Line]) -> Sequence[tuple[Line, Line]]:
        """See Tree."""
        return segments.statements_at(self._tree, lines, wanted)

    def with_definitions(self, excluded: AbstractSet[Line], code_lines: AbstractSet[Line]) -> set[Line]:
        """See Tree."""
        return exclusion.with_definitions(excluded, self._suites, code_lines)

    def following(
        self, first_lines: Mapping[Line, Line], code_lines: AbstractSet[Line], excluded: AbstractSet[Line]
    ) -> Following:
        """See Tree."""
        return branches.following(self._suites, first_lines, code_lines, excluded)

    def choosing(self, first_lines: Mapping[Line, Line], wanted: Collection[Line]) -> Mapping[Line, Place]:
        """See Tree."""
        return branches.choosing(self._suites, first_lines, wanted)

    def parts(self, code_lines: AbstractSet[Line]) -> Parts:
        """See Tree."""
        headers = definitions.headers(self._suites, complexity.complexities(self._tree))
        return decisions.in_bytes(self._tree), headers, regions.in_bytes(self._tree, code_lines)

    def decisions(self, lines: Collection[Line] | None = None) -> Sequence[TracedDecision]:
        """See Tree; all of them."""
        del lines
        return find(self._tree)


def in_python(text: str) -> Tree:
    """The tree of a text as `ast` has it."""
    return PythonTree(ast.parse(text))


Read: TypeAlias = Callable[[str], Tree | None]


def _in_c() -> Read | None:
    """Reads trees in C; None where that wasn't built, and on a free-threaded Python, which has another ABI."""
    if is_free_threaded():
        return None
    try:
        from minicov_lsp.source import _walks
    except ImportError:
        return None
    _walks.learn(__debug__, _constant_in, arcs.WHYS, arcs.DESTINATIONS, with_jumps.mending, RECORDS, FOUND)
    return _walks.read


def _constant_in(text: str) -> tuple[object] | None:
    """The value of a constant operand with this text, in a tuple; None for what is not constant."""
    with silence():
        return constant(ast.parse(f"({text}\n)", mode="eval").body)


IN_C = _in_c()


def read(text: str) -> Tree:
    """The tree of a text that the compiler took, from whoever understands it."""
    return (IN_C and IN_C(text)) or in_python(text)
