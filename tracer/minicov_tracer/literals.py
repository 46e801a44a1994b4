"""What the compiler knows of an expression without running it."""

from __future__ import annotations

import ast

_LONGEST_CONSTANT = 6
"""Bytes of the longest code that only returns a constant, without caches: RESUME, LOAD_CONST, RETURN_VALUE."""


def constant(node: ast.expr) -> tuple[object] | None:
    """The value of a constant operand, in a tuple; None for what is not constant [6]."""
    match node:
        case ast.Constant(value=value):
            return (value,)
        case ast.JoinedStr(values=values) if all(isinstance(value, ast.Constant) for value in values):
            return ("".join(str(value.value) for value in values if isinstance(value, ast.Constant)),)
    return folded(node) if _is_closed(node) else None


def _is_closed(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name == "__debug__"
        case ast.UnaryOp(operand=operand):
            return _is_closed(operand)
        case ast.BinOp(left=left, right=right):
            return _is_closed(left) and _is_closed(right)
        case ast.Tuple(elts=elements):
            return all(map(_is_closed, elements))
    return False


def folded(node: ast.expr) -> tuple[object] | None:
    """What the compiler makes of an expression without names, in a tuple; None where it leaves it to be computed."""
    if isinstance(node, ast.Constant):
        return (node.value,)
    is_text = isinstance(node, ast.JoinedStr) and len(node.values) == 1 and isinstance(node.values[0], ast.Constant)
    if not (is_text or _is_closed(node)):
        return None
    code = compile(ast.Expression(node), "<constant>", "eval", dont_inherit=True)
    if code.co_names or len(code.co_code) - 2 * code.co_code[::2].count(0) > _LONGEST_CONSTANT:
        return None
    return (eval(code),)  # noqa: S307  # it does nothing but return a constant


def known_truth(node: ast.expr, *, only_literals: bool = False) -> bool | None:
    """The outcome of a test that the compiler knows; None where it doesn't."""
    literal = folded(node)
    if literal is not None or only_literals:
        return bool(literal[0]) if literal is not None else None
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            known = known_truth(operand)
            return None if known is None else not known
        case ast.BoolOp(op=op, values=values):
            is_or = isinstance(op, ast.Or)
            outcomes = {known_truth(value) for value in values}
            return is_or if is_or in outcomes else None if None in outcomes else not is_or
        case ast.IfExp(test=test, body=body, orelse=orelse):
            known = known_truth(test)
            outcomes = {known_truth(arm) for arm in ([body, orelse] if known is None else [body if known else orelse])}
            return outcomes.pop() if len(outcomes) == 1 else None
    return None
