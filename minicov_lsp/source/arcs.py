"""Which line can follow which: a walk over statements, in coverage.py's sense (docs/parity.md, rules 9 to 21).

Each kind of statement adds the arcs inside it and gives back its exits: the lines from which control goes on to
whatever comes next. Expressions are never entered. The rules of compound statements are in `arc_rules`, what leaving a
`with` looks like in `with_jumps`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from minicov_lsp.model import Arc, Line
from minicov_lsp.source.syntax import suites
from minicov_lsp.source.with_jumps import WithJumps


@dataclass(frozen=True, slots=True)
class Exit:
    """A line from which control goes on."""

    line: Line
    missing: str = ""
    """Why it never did, if it didn't: "the condition on line 2 was never true"; "" where nothing better is known."""


Exits: TypeAlias = frozenset[Exit]


@dataclass(frozen=True, slots=True)
class Reason:
    """One way to understand an arc."""

    missing: str
    """Why it was never taken; "" where nothing better is known."""
    destination: str
    """Where it goes, if it isn't just a line: "exit the function 'f'"."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Where `break` and `continue` go."""

    top: Line
    breaks: set[Exit] = field(default_factory=set)
    """Filled while the body is walked."""


@dataclass(frozen=True, slots=True)
class Function:
    """Where `return` goes."""

    first_line: Line
    name: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Where jumps go from a piece of code."""

    loop: Loop | None = None
    function: Function | None = None
    handler: Line | None = None
    """Where `raise` goes: the first handler's line, the negative of the function's first line for out of it;
    None where coverage.py makes no arc of it (`finally`, class bodies, modules)."""


Rule: TypeAlias = Callable[["ArcWalk", Any, Scope], Exits]


class ArcWalk:
    """Gathers the arcs of one syntax tree."""

    def __init__(
        self, first_lines: Mapping[Line, Line], code_lines: AbstractSet[Line], rules: Mapping[type[ast.AST], Rule]
    ) -> None:
        self._first_lines = first_lines
        self._running = frozenset(first_lines.get(line, line) for line in code_lines)
        self._rules = rules
        self.with_jumps = WithJumps()
        self.arcs: dict[Arc, list[Reason]] = {}

    def add(self, exits: Iterable[Exit], end: int, destination: str = "") -> None:
        """Arcs from some exits to a line, or out of the code that starts on line -end."""
        for exit_ in exits:
            self.arcs.setdefault((exit_.line, end), []).append(Reason(exit_.missing, destination))
            self.with_jumps.saw((exit_.line, end))

    def line_of(self, node: ast.stmt | ast.expr | ast.excepthandler | ast.pattern) -> Line:
        """The first line of the statement that a node is in; of a decorated definition the first decorator's."""
        decorators = getattr(node, "decorator_list", None)
        line = decorators[0].lineno if decorators else node.lineno
        return self._first_lines.get(line, line)

    def can_run(self, node: ast.stmt) -> bool:
        """Whether the compiler kept a statement."""
        return self.line_of(node) in self._running

    def body(self, nodes: Sequence[ast.stmt], entries: Exits, scope: Scope) -> Exits:
        """Walks statements that follow each other; `entries` are the exits of what comes before."""
        exits = entries
        for node in nodes:
            if self.can_run(node):
                self.add(exits, self.line_of(node))
                rule = self._rules.get(type(node))
                exits = rule(self, node, scope) if rule else frozenset((Exit(self.line_of(node)),))
        return exits

    def code_object(self, node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Walks what becomes one code object; definitions inside are walked for themselves."""
        scope = Scope()
        if isinstance(node, ast.Module):
            start, destination = self._first_lines.get(1, 1), "exit the module"
            if not node.body:
                self.add([Exit(start)], -start, destination)
        else:
            start = self.line_of(node)
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            destination = f"exit the {kind} '{node.name}'"
            if kind == "function":
                scope = Scope(function=Function(start, node.name), handler=-start)
        self.add(self.body(node.body, frozenset(), scope), -start, destination)


def walk(
    tree: ast.Module,
    first_lines: Mapping[Line, Line],
    code_lines: AbstractSet[Line],
    rules: Mapping[type[ast.AST], Rule],
) -> ArcWalk:
    """All raw arcs of a tree, before the jumps out of `with` are mended."""
    arc_walk = ArcWalk(first_lines, code_lines, rules)
    for node in suites(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            arc_walk.code_object(node)
    return arc_walk
