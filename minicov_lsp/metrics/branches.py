"""Branches: the ways on from lines that have several."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from minicov_lsp.metrics.metric import Stats
from minicov_lsp.model import Arc, SourceModel


class BranchCoverage:
    """Counts branches; an element is an arc from a branch line to one of its destinations."""

    name = "branches"

    def get_possible_elements(self, source: SourceModel) -> frozenset[Arc]:
        """All ways on from all branch lines."""
        return frozenset((branch.line, end) for branch in source.branches for end in branch.destinations)

    def calculate_stats(self, source: SourceModel, executed: AbstractSet[Arc]) -> Stats:
        """How many ways were taken; those from a line marked `no branch` count as taken."""
        excused = {branch.line for branch in source.branches if branch.partial_ok}
        possible = self.get_possible_elements(source)
        return Stats(sum(arc in executed or arc[0] in excused for arc in possible), len(possible))
