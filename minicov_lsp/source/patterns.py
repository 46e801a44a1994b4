"""What can be known of a test or a pattern without running it."""

from __future__ import annotations

import ast

CONSTANT_NAMES = {"True": True, "False": False, "None": False, "__debug__": __debug__}


def is_irrefutable(case: ast.match_case) -> bool:
    """Whether whatever reaches this case matches it: a wildcard or a bare name, no guard.

    As coverage.py has it: `1 | _` and `_ as name` are irrefutable, `(1 | _) as name` is not.
    """
    if case.guard is not None:
        return False
    pattern = case.pattern
    while isinstance(pattern, ast.MatchOr):
        pattern = pattern.patterns[-1]
    while isinstance(pattern, ast.MatchAs):
        if pattern.pattern is None:
            return True
        pattern = pattern.pattern
    return False


def constant_truth(test: ast.expr) -> bool | None:
    """The truth of a test that is constant by its form; None where it must be run (comparisons, `__debug__ or x`)."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Name(id=name):
            return CONSTANT_NAMES.get(name)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = constant_truth(operand)
            return None if truth is None else not truth
        case ast.BoolOp(op=op, values=values):
            truths = [constant_truth(value) for value in values]
            if None in truths:
                return None
            return any(truths) if isinstance(op, ast.Or) else all(truths)
    return None
