"""Analysing a text again after edits inside a few functions, methods or classes: only those are read again.

A definition at the left margin, or in classes of which the first is, is analysed by itself, and takes the place in the
whole of what it was; what comes after it moves. That this gives what a full analysis gives is not believed but checked:
what the definition was before must be the same by itself as in the whole, control must leave it as before, and the
exclusion patterns must match the same in the rest. Where any of that doesn't hold, or the edit isn't inside such a
definition, all is analysed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import chain, compress, count
from operator import ne
from typing import NamedTuple

from minicov_lsp.errors import SourceError
from minicov_lsp.model import Definition, Line, SourceModel
from minicov_lsp.source import enclosing, pieces, text
from minicov_lsp.source.enclosing import Frame
from minicov_lsp.source.exclusion import ExclusionRules, matching_lines
from minicov_lsp.source.parser import parse
from minicov_lsp.source.pieces import Moves
from minicov_tracer import sources

_FUTURE = re.compile(r"from __future__ import [a-z_, ]+")
_NAMED = re.compile(r"(^|;)\s*(from\s+)?__future__")
"""Whatever could be such a line, or the second half of one."""
_START = 2
"""The line on which a definition by itself starts, the heads of classes around it come before; the first line is for
the module's `from __future__`."""

_MOST_STEPS = 16
"""Edited definitions that are analysed one after the other, rather than all of the text."""


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
    around: tuple[Frame, ...]
    """The classes around it, outer before inner."""


class Reparser:
    """Analyses one text again and again while it is edited; used by one thread at a time."""

    def __init__(self, rules: ExclusionRules, path: str = "<text>", make: Callable[..., SourceModel] = parse) -> None:
        """Analyse with these rules; `make` is asked for whole texts, and takes what `parse` takes."""
        self._rules = rules
        self._path = path
        self._make = make
        self._known: tuple[SourceModel, _Matched] | None = None
        self._kept: tuple[str, _Alone] | None = None
        self.full_analyses = 0
        """How often all of a text was analysed."""

    def start_from(self, model: SourceModel) -> None:
        """Take what was found of a text with the same rules for the one that was analysed last, if none was yet."""
        if self._known is None:
            self._known = model, self._matched("".join([f"{line}\n" for line in model.lines]))

    def parse(self, source_text: str) -> SourceModel:
        """What `parse` says of the text, and raises."""
        shown = text.shown(source_text)
        known = self._known
        if known is not None:
            known = self._in_steps(known, shown)
        if known is None:
            self.full_analyses += 1
            known = self._make(shown, self._rules, path=self._path), self._matched(text.parsed(shown))
        self._known = known
        return known[0]

    def _matched(self, parsed: str) -> _Matched:
        rules = self._rules
        return _Matched(
            frozenset(matching_lines(rules.exclude, parsed)),
            frozenset(matching_lines((*rules.partial, *rules.partial_always), parsed)),
        )

    def _in_steps(self, known: tuple[SourceModel, _Matched], shown: str) -> tuple[SourceModel, _Matched] | None:
        """The text's analysis made from another one's, one edited definition after another; None where all must be."""
        before, lines = known[0].lines, text.lines_of(shown)
        for end in _ends(known[0], lines):
            step = self._spliced(*known, "".join([f"{each}\n" for each in (*lines[:end], *before[end:])]))
            if step is None:
                return None
            known = step
        return self._spliced(*known, shown)

    def _spliced(self, model: SourceModel, matched_before: _Matched, shown: str) -> tuple[SourceModel, _Matched] | None:
        """The text's analysis made from another one's; None where all must be analysed."""
        lines = text.lines_of(shown)
        if lines == model.lines:
            return replace(model, digest=sources.digest(shown)), matched_before
        same, ends_same = text.unchanged(model.lines, lines)
        last_changed = max(len(model.lines) - ends_same, same)
        *around, edited = enclosing.chain(model.definitions, same, last_changed) or (None,)
        future = _future(model)
        if edited is None or future is None or not _is_at_the_margin(model, (*around, edited)[0]):
            return None
        heads = [_head(model, each) for each in around]
        seam = _Seam(edited.first_line, edited.end_line, len(lines) - len(model.lines), same, _START + len(heads))
        before = self._by_itself(future, heads, model.lines[seam.first - 1 : seam.last])
        after = self._by_itself(future, heads, lines[seam.first - 1 : seam.last + seam.grown])
        if before is None or after is None:
            return None
        matched = self._matched(text.parsed(shown))
        was = enclosing.frames(model, around)
        whole_before = pieces.inside(model, seam.first, seam.last)
        if not seam.holds(enclosing.without(whole_before, was), before, after):
            return None
        if not all(
            seam.is_local(*each) for each in zip(matched_before, matched, before.matched, after.matched, strict=True)
        ):
            return None
        try:
            rest = enclosing.without(pieces.outside(model, seam.first, seam.last, whole_before), was)
            whole = _joined(rest, was, before, after, seam, len(model.lines))
        except ValueError:
            return None
        return replace(whole, digest=sources.digest(shown), lines=lines), matched

    def _by_itself(self, future: str, heads: Sequence[str], lines: Sequence[str]) -> _Alone | None:
        """A definition as if there were nothing else but the classes that it is in; None where it is not sound."""
        alone = "\n".join((future, *heads, *lines, ""))
        if self._kept is not None and self._kept[0] == alone:
            return self._kept[1]
        try:
            model = parse(alone, self._rules)
        except SourceError:
            return None
        start = _START + len(heads)
        around = enclosing.frames(model, model.definitions[: len(heads)])
        leaving = frozenset(begin for begin, end in model.arcs if begin >= start > abs(end))
        found = _Alone(
            inner=enclosing.without(pieces.inside(model, start, start + len(lines) - 1), around),
            leaving=leaving,
            hidden=(leaving | {start}) & model.excluded,
            matched=self._matched(alone),
            around=around,
        )
        self._kept = alone, found
        return found


def _ends(model: SourceModel, lines: Sequence[str]) -> list[Line]:
    """The last lines of all edited definitions but one.

    None are known where lines were added or taken away, an edit is in no definition, or there would be many.
    """
    if len(lines) != len(model.lines):
        return []
    ends: list[Line] = [0]
    for line in compress(count(1), map(ne, model.lines, lines)):
        if line > ends[-1]:
            around = enclosing.chain(model.definitions, line - 1, line)
            if not around or len(ends) > _MOST_STEPS:
                return []
            ends.append(around[-1].end_line)
    return ends[1:-1]


def _joined(
    rest: SourceModel, was: Sequence[Frame], before: _Alone, after: _Alone, seam: _Seam, lines: int
) -> SourceModel:
    """The rest, of so many lines, with the edited definition in its place. Raises ValueError where it doesn't fit."""
    if was and any(each.span.line < seam.first <= each.span.end_line for each in rest.regions):
        raise ValueError("something else than a class is around it")
    into = _by(seam.first - seam.start)
    around = enclosing.renewed(was, before.around, after.around, seam, into)
    if seam.grown:
        rest = pieces.moved(rest, seam.moves(lines), seam.same)
    return enclosing.with_frames(pieces.joined(rest, pieces.moved(after.inner, into), seam.first), around)


class _Seam(NamedTuple):
    """Where the edited definition stands in the text before, and what becomes of the rest."""

    first: Line
    last: Line
    grown: int
    """How many lines there are more after the edit."""
    same: Line
    """The last of the lines before the edit."""
    start: Line
    """On which line it starts by itself."""

    def holds(self, whole: SourceModel, before: _Alone, after: _Alone) -> bool:
        """Whether the definition can be replaced: it was by itself what it was in the whole, and is left as before."""
        return (
            before.leaving == after.leaving
            and before.hidden == after.hidden
            and all(line - self.start + self.first <= self.same for line in after.leaving)
            and whole == pieces.moved(before.inner, _by(self.first - self.start))
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
        return {line - self.start + self.first for line in alone if line >= self.start}

    def moved(self, line: int) -> int:
        """Where a line outside of the edit is now. Raises ValueError for one inside."""
        if abs(line) <= self.same:
            return line
        if abs(line) <= self.last:
            raise ValueError(line)
        return line + self.grown if line > 0 else line - self.grown

    def moves(self, lines: int) -> Moves:
        """The same for all of so many lines."""
        ahead, behind = range(1, self.same + 1), range(self.last + 1, lines + 1)
        now = range(self.last + 1 + self.grown, lines + 1 + self.grown)
        back = zip([-line for line in behind], [-line for line in now], strict=True)
        return Moves(self.moved, chain(zip(ahead, ahead, strict=True), zip(behind, now, strict=True), back))


def _by(distance: int) -> Moves:
    return Moves(lambda line: line + distance if line > 0 else line - distance)


def _is_at_the_margin(model: SourceModel, definition: Definition) -> bool:
    return definition.first_line >= _START and not model.lines[definition.first_line - 1][:1].isspace()


def _head(model: SourceModel, around: Definition) -> str:
    """A line that begins a class of the same name, as deep."""
    line = model.lines[around.line - 1]
    return f"{line[: len(line) - len(line.lstrip())]}class {around.name.rpartition('.')[2]}:"


def _future(model: SourceModel) -> str | None:
    """The module's `from __future__` line, "" where there is none; None where it can't be told."""
    naming = [number for number, line in enumerate(model.lines, 1) if "__future__" in line and _NAMED.search(line)]
    if not naming:
        return ""
    line = naming[0]
    is_plain = len(naming) == 1 and line in model.statements and line not in model.first_lines
    return model.lines[line - 1] if is_plain and _FUTURE.fullmatch(model.lines[line - 1]) else None
