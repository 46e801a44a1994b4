"""Which line can follow which: a walk over statements, in coverage.py's sense (docs/parity.md, rules 9 to 21).

Each kind of statement adds the arcs inside it and gives back its exits: the lines from which control goes on to
whatever comes next. Expressions are never entered. The rules of compound statements are in `arc_rules`, what leaving a
`with` looks like in `with_jumps`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple, TypeAlias, cast

from minicov_lsp.model import Arc, Line
from minicov_lsp.source.suites import Suite
from minicov_lsp.source.with_jumps import WithJumps


class Why:
    """Why control never went on from a line, if it didn't; the words are only put together for branches."""

    UNKNOWN = ""
    NEVER_TRUE = "the condition on line {} was never true"
    ALWAYS_TRUE = "the condition on line {} was always true"
    NEVER_STARTED = "the loop on line {} never started"
    NEVER_ENDED = "the loop on line {} never ran to its end"
    NEVER_MATCHED = "the pattern on line {} never matched"
    ALWAYS_MATCHED = "the pattern on line {} always matched"
    NOT_CAUGHT = "no exception was caught on line {}"
    NO_RETURN = "the return on line {} never ran"
    NO_RAISE = "the raise on line {} never ran"
    NO_BREAK = "the break on line {} never ran"
    NO_CONTINUE = "the continue on line {} never ran"


WHYS = (
    Why.UNKNOWN, Why.NEVER_TRUE, Why.ALWAYS_TRUE, Why.NEVER_STARTED, Why.NEVER_ENDED, Why.NEVER_MATCHED,
    Why.ALWAYS_MATCHED, Why.NOT_CAUGHT, Why.NO_RETURN, Why.NO_RAISE, Why.NO_BREAK, Why.NO_CONTINUE,
)  # fmt: skip
"""All of them, in the order that the walk in C knows."""
_EXIT_MODULE = "exit the module"
_EXIT_CLASS = "exit the class '%s'"
_EXIT_FUNCTION = "exit the function '%s'"
_LEAVE_FUNCTION = "leave the function '%s' by an exception"
DESTINATIONS = ("", _EXIT_MODULE, _EXIT_CLASS, _EXIT_FUNCTION, _LEAVE_FUNCTION)
"""Where arcs go that don't go to a line, with room for a name, in the order that the walk in C knows."""

Exit: TypeAlias = tuple[Line, str]
"""A line from which control goes on, and why it never did (see `Why`)."""
Exits: TypeAlias = Iterable[Exit]


Reason: TypeAlias = tuple[str, str]
"""One way to understand an arc: why it was never taken (see `Why`), and where it goes, if it isn't just a line: "exit
the function 'f'"."""
Choices: TypeAlias = Mapping[Line, Mapping[int, Sequence[Reason]]]
"""{line that can go on to several places, ascending: {one of them, ascending: why it can be missing}}."""
Following: TypeAlias = tuple[AbstractSet[Arc], Mapping[Arc, Arc | None], Choices]
"""All arcs between first lines, what is shown of jumps out of `with` (see `with_jumps`), and the lines with a choice.

Lines that are excluded count neither as a line that has a choice nor as a place to go on to.
"""


class Loop(NamedTuple):
    """Where `break` and `continue` go."""

    top: Line
    breaks: dict[Exit, None]
    """Filled while the body is walked."""


class Function(NamedTuple):
    """Where `return` goes."""

    first_line: Line
    exit: str
    """How a return is told."""
    leave: str
    """How an exception is told that leaves it."""


class Scope(NamedTuple):
    """Where jumps go from a piece of code."""

    loop: Loop | None = None
    function: Function | None = None
    handler: Line | None = None
    """Where `raise` goes: the first handler's line, the negative of the function's first line for out of it;
    None where coverage.py makes no arc of it (`finally`, class bodies, modules)."""


_CodeObject: TypeAlias = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_DECORATED = frozenset((ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
_CODE_OBJECTS = _DECORATED | {ast.Module}
Rule: TypeAlias = Callable[["ArcWalk", Any, Scope], Exits]


class ArcWalk:
    """Gathers the arcs of one syntax tree."""

    def __init__(
        self, first_lines: Mapping[Line, Line], code_lines: AbstractSet[Line], rules: Mapping[type[ast.AST], Rule]
    ) -> None:
        self._first_lines = first_lines
        self._running = frozenset(first_lines.get(line, line) for line in code_lines)
        self._rules = dict(rules)  # asked for each statement: a view of one takes twice as long
        self.with_jumps = WithJumps()
        self.arcs: dict[Arc, tuple[Reason, ...]] = {}
        self._reasons: dict[tuple[str, str], tuple[Reason]] = {}

    def add(self, exits: Exits, end: int, destination: str = "") -> None:
        """Arcs from some exits to a line, or out of the code that starts on line -end."""
        arcs, with_jumps, reasons = self.arcs, self.with_jumps, self._reasons
        for line, why in exits:
            arc = (line, end)
            # There are few reasons, and nearly as many arcs as lines.
            reason = reasons.get((why, destination))
            if reason is None:
                reason = reasons[why, destination] = ((why, destination),)
            known = arcs.get(arc)
            if known is None:
                arcs[arc] = reason
            elif reason[0] not in known:  # a line of many statements goes on to itself as often
                arcs[arc] = known + reason
            if with_jumps.is_used:
                with_jumps.saw(arc)

    def line_of(self, node: ast.stmt | ast.expr | ast.excepthandler | ast.pattern) -> Line:
        """The first line of the statement that a node is in; of a decorated definition the first decorator's."""
        line = node.lineno
        if type(node) in _DECORATED and node.decorator_list:  # type: ignore[union-attr]  # these have it
            line = node.decorator_list[0].lineno  # type: ignore[union-attr]  # these have it
        return self._first_lines.get(line, line)

    def can_run(self, node: ast.stmt) -> bool:
        """Whether the compiler kept a statement."""
        return self.line_of(node) in self._running

    def body(self, nodes: Sequence[ast.stmt], entries: Exits, scope: Scope) -> Exits:
        """Walks statements that follow each other; `entries` are the exits of what comes before."""
        exits = entries
        rules, running, line_of = self._rules, self._running, self.line_of
        for node in nodes:
            line = line_of(node)
            if line in running:
                self.add(exits, line)
                rule = rules.get(type(node))
                exits = ((line, Why.UNKNOWN),) if rule is None else rule(self, node, scope)
        return exits

    def code_object(self, node: _CodeObject) -> None:
        """Walks what becomes one code object; definitions inside are walked for themselves."""
        scope = Scope()
        if isinstance(node, ast.Module):
            start, destination = self._first_lines.get(1, 1), _EXIT_MODULE
            if not node.body:
                self.add([(start, Why.UNKNOWN)], -start, destination)
        else:
            start = self.line_of(node)
            is_class = isinstance(node, ast.ClassDef)
            destination = (_EXIT_CLASS if is_class else _EXIT_FUNCTION) % node.name
            if not is_class:
                scope = Scope(function=Function(start, destination, _LEAVE_FUNCTION % node.name), handler=-start)
        self.add(self.body(node.body, (), scope), -start, destination)


def walk(
    nodes: Iterable[Suite],
    first_lines: Mapping[Line, Line],
    code_lines: AbstractSet[Line],
    rules: Mapping[type[ast.AST], Rule],
) -> ArcWalk:
    """All raw arcs of a tree, whose suites are `nodes`, before the jumps out of `with` are mended."""
    arc_walk = ArcWalk(first_lines, code_lines, rules)
    for node in nodes:
        if type(node) in _CODE_OBJECTS:
            arc_walk.code_object(cast("_CodeObject", node))
    return arc_walk
