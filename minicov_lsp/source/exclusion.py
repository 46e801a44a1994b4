"""What the user asked not to count, with coverage.py's meaning (docs/parity.md, rules 30 to 36)."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from minicov_lsp.errors import ConfigError, SourceError
from minicov_lsp.model import Line
from minicov_lsp.source.default_patterns import (
    DEFAULT_EXCLUDE,
    DEFAULT_PARTIAL,
    DEFAULT_PARTIAL_ALWAYS,
    DEFAULTS,
    starts,
)
from minicov_lsp.source.logical_lines import LogicalLine
from minicov_lsp.source.patterns import is_irrefutable
from minicov_lsp.source.suites import DEFINITIONS, Suite

if TYPE_CHECKING:
    import regex

_REPEATS = re.compile(r"(?<!\\)(?:[*+]|\{\d*,\d*\})")
_REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{\d*,\d*\})")
MOST_SECONDS = 2.0
"""That patterns may take on one text."""


_SOMEWHERE = "the configuration"


class SlowPatternError(SourceError):
    """A pattern would take too long."""

    def __init__(self, pattern: str) -> None:
        super().__init__(self.told(pattern))
        self.pattern = pattern

    @staticmethod
    def told(pattern: str, where: str = _SOMEWHERE) -> str:
        """The message, with where the pattern is to be corrected."""
        return (
            f"the exclusion pattern {pattern!r} takes longer than {MOST_SECONDS:g} s on this file; "
            f"rewrite it in {where}, so that it can match in one way only"
        )


class BadPatternError(ConfigError):
    """A pattern is no regular expression, or none beside the others."""

    def __init__(self, pattern: str, problem: str) -> None:
        super().__init__(self.told(pattern, problem))
        self.pattern = pattern
        self.problem = problem

    @staticmethod
    def told(pattern: str, problem: str, where: str = _SOMEWHERE) -> str:
        """The message, with where the pattern is to be corrected."""
        return f"exclusion pattern {pattern!r} is not a regular expression: {problem}; correct it in {where}"


@dataclass(frozen=True, slots=True)
class ExclusionRules:
    """Regular expressions over a whole text; the defaults are coverage.py 7.17's."""

    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    """Lines, and the suites that they open, that do not count."""
    partial: tuple[str, ...] = DEFAULT_PARTIAL
    """Lines whose branches count as taken."""
    partial_always: tuple[str, ...] = DEFAULT_PARTIAL_ALWAYS
    """The same, for tests that are constant by their form."""
    origins: tuple[tuple[str, str], ...] = field(default=(), compare=False, repr=False)
    """(pattern, where it was set), as far as it is known."""

    def where(self, pattern: str) -> str:
        """Where a pattern was set, for a message."""
        return dict(self.origins).get(pattern, _SOMEWHERE)


def matching_lines(patterns: Iterable[str], text: str) -> set[Line]:
    """All lines touched by a match of any of the patterns, which may reach over line ends.

    The patterns compete as alternatives of one expression: what one has consumed another can't begin in.
    Raises BadPatternError for a pattern that is no regular expression, SlowPatternError for one that takes too long.
    """
    everything = tuple(patterns)
    _joined(everything)  # what is wrong with a pattern is told of every text
    found: set[Line] = set()
    line, counted = 1, 0
    for match in _matches(everything, text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        found.update(range(line, line + match[0].count("\n") + 1))
    return found


def _matches(patterns: Iterable[str], text: str) -> Iterator[re.Match[str]]:
    """The matches of patterns as alternatives of one expression, in order; looked for only where there may be one."""
    chosen: list[str] = []
    places: set[int] = set()
    has_others = False
    for pattern in patterns:
        possible = starts(pattern, text)
        more = None if possible is None else set(possible)
        if more is None or more:
            chosen.append(pattern)
        has_others |= more is None
        places |= more or set()
    expression = _joined(tuple(chosen))
    if expression is None:
        return
    if has_others:
        is_slow = any(map(_may_be_slow, chosen))
        yield from bounded(expression, chosen, text) if is_slow else expression.finditer(text)
        return
    end = 0
    for place in sorted(places):
        match = expression.match(text, place) if place >= end else None
        if match is not None:
            yield match
            end = match.end()


def bounded(expression: re.Pattern[str], patterns: Iterable[str], text: str) -> Iterator[re.Match[str]]:
    """The matches of an expression that `patterns` are joined in. Raises SlowPatternError, which names the slow one.

    `re` can't be stopped, and holds the whole process up; `regex` matches the same and can.
    """
    try:
        found = _in_time(expression)
        if found is None:
            yield from expression.finditer(text)
            return
        yield from found.finditer(text, timeout=MOST_SECONDS)
    except TimeoutError as error:
        slow = next(filter(lambda each: not _is_done(each, text), filter(_may_be_slow, patterns)), expression.pattern)
        raise SlowPatternError(slow) from error


def _in_time(expression: re.Pattern[str]) -> regex.Pattern[str] | None:
    """The same expression as one that can be stopped; None where it means nothing to `regex`."""
    import regex  # only a few projects have patterns that need it

    try:
        return regex.compile(expression.pattern, regex.VERSION0 | expression.flags & re.MULTILINE)
    except regex.error:
        return None


def finder(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether one of some patterns is found in a text. What it gives raises SlowPatternError."""
    chosen = tuple(patterns)
    either = re.compile("|".join(f"(?:{pattern})" for pattern in chosen))
    in_time = _in_time(either) if any(map(_may_be_slow, chosen)) else None

    def is_found(text: str) -> bool:
        try:
            return (either.search(text) if in_time is None else in_time.search(text, timeout=MOST_SECONDS)) is not None
        except TimeoutError as error:
            raise SlowPatternError("|".join(chosen)) from error

    return is_found


def _is_done(pattern: str, text: str) -> bool:
    found = _in_time(re.compile(pattern, re.MULTILINE))
    try:
        for _ in found.finditer(text, timeout=MOST_SECONDS / 4) if found is not None else ():
            pass
    except TimeoutError:
        return False
    return True


def _may_be_slow(pattern: str) -> bool:
    """Whether a pattern of a user's repeats several things, or a group: a text can then match in very many ways."""
    is_risky = len(_REPEATS.findall(pattern)) > 1 or _REPEATED_GROUP.search(pattern) is not None
    return is_risky and pattern not in DEFAULTS


@lru_cache(maxsize=64)
def _joined(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """One expression for all the patterns; None for no patterns."""
    if not patterns:
        return None
    if len(patterns) == 1:  # alone, a pattern may begin with a global flag
        return _compiled(patterns[0], patterns[0])
    for pattern in patterns:
        _compiled(f"(?:{pattern})", pattern)
    whole = ""
    for pattern in patterns:  # one by one: two may name the same group
        whole += f"{'|' if whole else ''}(?:{pattern})"
        expression = _compiled(whole, pattern)
    return expression


def _compiled(expression: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(expression, re.MULTILINE)
    except (re.error, OverflowError) as error:
        raise BadPatternError(pattern, str(error)) from error
    except RecursionError as error:
        raise BadPatternError(pattern, "it is nested too deeply") from error


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


def with_definitions(excluded: AbstractSet[Line], nodes: Iterable[Suite], code_lines: AbstractSet[Line]) -> set[Line]:
    """The excluded lines and what they take with them: definitions by a decorator or signature, cases by their body."""
    excluded = set(excluded)
    for node in nodes if excluded else ():
        if isinstance(node, DEFINITIONS):
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
