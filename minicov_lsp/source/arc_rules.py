"""How control goes through each kind of statement."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

from minicov_lsp.source.arcs import ArcWalk, Exit, Exits, Loop, Rule, Scope, Why
from minicov_lsp.source.patterns import constant_truth, is_irrefutable

_NOWHERE: Exits = ()


def _if(walk: ArcWalk, node: ast.If, scope: Scope) -> Exits:
    exits: list[Exit] = []
    while True:
        line, truth = walk.line_of(node.test), constant_truth(node.test)
        if truth is not False:
            exits += walk.body(node.body, ((line, Why.NEVER_TRUE),), scope)
        if truth is True:
            return dict.fromkeys(exits)
        otherwise = ((line, Why.ALWAYS_TRUE),)
        orelse = node.orelse
        if len(orelse) == 1 and isinstance(orelse[0], ast.If) and walk.can_run(orelse[0]):
            # A chain of `elif` nests as deep as it is long: no recursion here.
            node = orelse[0]
            walk.add(otherwise, walk.line_of(node))
        else:
            return dict.fromkeys([*exits, *walk.body(orelse, otherwise, scope)])


def _while(walk: ArcWalk, node: ast.While, scope: Scope) -> Exits:
    line = walk.line_of(node.test)
    loop = Loop(line, {})
    walk.add(walk.body(node.body, ((line, Why.NEVER_TRUE),), Scope(loop, scope.function, scope.handler)), line)
    otherwise = ((line, Why.ALWAYS_TRUE),)
    if node.orelse:
        return dict.fromkeys([*walk.body(node.orelse, otherwise, scope), *loop.breaks])
    if constant_truth(node.test) is None:
        return dict.fromkeys([*otherwise, *loop.breaks])
    return loop.breaks


def _for(walk: ArcWalk, node: ast.For | ast.AsyncFor, scope: Scope) -> Exits:
    line = walk.line_of(node.iter)
    loop = Loop(line, {})
    walk.add(walk.body(node.body, ((line, Why.NEVER_STARTED),), Scope(loop, scope.function, scope.handler)), line)
    return dict.fromkeys([*walk.body(node.orelse, ((line, Why.NEVER_ENDED),), scope), *loop.breaks])


def _match(walk: ArcWalk, node: ast.Match, scope: Scope) -> Exits:
    came_from: Exits = ((walk.line_of(node), Why.UNKNOWN),)
    exits: list[Exit] = []
    for case in node.cases:
        line = walk.line_of(case.pattern)
        walk.add(came_from, line)
        exits += walk.body(case.body, ((line, Why.NEVER_MATCHED),), scope)
        came_from = ((line, Why.ALWAYS_MATCHED),)
    return dict.fromkeys(exits if is_irrefutable(node.cases[-1]) else [*came_from, *exits])


def _try(walk: ArcWalk, node: ast.Try | ast.TryStar, scope: Scope) -> Exits:
    """A `finally` comes once, after whatever completes; exceptions and jumps through it make no arcs."""
    handler_line = walk.line_of(node.handlers[0]) if node.handlers else None
    rest = Scope(scope.loop, scope.function, None) if node.finalbody else scope
    exits = walk.body(node.body, ((walk.line_of(node), Why.UNKNOWN),), Scope(scope.loop, scope.function, handler_line))
    handled: list[Exit] = []
    for handler in node.handlers:
        handled += walk.body(handler.body, ((walk.line_of(handler), Why.NOT_CAUGHT),), rest)
    exits = dict.fromkeys([*walk.body(node.orelse, exits, rest), *handled])
    final_exits = walk.body(node.finalbody, exits, scope)
    return final_exits if exits else _NOWHERE


def _with(walk: ArcWalk, node: ast.With | ast.AsyncWith, scope: Scope) -> Exits:
    line = walk.line_of(node)
    walk.with_jumps.enter(line)
    exits = tuple(walk.body(node.body, ((line, Why.UNKNOWN),), scope))
    walk.with_jumps.leave(line)
    if not exits:
        return _NOWHERE
    walk.add(exits, line)
    walk.with_jumps.returned((start for start, _ in exits), line)
    return ((line, Why.UNKNOWN),)


def _definition(walk: ArcWalk, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, _: Scope) -> Exits:
    """The body is another code object's; decorators run one after another, then the definition."""
    if node.decorator_list:
        lines = [walk.line_of(decorator) for decorator in node.decorator_list]
        for line, follower in pairwise([*lines, node.lineno]):
            walk.add(((line, Why.UNKNOWN),), follower)
    return ((node.lineno, Why.UNKNOWN),)


def _return(walk: ArcWalk, node: ast.Return, scope: Scope) -> Exits:
    if scope.function is not None:
        walk.add(((walk.line_of(node), Why.NO_RETURN),), -scope.function.first_line, scope.function.exit)
    return _NOWHERE


def _raise(walk: ArcWalk, node: ast.Raise, scope: Scope) -> Exits:
    if scope.handler is not None:
        leaves = scope.function if scope.handler < 0 else None
        walk.add(((walk.line_of(node), Why.NO_RAISE),), scope.handler, leaves.leave if leaves is not None else "")
    return _NOWHERE


def _break(walk: ArcWalk, node: ast.Break, scope: Scope) -> Exits:
    if scope.loop is not None:
        scope.loop.breaks[walk.line_of(node), Why.NO_BREAK] = None
    return _NOWHERE


def _continue(walk: ArcWalk, node: ast.Continue, scope: Scope) -> Exits:
    if scope.loop is not None:
        walk.add(((walk.line_of(node), Why.NO_CONTINUE),), scope.loop.top)
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
