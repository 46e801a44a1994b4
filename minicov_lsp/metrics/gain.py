"""Cover this first: what else would come with each line that never ran and each way that was never taken.

A line comes with another if control can't reach one without the other (see `source.dominance`), as long as nothing
raises unmeant. Functions that are called on the way would come too; nothing here knows of them.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal

from minicov_lsp.model import Analysis, Line, SourceModel
from minicov_lsp.source.dominance import implied_lines
from minicov_lsp.source.flow import control_flow

LARGEST = 2000
"""Blocks of a code object up to which it is asked what comes with what: that takes time and memory by their square."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that never ran, and what covering it would bring."""

    path: str
    """As `Analysis.path`."""
    kind: Literal["line", "branch"]
    line: Line
    """The first line of the statement, or the line that branches."""
    destination: int
    """Of a branch where it never went, negative for an exit; of a line that line."""
    lines: frozenset[Line]
    """Missed first lines that would run with it: of a line itself too, of a branch perhaps none."""

    @property
    def gain(self) -> int:
        """How many missed statements would be covered."""
        return len(self.lines)


def gaps(analysis: Analysis) -> tuple[Gap, ...]:
    """What is missed of a file, what brings most first, then by line.

    Of lines that come with each other there is only the first. A branch counts with a line that ran; what never ran is
    a line's to tell. Raises SourceError where this Python can't compile the text.
    """
    if not analysis.missing and not analysis.partial:
        return ()
    implied = implied_by_line(analysis.source)
    missing = analysis.missing
    found = [*_missed_lines(analysis, implied)]
    for line, destinations in analysis.partial.items():
        for end in destinations:
            lines = implied.get(end, frozenset({end})) & missing if end > 0 else frozenset()
            found.append(Gap(analysis.path, "branch", line, end, lines))
    return tuple(sorted(found, key=_rank))


def ranked(found: Iterable[Gap]) -> Iterator[Gap]:
    """The gaps of several files as they are best closed: next is always what brings most beside what came before.

    Each has only the lines that it would add. Lines that came with others are none any more; a way that would add none
    comes last. The greedy algorithm for set cover (Chvátal 1979), a gain looked at again only when its gap is first
    in line: it can't have grown.
    """
    covered: defaultdict[str, set[Line]] = defaultdict(set)
    queue = [(_rank(gap), number, gap) for number, gap in enumerate(found)]
    heapq.heapify(queue)
    while queue:
        _, number, gap = heapq.heappop(queue)
        lines = gap.lines - covered[gap.path]
        if len(lines) < gap.gain:
            if lines or gap.kind == "branch":
                rest = replace(gap, lines=lines)
                heapq.heappush(queue, (_rank(rest), number, rest))
            continue
        covered[gap.path] |= lines
        yield gap


def implied_by_line(source: SourceModel) -> Mapping[Line, frozenset[Line]]:
    """{first line: statements that run whenever it does}. Raises SourceError where this Python can't compile the text.

    A line that several code objects share, as that of a lambda does, has what comes with it in all of them. Of code
    objects that are too large nothing is found.
    """
    found: dict[Line, frozenset[Line]] = {}
    for graph in control_flow(source):
        if len(graph.blocks) > LARGEST:
            continue
        shown: dict[frozenset[Line], frozenset[Line]] = {}  # lines that run together share a set, here too
        for line, lines in implied_lines(graph).items():
            if lines not in shown:
                shown[lines] = lines & source.statements
            statements = shown[lines]
            found[line] = found[line] & statements if line in found else statements
    return found


def superblocks(implied: Mapping[Line, frozenset[Line]], among: AbstractSet[Line]) -> tuple[frozenset[Line], ...]:
    """Statements of `among` that run together: if one of a block runs, all do, unless something raises unmeant.

    By first line; `implied` is what `implied_by_line` gives. After Agrawal, "Dominators, Super Blocks, and Program
    Coverage" (1994).
    """
    blocks = {
        frozenset(other for other in implied.get(line, frozenset()) & among if line in implied.get(other, ())) | {line}
        for line in among
    }
    return tuple(sorted(blocks, key=min))


def _missed_lines(analysis: Analysis, implied: Mapping[Line, frozenset[Line]]) -> Iterable[Gap]:
    """A gap for each superblock of missed lines."""
    for block in superblocks(implied, analysis.missing):
        line = min(block)
        lines = (implied.get(line, frozenset()) & analysis.missing) | block
        yield Gap(analysis.path, "line", line, line, lines)


def _rank(gap: Gap) -> tuple[int, str, Line, str, int]:
    return -gap.gain, gap.path, gap.line, gap.kind, gap.destination
