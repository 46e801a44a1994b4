"""What another tool's report says of branches, as arcs of the text that it is about.

Reports number the ways on from a line, or count them; where they lead only the text tells. Where the two don't fit
together no way counts as taken, rather than a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from minicov_lsp.model import Arc, Branch, Line, SourceModel
from minicov_lsp.store.foreign import ForeignFile, Ran, Ways


def ran_with_arcs(file: ForeignFile, source: SourceModel | None) -> tuple[dict[Ran, frozenset[str]], int]:
    """({(lines, arcs): labels}, how many lines have ways that don't fit the text); without a text no ways fit."""
    branches = {branch.line: branch for branch in source.branches} if source is not None else {}
    found: dict[Ran, frozenset[str]] = {}
    unfit: set[Line] = set()
    for context in file.ran.keys() | file.ways.keys():
        ways = file.ways.get(context, {})
        arcs = frozenset(_arcs(ways, branches))
        unfit |= {line for line, told in ways.items() if _taken(told, branches.get(line)) is None}
        lines = frozenset(file.ran.get(context, ()))
        if lines or arcs:
            ran = (lines, arcs)
            found[ran] = found.get(ran, frozenset()) | {context}
    return found, len(unfit)


def _arcs(ways: Mapping[Line, Ways], branches: Mapping[Line, Branch]) -> Iterator[Arc]:
    for line, told in ways.items():
        for end in _taken(told, branches.get(line)) or ():
            yield line, end


def _taken(told: Ways, branch: Branch | None) -> list[int] | None:
    """Where a line went on to; None where that can't be told."""
    ends = sorted(branch.destinations, key=lambda end: (end < 0, end)) if branch is not None else []
    hit, possible = told.counts
    if hit == 0:
        return []
    if possible != len(ends):
        return None
    if told.taken:
        return [end for end, was_taken in zip(ends, told.taken, strict=True) if was_taken]
    if told.missing is not None:
        missing = list(told.missing)
        return [end for end in ends if not _found_in(missing, "exit" if end < 0 else str(end))]
    return ends if hit == possible else None


def _found_in(missing: list[str], end: str) -> bool:
    """Whether a way is among those that were missed; each counts once."""
    if end not in missing:
        return False
    missing.remove(end)
    return True
