"""Which pieces of a text differ from another text of the same file: function by function, blind to comments.

A test runs code objects, so that is what is compared: the body of each function, of each class and of the module,
without the functions and classes defined in it. What stands before a function's body (decorators, defaults,
annotations) is compared apart from it: it runs where the function is defined, not where it is called.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from minicov_lsp.errors import SourceError
from minicov_lsp.model import Line
from minicov_lsp.source import syntax

MODULE = ""
"""The name of a module's own code."""

_Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Piece:
    """A function, a class or the module, by what its code does."""

    name: str
    """Qualified within the file: `Class.method`, `f.inner`."""
    kind: Literal["module", "class", "function"]
    first_line: Line
    """Of its decorators."""
    header_end: Line
    """The last line before its body, or the only one."""
    end_line: Line
    header: bytes
    body: bytes
    """Digests of the syntax trees."""


@dataclass(frozen=True, slots=True)
class Outline:
    """All pieces of one text."""

    text: str
    named: Mapping[str, tuple[Piece, ...]]
    """{name: the pieces that have it}: a function may be defined twice, under different conditions."""
    owners: Sequence[Piece]
    """The innermost piece that each line is in, from line 0; a decorator's line is in what it decorates."""

    def around(self, line: Line) -> Piece:
        """The innermost piece that a line is in."""
        return self.owners[line] if 0 <= line < len(self.owners) else self.named[MODULE][0]

    def order(self, names: Iterable[str]) -> list[str]:
        """These names as often as they are defined, and in the order of their definitions."""
        pieces = [piece for name in names for piece in self.named[name]]
        return [piece.name for piece in sorted(pieces, key=lambda piece: (piece.first_line, -piece.end_line))]

    def parent(self, name: str) -> tuple[Piece, ...]:
        """The pieces that a definition of this name stands in."""
        outer = name.rpartition(".")[0]
        return self.named.get(outer, ())


def outline(text: str) -> Outline | None:
    """The pieces of a text; None where this interpreter can't parse it."""
    try:
        tree = syntax.read(text, "").module
        finder = _Finder()
        finder.find(copy.deepcopy(tree))  # it is shared by all who read the text
    except (SourceError, RecursionError):
        return None
    pieces = tuple(sorted(finder.pieces, key=lambda piece: (piece.first_line, -piece.end_line)))
    named: dict[str, tuple[Piece, ...]] = {}
    owners = [pieces[0]] * (text.count("\n") + 2)
    for piece in pieces:  # outer before inner
        named[piece.name] = (*named.get(piece.name, ()), piece)
        if piece.name != MODULE:
            owners[piece.first_line : piece.end_line + 1] = [piece] * (piece.end_line + 1 - piece.first_line)
    return Outline(text, named, owners)


class _Finder(ast.NodeTransformer):
    """Cuts a tree into pieces, innermost first; the tree is used up."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._outer: list[tuple[str, bool]] = []
        """(qualified name, whether it is a function) of what is being cut."""

    def find(self, tree: ast.Module) -> None:
        """Take a whole module."""
        self.generic_visit(tree)
        self.pieces.append(Piece(MODULE, "module", 0, 0, 0, b"", _digest(tree.body)))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:  # as ast calls it
        return self._take(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST | None:
        return self._take(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST | None:
        return self._take(node)

    def _take(self, node: _Definition) -> ast.AST | None:
        """Remember a definition; what stays in its place is its header, in a function alone.

        A function that defines another runs other code when the other's header changes, or its presence. Of a module
        or class that is told by name, so that a new function need not concern those who use the old ones.
        """
        outer, is_in_function = self._outer[-1] if self._outer else (MODULE, False)
        name = f"{outer}.{node.name}" if outer else node.name
        is_function = not isinstance(node, ast.ClassDef)
        first = min((decorator.lineno for decorator in node.decorator_list), default=node.lineno)
        header_end = max(node.body[0].lineno - 1, node.lineno)
        self._outer.append((name, is_function))
        node.body = [kept for each in node.body if (kept := self.visit(each)) is not None]
        self._outer.pop()
        body, node.body = node.body, []
        header = _digest([node])
        kind: Literal["class", "function"] = "function" if is_function else "class"
        self.pieces.append(Piece(name, kind, first, header_end, node.end_lineno or node.lineno, header, _digest(body)))
        return node if is_in_function else None


def _digest(nodes: Iterable[ast.AST]) -> bytes:
    """What a tree says, without where it stands."""
    return hashlib.blake2b("\n".join(map(ast.dump, nodes)).encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Change:
    """What is different between two texts, by the names of their pieces."""

    everything: bool = False
    """Code that runs at import differs, so whatever uses the module may be concerned."""
    names: frozenset[str] = frozenset()
    """Functions and classes whose code differs, that are new, or that are gone."""
    headers: frozenset[str] = frozenset()
    """Those of which it is (also) what runs where they are defined."""

    def __or__(self, other: Change) -> Change:
        """What is different in either."""
        return Change(self.everything or other.everything, self.names | other.names, self.headers | other.headers)


EVERYTHING_CHANGED = Change(everything=True)


def compare(before: Outline | None, after: Outline | None) -> Change:
    """What is different; a text that isn't there, or can't be parsed, differs in everything."""
    if before is None or after is None:
        return EVERYTHING_CHANGED
    names, headers = set[str](), set[str]()
    everything = _is_shuffled(before, after)
    for name in before.named.keys() | after.named.keys():
        old, new = before.named.get(name, ()), after.named.get(name, ())
        if [piece.body for piece in old] != [piece.body for piece in new]:
            names.add(name)
        if [piece.header for piece in old] != [piece.header for piece in new]:
            headers.add(name)
        everything |= name in names | headers and _concerns_all(before, name, old, new)
    return Change(everything, frozenset(names | headers), frozenset(headers))


def _is_shuffled(before: Outline, after: Outline) -> bool:
    """Whether definitions changed places where one name has several, so that what stands between sees another one."""
    same = [name for name, pieces in before.named.items() if len(pieces) == len(after.named.get(name, ()))]
    return any(len(before.named[name]) > 1 for name in same) and before.order(same) != after.order(same)


def _concerns_all(before: Outline, name: str, old: tuple[Piece, ...], new: tuple[Piece, ...]) -> bool:
    """Whether a piece that differs runs at import, or takes the place of something else."""
    if old:
        return any(piece.kind != "function" for piece in old)
    parent = before.parent(name)
    if not parent or parent[0].kind == "function":
        return False  # what it stands in differs, or is new itself
    if parent[0].kind == "class":
        return True  # it may override what a base class has
    is_special = new[0].name.startswith("__")
    return is_special or re.search(rf"\b{re.escape(name)}\b", before.text) is not None


def differs(of: Outline, change: Change, line: Line) -> bool:
    """Whether what a line of this text does is part of a change."""
    piece = of.around(line)
    if line <= piece.header_end and piece.name in change.headers:
        return True
    return piece.name in change.names and (line > piece.header_end or piece.header_end == piece.end_line)
