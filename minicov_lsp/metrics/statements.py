"""Statements: first lines of what the compiler can run."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from minicov_lsp.metrics.metric import Stats
from minicov_lsp.model import Line, SourceModel


class StatementCoverage:
    """Counts statements; an element is a first line."""

    name = "statements"

    def get_possible_elements(self, source: SourceModel) -> frozenset[Line]:
        """The first lines of all statements that are not excluded."""
        return source.statements

    def calculate_stats(self, source: SourceModel, executed: AbstractSet[Line]) -> Stats:
        """How many statements ran; `executed` are first lines."""
        return Stats(len(source.statements & executed), len(source.statements))
