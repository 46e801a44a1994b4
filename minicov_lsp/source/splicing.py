"""Analysing a text again after an edit inside one function or class: only that is read again.

A definition at the left margin is analysed by itself, and takes the place in the whole of what it was; what comes after
it moves. That this gives what a full analysis gives is not believed but checked: what the definition was before must be
the same by itself as in the whole, control must leave it as before, and the exclusion patterns must match the same in
the rest. Where any of that doesn't hold, or the edit isn't inside such a definition, all is analysed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import NamedTuple

from minicov_lsp.errors import SourceError
from minicov_lsp.model import Definition, Line, SourceModel
from minicov_lsp.source import pieces, text
from minicov_lsp.source.exclusion import ExclusionRules, matching_lines
from minicov_lsp.source.parser import parse
from minicov_tracer import sources

_FUTURE = re.compile(r"from __future__ import [a-z_, ]+")
_NAMED = re.compile(r"(^|;)\s*(from\s+)?__future__")
"""Whatever could be such a line, or the second half of one."""
_START = 2
"""The line on which a definition by itself starts; the first is for the module's `from __future__`."""


class _Matched(NamedTuple):
    """The lines that the patterns of the exclusion rules match."""

    exclude: frozenset[Line]
    partial: frozenset[Line]


@dataclass(frozen=True, slots=True)
class _Alone:
    """A definition analysed by itself."""

    inner: SourceModel
    """What is inside of it."""
    leaving: frozenset[Line]
    """The lines from which control goes on to what comes after it."""
    hidden: frozenset[Line]
    """Which of those, and of its first line, are excluded."""
    matched: _Matched


class Reparser:
    """Analyses one text again and again while it is edited; used by one thread at a time."""

    def __init__(self, rules: ExclusionRules, path: str = "<text>") -> None:
        self._rules = rules
        self._path = path
        self._known: tuple[SourceModel, _Matched] | None = None
        self._kept: tuple[str, _Alone] | None = None
        self.full_analyses = 0
        """How often all of a text was analysed."""

    def parse(self, source_text: str) -> SourceModel:
        """What `parse` says of the text, and raises."""
        shown = text.shown(source_text)
        known = self._spliced(shown)
        if known is None:
            self.full_analyses += 1
            known = parse(shown, self._rules, path=self._path), self._matched(text.parsed(shown))
        self._known = known
        return known[0]

    def _matched(self, parsed: str) -> _Matched:
        rules = self._rules
        return _Matched(
            frozenset(matching_lines(rules.exclude, parsed)),
            frozenset(matching_lines((*rules.partial, *rules.partial_always), parsed)),
        )

    def _spliced(self, shown: str) -> tuple[SourceModel, _Matched] | None:
        """The text's analysis made from the last one's; None where all must be analysed."""
        if self._known is None:
            return None
        model, matched_before = self._known
        lines = text.lines_of(shown)
        if lines == model.lines:
            return replace(model, digest=sources.digest(shown)), matched_before
        same, ends_same = _unchanged(model.lines, lines)
        edited = _edited_definition(model, same, len(model.lines) - ends_same)
        future = _future(model)
        if edited is None or future is None:
            return None
        seam = _Seam(edited.first_line, edited.end_line, len(lines) - len(model.lines), same)
        before = self._by_itself(future, model.lines[seam.first - 1 : seam.last])
        after = self._by_itself(future, lines[seam.first - 1 : seam.last + seam.grown])
        matched = self._matched(text.parsed(shown))
        if before is None or after is None or not seam.holds(model, before, after):
            return None
        if not all(
            seam.is_local(*each) for each in zip(matched_before, matched, before.matched, after.matched, strict=True)
        ):
            return None
        try:
            rest = pieces.outside(model, seam.first, seam.last)
            if seam.grown:
                rest = pieces.moved(rest, seam.moved)
        except ValueError:
            return None
        whole = pieces.joined(rest, pieces.moved(after.inner, _by(seam.first - _START)), seam.first)
        return replace(whole, digest=sources.digest(shown), lines=lines), matched

    def _by_itself(self, future: str, lines: Sequence[str]) -> _Alone | None:
        """A definition as if there were nothing else; None where it is not one sound piece."""
        alone = "\n".join((future, *lines, ""))
        if self._kept is not None and self._kept[0] == alone:
            return self._kept[1]
        try:
            model = parse(alone, self._rules)
        except SourceError:
            return None
        leaving = frozenset(start for start, end in model.arcs if start >= _START > abs(end))
        found = _Alone(
            inner=pieces.inside(model, _START, len(lines) + 1),
            leaving=leaving,
            hidden=(leaving | {_START}) & model.excluded,
            matched=self._matched(alone),
        )
        self._kept = alone, found
        return found


class _Seam(NamedTuple):
    """Where the edited definition stands in the text before, and what becomes of the rest."""

    first: Line
    last: Line
    grown: int
    """How many lines there are more after the edit."""
    same: Line
    """The last of the lines before the edit."""

    def holds(self, model: SourceModel, before: _Alone, after: _Alone) -> bool:
        """Whether the definition can be replaced: it was by itself what it was in the whole, and is left as before."""
        return (
            before.leaving == after.leaving
            and before.hidden == after.hidden
            and all(line - _START + self.first <= self.same for line in after.leaving)
            and pieces.inside(model, self.first, self.last) == pieces.moved(before.inner, _by(self.first - _START))
        )

    def is_local(
        self,
        before: AbstractSet[Line],
        after: AbstractSet[Line],
        alone_before: AbstractSet[Line],
        alone_after: AbstractSet[Line],
    ) -> bool:
        """Whether the lines that patterns match are those of the definition by itself, and in the rest as before."""
        was, now = range(self.first, self.last + 1), range(self.first, self.last + self.grown + 1)
        rest_before = {line if line < self.first else line + self.grown for line in before if line not in was}
        return (
            {line for line in after if line not in now} == rest_before
            and {line for line in before if line in was} == self._placed(alone_before)
            and {line for line in after if line in now} == self._placed(alone_after)
        )

    def _placed(self, alone: Iterable[Line]) -> set[Line]:
        return {line - _START + self.first for line in alone if line >= _START}

    def moved(self, line: int) -> int:
        """Where a line outside of the edit is now. Raises ValueError for one inside."""
        if abs(line) <= self.same:
            return line
        if abs(line) <= self.last:
            raise ValueError(line)
        return line + self.grown if line > 0 else line - self.grown


def _by(distance: int) -> Callable[[int], int]:
    return lambda line: line + distance if line > 0 else line - distance


def _unchanged(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many lines at the start and at the end are the same; no line is counted twice."""
    shorter = min(len(before), len(after))
    start = next((n for n, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), shorter)
    end = 0
    while end < shorter - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return start, end


def _edited_definition(model: SourceModel, same: Line, last_changed: Line) -> Definition | None:
    """The definition at the left margin that all of the edit is in, its first line not part of it."""
    for definition in model.definitions:
        if definition.first_line > same:
            return None
        is_whole = definition.first_line >= _START and definition.end_line >= max(last_changed, same)
        if is_whole and not model.lines[definition.first_line - 1][:1].isspace():
            return definition
    return None


def _future(model: SourceModel) -> str | None:
    """The module's `from __future__` line, "" where there is none; None where it can't be told."""
    naming = [number for number, line in enumerate(model.lines, 1) if "__future__" in line and _NAMED.search(line)]
    if not naming:
        return ""
    line = naming[0]
    is_plain = len(naming) == 1 and line in model.statements and line not in model.first_lines
    return model.lines[line - 1] if is_plain and _FUTURE.fullmatch(model.lines[line - 1]) else None
