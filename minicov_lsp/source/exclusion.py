"""What the user asked not to count, with coverage.py's meaning (docs/parity.md, rules 30 to 36)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from minicov_lsp.errors import ConfigError
from minicov_lsp.model import Line
from minicov_lsp.source.logical_lines import LogicalLine
from minicov_lsp.source.patterns import is_irrefutable
from minicov_lsp.source.syntax import suites

DEFAULT_EXCLUDE = (
    r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)",
    r"^\s*(((async )?def .*?)?[\])]+(\s*->.*?)?:\s*)?\.\.\.\s*(#|$)",
    r"^\s*if (typing\.)?TYPE_CHECKING:",
)
DEFAULT_PARTIAL = (r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(branch|BRANCH)",)
DEFAULT_PARTIAL_ALWAYS = (r"^\s*while (True|1|False|0):", r"^\s*if (True|1|False|0):")


@dataclass(frozen=True, slots=True)
class ExclusionRules:
    """Regular expressions over a whole text; the defaults are coverage.py 7.17's."""

    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    """Lines, and the suites that they open, that do not count."""
    partial: tuple[str, ...] = DEFAULT_PARTIAL
    """Lines whose branches count as taken."""
    partial_always: tuple[str, ...] = DEFAULT_PARTIAL_ALWAYS
    """The same, for tests that are constant by their form."""


def matching_lines(patterns: Iterable[str], text: str) -> set[Line]:
    """All lines touched by a match of any of the patterns, which may reach over line ends.

    The patterns compete as alternatives of one expression: what one has consumed another can't begin in.
    Raises ConfigError for a pattern that is no regular expression.
    """
    expression = _joined(tuple(patterns))
    if expression is None:
        return set()
    found: set[Line] = set()
    line, counted = 1, 0
    for match in expression.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        found.update(range(line, line + match[0].count("\n") + 1))
    return found


def _joined(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """One expression for all the patterns; None for no patterns."""
    if len(patterns) == 1:  # alone, a pattern may begin with a global flag
        return _compiled(patterns[0], patterns[0])
    for pattern in patterns:
        _compiled(f"(?:{pattern})", pattern)
    return _compiled("|".join(f"(?:{pattern})" for pattern in patterns), "|".join(patterns)) if patterns else None


def _compiled(expression: str, shown: str) -> re.Pattern[str]:
    try:
        return re.compile(expression, re.MULTILINE)
    except re.error as error:
        raise ConfigError(
            f"exclusion pattern {shown!r} is not a regular expression: {error}; correct it in the configuration"
        ) from error


def with_suites(matched: AbstractSet[Line], lines: Iterable[LogicalLine]) -> set[Line]:
    """The matched lines and the suites they open: a match up to a logical line's colon takes what is indented below."""
    excluded = set(matched)
    suite_indent: int | None = None
    for line in lines:
        if suite_indent is not None:
            if line.indent > suite_indent:
                excluded.add(line.head_end)
            else:
                suite_indent = None
        for colon in line.colons:
            if suite_indent is None and not excluded.isdisjoint(range(line.first, colon + 1)):
                excluded.add(colon)
                suite_indent = line.indent
    return excluded


def with_definitions(excluded: AbstractSet[Line], tree: ast.Module, code_lines: AbstractSet[Line]) -> set[Line]:
    """The excluded lines and what they take with them: definitions by a decorator or signature, cases by their body."""
    excluded = set(excluded)
    for node in suites(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = min((decorator.lineno for decorator in node.decorator_list), default=node.lineno)
            if not excluded.isdisjoint(range(first, node.lineno + 1)):
                excluded.update(range(first, (node.end_lineno or node.lineno) + 1))
        elif isinstance(node, ast.match_case) and is_irrefutable(node):
            last = node.body[-1]
            body = code_lines & set(range(node.body[0].lineno, (last.end_lineno or last.lineno) + 1))
            if body and body <= excluded:
                excluded.update(range(node.pattern.lineno, node.pattern.end_lineno + 1))
    return excluded


def partial_lines(rules: ExclusionRules, text: str, first_lines: Mapping[Line, Line]) -> frozenset[Line]:
    """First lines of the statements whose branches count as taken."""
    matched = matching_lines((*rules.partial, *rules.partial_always), text)
    return frozenset(first_lines.get(line, line) for line in matched)
