"""What the editor shows of one text: marks, gaps and figures, as plain data.

Lines count from 1 and are the buffer's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress, count, pairwise
from operator import ne
from typing import Literal, NamedTuple

from minicov_lsp.documents.gaps import Gap
from minicov_lsp.documents.line_map import LineMap
from minicov_lsp.model import Analysis, DecisionFacts, Definition, FileFacts, Line, Mark

State = Literal["fresh", "stale", "none"]
"""fresh: the buffer's text is the text that ran; stale: it differs; none: nothing is known of the file."""


class MarkRun(NamedTuple):
    """Lines next to each other with the same mark; both ends are inclusive."""

    first: Line
    last: Line
    mark: Mark


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of the text that ran."""

    statements: tuple[int, int]
    """(ran, all)."""
    branches: tuple[int, int]
    """(taken, all)."""
    conditions: tuple[int, int]
    """(shown to matter, all); (0, 0) where they were not measured or are not shown."""
    complexity: int
    """Of all functions together."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything there is to show of one text, and the way back to the text that ran."""

    state: State
    runs: tuple[MarkRun, ...] = ()
    """Ascending, not overlapping; lines without a mark are in none."""
    gaps: tuple[Gap, ...] = ()
    summary: Summary | None = None
    definitions: tuple[Definition, ...] = ()
    """Functions and classes of the buffer, or, while it can't be parsed, where those that ran are now."""
    analysis: Analysis | None = None
    """Of the text that ran; None exactly when nothing is known."""
    decisions: tuple[DecisionFacts, ...] = ()
    """Of the text that ran; none where conditions are not shown."""
    facts: tuple[FileFacts, ...] = ()
    """What `decisions` follow from."""
    contexts: frozenset[str] = frozenset()
    """Labels of all contexts that ran any of it."""
    line_map: LineMap | None = None
    """From the text that ran to the buffer."""

    def mark(self, line: Line) -> Mark | None:
        """The mark of one line."""
        return next((run.mark for run in self.runs if run.first <= line <= run.last), None)

    def labels(self, first: Line, last: Line) -> frozenset[str]:
        """Labels of the contexts that ran any of these lines.

        Of lines that were edited it is what ran the lines they replaced.
        """
        if self.analysis is None or self.line_map is None:
            return frozenset()
        before, after = _range_that_ran(self.line_map, first, last)
        source, contexts = self.analysis.source, self.analysis.contexts
        return frozenset(
            label for line in range(before, after + 1) for label in contexts.get(source.first_line(line), ())
        )


NOTHING = Picture("none")
"""The picture of a file of which nothing is known."""


def mark_runs(marks: Sequence[Mark | None]) -> tuple[MarkRun, ...]:
    """The marks of all lines, from the first on, gathered."""
    ends = [*compress(count(1), map(ne, marks, marks[1:])), len(marks)] if marks else []
    return tuple([MarkRun(start + 1, end, mark) for start, end in pairwise((0, *ends)) if (mark := marks[start])])


def _range_that_ran(line_map: LineMap, first: Line, last: Line) -> tuple[Line, Line]:
    """The lines that ran which now are, or were replaced by, the lines from first to last."""
    size = len(line_map.to_old) - 1
    first, last = min(max(first, 1), size + 1), min(last, size)
    above = next((line_map.to_old[n] for n in range(first - 1, 0, -1) if line_map.to_old[n]), 0)
    below = next((line_map.to_old[n] for n in range(last + 1, size + 1) if line_map.to_old[n]), len(line_map.to_new))
    return line_map.old_line(first) or above + 1, line_map.old_line(last) or below - 1
