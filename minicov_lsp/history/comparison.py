"""What changed between two states of one file's coverage, in lines. Pure: texts and states in, lines out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from minicov_lsp.documents.line_map import map_lines
from minicov_lsp.history.build import IRRELEVANT, FileCoverage, LineState
from minicov_lsp.model import Line

Change = Literal["same", "added", "removed"]
Interest = Literal["state", "hits", "regressed"]
"""Which lines are told: those whose state changed, those whose number of hits did, those that became or came missed."""


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """A line of one or of both texts."""

    change: Change
    old_number: int
    """From 1; 0 for one that was added."""
    new_number: int
    """From 1; 0 for one that was removed."""
    old_state: LineState
    new_state: LineState
    text: str

    def is_of(self, interest: Interest) -> bool:
        """Whether a line is to be told."""
        if interest == "regressed":
            return self.new_state == 0 and (self.change == "added" or self.old_state > 0)
        if interest == "hits":
            return self.old_state != self.new_state
        return _kind(self.old_state) != _kind(self.new_state)


@dataclass(frozen=True, slots=True)
class Fold:
    """Lines in which nothing of interest is, left out."""

    lines: int


def _kind(state: LineState) -> LineState:
    return min(state, 1)


def compare(old: FileCoverage | None, new: FileCoverage | None) -> Iterator[ComparedLine]:
    """The lines of both texts in order, removed ones before added ones; a file that is not there has no lines."""
    old_lines, old_states = (old.lines, old.states) if old is not None else ((), ())
    new_lines, new_states = (new.lines, new.states) if new is not None else ((), ())
    to_old = map_lines(old_lines, new_lines).to_old
    told = 0
    added: list[ComparedLine] = []
    for number, (text, state) in enumerate(zip(new_lines, new_states, strict=True), 1):
        matched = to_old[number]
        if not matched:
            added.append(ComparedLine("added", 0, number, IRRELEVANT, state, text))
            continue
        yield from _removed(old_lines, old_states, told, matched - 1)
        yield from added
        added = []
        yield ComparedLine("same", matched, number, old_states[matched - 1], state, text)
        told = matched
    yield from _removed(old_lines, old_states, told, len(old_lines))
    yield from added


def _removed(lines: Sequence[str], states: Sequence[LineState], start: int, end: int) -> Iterator[ComparedLine]:
    """Old lines that nothing matches; `start` and `end` are indices."""
    for index in range(start, end):
        yield ComparedLine("removed", index + 1, 0, states[index], IRRELEVANT, lines[index])


def regressed_lines(old: FileCoverage, lines: Sequence[str], missed: Collection[Line]) -> tuple[Line, ...]:
    """Those of the missed lines of a text, ascending, that are the same and were covered in an earlier one."""
    to_old = map_lines(old.lines, lines).to_old if missed else ()
    return tuple(line for line in sorted(missed) if to_old[line] and old.states[to_old[line] - 1] > 0)


def folded(lines: Sequence[ComparedLine], interest: Interest, context: int = 3) -> list[ComparedLine | Fold]:
    """The lines of interest with some around them; what is between is folded. Empty where none is of interest."""
    shown: set[int] = set()
    for index, line in enumerate(lines):
        if line.is_of(interest):
            shown.update(range(max(0, index - context), min(len(lines), index + context + 1)))
    return with_folds(lines, shown) if shown else []


def with_folds(lines: Sequence[ComparedLine], shown: set[int]) -> list[ComparedLine | Fold]:
    """The lines at some indices, and in place of the others how many are left out there."""
    told: list[ComparedLine | Fold] = []
    left_out = 0
    for index, line in enumerate(lines):
        if index not in shown:
            left_out += 1
            continue
        if left_out:
            told.append(Fold(left_out))
            left_out = 0
        told.append(line)
    return [*told, Fold(left_out)] if left_out else told
