"""How control goes through each kind of statement."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from minicov_lsp.model import Line
from minicov_lsp.source.arcs import ArcWalk, Exit, Exits, Loop, Rule, Scope
from minicov_lsp.source.patterns import constant_truth, is_irrefutable

_NOWHERE: Exits = frozenset()


def _only(line: Line, missing: str = "") -> Exits:
    return frozenset((Exit(line, missing),))


def _never_true(line: Line) -> Exits:
    return _only(line, f"the condition on line {line} was never true")


def _always_true(line: Line) -> Exits:
    return _only(line, f"the condition on line {line} was always true")


def _if(walk: ArcWalk, node: ast.If, scope: Scope) -> Exits:
    exits: set[Exit] = set()
    while True:
        line, truth = walk.line_of(node.test), constant_truth(node.test)
        if truth is not False:
            exits |= walk.body(node.body, _never_true(line), scope)
        if truth is True:
            return frozenset(exits)
        otherwise = _always_true(line)
        match node.orelse:
            case [ast.If() as other] if walk.can_run(other):
                # A chain of `elif` nests as deep as it is long: no recursion here.
                walk.add(otherwise, walk.line_of(other))
                node = other
            case orelse:
                return frozenset(exits | walk.body(orelse, otherwise, scope))


def _while(walk: ArcWalk, node: ast.While, scope: Scope) -> Exits:
    line = walk.line_of(node.test)
    loop = Loop(line)
    walk.add(walk.body(node.body, _never_true(line), replace(scope, loop=loop)), line)
    if node.orelse:
        return walk.body(node.orelse, _always_true(line), scope) | loop.breaks
    if constant_truth(node.test) is None:
        return _always_true(line) | loop.breaks
    return frozenset(loop.breaks)


def _for(walk: ArcWalk, node: ast.For | ast.AsyncFor, scope: Scope) -> Exits:
    line = walk.line_of(node.iter)
    loop = Loop(line)
    never_started = _only(line, f"the loop on line {line} never started")
    walk.add(walk.body(node.body, never_started, replace(scope, loop=loop)), line)
    completed = _only(line, f"the loop on line {line} never ran to its end")
    return walk.body(node.orelse, completed, scope) | loop.breaks


def _match(walk: ArcWalk, node: ast.Match, scope: Scope) -> Exits:
    came_from = _only(walk.line_of(node))
    exits: set[Exit] = set()
    for case in node.cases:
        line = walk.line_of(case.pattern)
        walk.add(came_from, line)
        exits |= walk.body(case.body, _only(line, f"the pattern on line {line} never matched"), scope)
        came_from = _only(line, f"the pattern on line {line} always matched")
    return frozenset(exits) if is_irrefutable(node.cases[-1]) else came_from | exits


def _try(walk: ArcWalk, node: ast.Try | ast.TryStar, scope: Scope) -> Exits:
    """A `finally` comes once, after whatever completes; exceptions and jumps through it make no arcs."""
    guarded = replace(scope, handler=walk.line_of(node.handlers[0]) if node.handlers else None)
    rest = replace(scope, handler=None) if node.finalbody else scope
    exits = walk.body(node.body, _only(walk.line_of(node)), guarded)
    handled: set[Exit] = set()
    for handler in node.handlers:
        line = walk.line_of(handler)
        handled |= walk.body(handler.body, _only(line, f"no exception was caught on line {line}"), rest)
    exits = walk.body(node.orelse, exits, rest) | handled
    final_exits = walk.body(node.finalbody, exits, scope)
    return final_exits if exits else _NOWHERE


def _with(walk: ArcWalk, node: ast.With | ast.AsyncWith, scope: Scope) -> Exits:
    line = walk.line_of(node)
    walk.with_jumps.enter(line)
    exits = walk.body(node.body, _only(line), scope)
    walk.with_jumps.leave(line)
    if not exits:
        return _NOWHERE
    walk.add(exits, line)
    walk.with_jumps.returned((exit_.line for exit_ in exits), line)
    return _only(line)


def _definition(walk: ArcWalk, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, _: Scope) -> Exits:
    """The body is another code object's; decorators run one after another, then the definition."""
    lines = [walk.line_of(decorator) for decorator in node.decorator_list]
    for line, follower in pairwise([*lines, node.lineno]):
        walk.add(_only(line), follower)
    return _only(node.lineno)


def _return(walk: ArcWalk, node: ast.Return, scope: Scope) -> Exits:
    if scope.function is not None:
        line = walk.line_of(node)
        exits = _only(line, f"the return on line {line} never ran")
        walk.add(exits, -scope.function.first_line, f"exit the function '{scope.function.name}'")
    return _NOWHERE


def _raise(walk: ArcWalk, node: ast.Raise, scope: Scope) -> Exits:
    if scope.handler is not None:
        line = walk.line_of(node)
        leaves = scope.handler < 0 and scope.function is not None
        destination = f"leave the function '{scope.function.name}' by an exception" if leaves and scope.function else ""
        walk.add(_only(line, f"the raise on line {line} never ran"), scope.handler, destination)
    return _NOWHERE


def _break(walk: ArcWalk, node: ast.Break, scope: Scope) -> Exits:
    if scope.loop is not None:
        line = walk.line_of(node)
        scope.loop.breaks.add(Exit(line, f"the break on line {line} never ran"))
    return _NOWHERE


def _continue(walk: ArcWalk, node: ast.Continue, scope: Scope) -> Exits:
    if scope.loop is not None:
        line = walk.line_of(node)
        walk.add(_only(line, f"the continue on line {line} never ran"), scope.loop.top)
    return _NOWHERE


RULES: Mapping[type[ast.AST], Rule] = MappingProxyType(
    {
        ast.If: _if,
        ast.While: _while,
        ast.For: _for,
        ast.AsyncFor: _for,
        ast.Match: _match,
        ast.Try: _try,
        ast.TryStar: _try,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.ClassDef: _definition,
        ast.FunctionDef: _definition,
        ast.AsyncFunctionDef: _definition,
        ast.Return: _return,
        ast.Raise: _raise,
        ast.Break: _break,
        ast.Continue: _continue,
    }
)
"""Statements that are not here go on to the next one."""
