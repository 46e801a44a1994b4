"""What conditions a run decides, found the slow and obvious way: the specification's rules, one by one.

The program's syntax tree is rewritten so that each operand tells its truth (`TELLER`). Each evaluation's vector is
kept, and docs/conditions.md is applied to it word by word. Shares no code with the product.
"""

from __future__ import annotations

import ast
import sys
from itertools import pairwise
from typing import Any

from .conditions_rules import (
    TELLER,
    Arms,
    Bits,
    Condition,
    Constant,
    Decision,
    Joined,
    Key,
    Not,
    Span,
    Tree,
    Untested,
    Vector,
    conditions,
    decided,
)


class Teller:
    """What the rewritten program calls: keeps the vectors of all evaluations that go on."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []
        self._vectors: dict[tuple[int, int], Vector] = {}
        self._kept: dict[tuple[int, int], Any] = {}

    def begin(self, decision: int) -> bool:
        """An evaluation begins in the caller's frame; what another one there left undone is abandoned."""
        self._vectors[id(sys._getframe(1)), decision] = {}
        return False

    def condition(self, decision: int, number: int, value: Any) -> Any:
        """An operand was evaluated; raises what its `__bool__` raises."""
        truth = bool(value)
        self.decisions[decision].seen.setdefault(number, set()).add(truth)
        self._tell(id(sys._getframe(1)), decision, ("condition", number), truth)
        return value

    def arms(self, decision: int, number: int, value: Any) -> bool:
        """The test of a conditional expression has chosen an arm."""
        truth = bool(value)
        self._tell(id(sys._getframe(1)), decision, ("arms", number), truth)
        return truth

    def keep(self, chain: int, value: Any) -> Any:
        """The operand between two links of a chained comparison."""
        self._kept[id(sys._getframe(1)), chain] = value
        return value

    def kept(self, chain: int) -> Any:
        """That operand again."""
        return self._kept.pop((id(sys._getframe(1)), chain))

    def _tell(self, frame: int, number: int, what: tuple[str, int], truth: bool) -> None:
        vector = self._vectors.get((frame, number))
        if vector is None:
            return  # it is complete already
        vector[what] = truth
        decision = self.decisions[number]
        shown = decided(decision.tree, vector)
        if shown is None:
            return
        del self._vectors[frame, number]
        for condition, value in shown:
            decision.demonstrated.setdefault(condition, set()).add(value)

    def bits(self) -> dict[Key, list[Bits]]:
        """{decision: its conditions}."""
        return {found.key: found.bits() for found in self.decisions if found.conditions}


def span_of(first: ast.expr, last: ast.expr | None = None) -> Span:
    last = last or first
    assert last.end_lineno is not None
    assert last.end_col_offset is not None
    return first.lineno, first.col_offset, last.end_lineno, last.end_col_offset


def constant(node: ast.expr) -> bool | None:
    """Rule 6: the truth of a constant."""
    for inner in ast.walk(node):
        is_literal = isinstance(inner, ast.Constant | ast.Tuple | ast.UnaryOp | ast.BinOp | ast.operator | ast.unaryop)
        is_debug = isinstance(inner, ast.Name) and inner.id == "__debug__"
        if not (is_literal or is_debug or isinstance(inner, ast.expr_context)):
            return None
    return bool(eval(compile(ast.Expression(node), "<constant>", "eval")))


def pruned(tree: Tree) -> Tree:
    """Rule 6: without what can never be evaluated, and without what never decides."""
    if isinstance(tree, Not):
        inner = pruned(tree.operand)
        return Constant(not inner.truth) if isinstance(inner, Constant) else Not(inner)
    if isinstance(tree, Arms):
        test, body, orelse = pruned(tree.test), pruned(tree.body), pruned(tree.orelse)
        if isinstance(test, Constant):
            return body if test.truth else orelse
        if isinstance(body, Constant) and body == orelse:
            return body
        return Arms(tree.number, test, body, orelse)
    if isinstance(tree, Joined):
        kept: list[Tree] = []
        for operand in map(pruned, tree.operands):
            kept.append(operand)
            if operand == Constant(not tree.is_and):
                break
        if is_tested(tree) and Constant(not tree.is_and) in kept:
            return Constant(not tree.is_and)
        if is_tested(tree) and all(isinstance(operand, Constant) for operand in kept):
            return Constant(tree.is_and)
        return Joined(tree.is_and, kept)
    return tree


def is_tested(tree: Tree) -> bool:
    """Whether a subtree is in tested position: its last operand is."""
    if isinstance(tree, Not):
        return is_tested(tree.operand)
    if isinstance(tree, Arms):
        return is_tested(tree.body)
    if isinstance(tree, Joined):
        return is_tested(tree.operands[-1])
    return not isinstance(tree, Untested)


class _Rewriter(ast.NodeTransformer):
    """Makes each decision tell of itself; visiting a node is visiting it in value context."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._numbers = 0

    def visit_If(self, node: ast.If) -> ast.AST:
        node.test = self._test("if", node.test)
        return self._rest(node, "test")

    def visit_While(self, node: ast.While) -> ast.AST:
        node.test = self._test("while", node.test)
        return self._rest(node, "test")

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        node.test = self._test("assert", node.test)
        return self._rest(node, "test")

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        node.test = self._test("ifexp", node.test)
        return self._rest(node, "test")

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.ifs = [self._test("comprehension", test) for test in node.ifs]
        return self._rest(node, "ifs")

    def visit_match_case(self, node: ast.match_case) -> ast.AST:
        if node.guard is not None:
            node.guard = self._test("guard", node.guard)
        return self._rest(node, "guard")

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        return self._decision("value", node, is_tested=False)[0]

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if len(node.ops) > 1:
            return self._decision("value", node, is_tested=False)[0]
        return self.generic_visit(node)

    def _rest(self, node: ast.AST, done: str) -> ast.AST:
        """Visit all fields but one."""
        held = getattr(node, done)
        setattr(node, done, [] if isinstance(held, list) else None)
        self.generic_visit(node)
        setattr(node, done, held)
        return node

    def _test(self, kind: str, node: ast.expr) -> ast.expr:
        return self._decision(kind, node, is_tested=True)[0]

    def _decision(self, kind: str, node: ast.expr, *, is_tested: bool) -> tuple[ast.expr, Tree]:
        number = len(self._teller.decisions)
        decision = Decision((kind, span_of(node)))
        self._teller.decisions.append(decision)
        made, tree = self._part(node, number, is_tested)
        decision.tree = pruned(tree)
        decision.conditions = conditions(decision.tree)
        begin = _call("begin", ast.Constant(number))
        return ast.BoolOp(ast.Or(), [begin, made]), decision.tree

    def _part(self, node: ast.expr, decision: int, is_tested: bool) -> tuple[ast.expr, Tree]:
        """Rules 3 and 4: a part of a decision's tree."""
        if isinstance(node, ast.BoolOp):
            last = len(node.values) - 1
            parts = [self._part(value, decision, is_tested or n < last) for n, value in enumerate(node.values)]
            made: ast.expr = ast.BoolOp(node.op, [part for part, _ in parts])
            return made, Joined(isinstance(node.op, ast.And), [tree for _, tree in parts])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            made, tree = self._part(node.operand, decision, is_tested)
            return ast.UnaryOp(ast.Not(), made), Not(tree)
        if isinstance(node, ast.IfExp):
            number = self._next()
            test, test_tree = self._decision("ifexp", node.test, is_tested=True)
            body, body_tree = self._part(node.body, decision, is_tested)
            orelse, orelse_tree = self._part(node.orelse, decision, is_tested)
            choice = _call("arms", ast.Constant(decision), ast.Constant(number), test)
            return ast.IfExp(choice, body, orelse), Arms(number, test_tree, body_tree, orelse_tree)
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            return self._chain(node, decision, is_tested)
        truth = constant(node)
        made = self.generic_visit(node)  # type: ignore[assignment]  # an expression stays one
        if not is_tested:
            return made, Untested()
        if truth is not None:
            return made, Constant(truth)
        return self._told(made, decision, span_of(node))

    def _chain(self, node: ast.Compare, decision: int, is_tested: bool) -> tuple[ast.expr, Tree]:
        """The `and` of its links, with the operand between two links evaluated once."""
        sides = [node.left, *node.comparators]
        spans = [span_of(left, right) for left, right in pairwise(sides)]
        visited = [self.visit(side) for side in sides]
        parts: list[tuple[ast.expr, Tree]] = []
        left = visited[0]
        for number, op in enumerate(node.ops):
            is_last = number == len(node.ops) - 1
            chain = self._next()
            right = visited[number + 1] if is_last else _call("keep", ast.Constant(chain), visited[number + 1])
            link = ast.Compare(left, [op], [right])
            parts.append((link, Untested()) if is_last and not is_tested else self._told(link, decision, spans[number]))
            left = _call("kept", ast.Constant(chain))
        return ast.BoolOp(ast.And(), [part for part, _ in parts]), Joined(True, [tree for _, tree in parts])

    def _told(self, node: ast.expr, decision: int, span: Span) -> tuple[ast.expr, Tree]:
        number = self._next()
        return _call("condition", ast.Constant(decision), ast.Constant(number), node), Condition(number, span)

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers


def _call(method: str, *arguments: ast.expr) -> ast.expr:
    function = ast.Attribute(ast.Name(TELLER, ast.Load()), method, ast.Load())
    return ast.Call(function, list(arguments), [])


def rewritten(source: str) -> tuple[ast.Module, Teller]:
    """The tree of a program that tells of its decisions, and what it tells: it must be the global TELLER."""
    teller = Teller()
    tree = _Rewriter(teller).visit(ast.parse(source))
    return ast.fix_missing_locations(tree), teller
