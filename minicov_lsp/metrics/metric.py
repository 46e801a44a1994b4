"""What every metric is: elements that could be covered, and how many of them are."""

from __future__ import annotations

from collections.abc import Hashable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol, TypeVar

from minicov_lsp.metrics.numbers import percent
from minicov_lsp.model import SourceModel

Element = TypeVar("Element", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Stats:
    """How many of a metric's elements are covered."""

    covered: int
    possible: int

    @property
    def percent(self) -> float:
        """0 to 100; 100 where there is nothing to cover."""
        return percent(self.covered, self.possible)


class Metric(Protocol[Element]):
    """One way to measure; third parties register theirs under the entry point `minicov.metrics`."""

    name: str
    """Plural, in lower case: "statements"."""

    def get_possible_elements(self, source: SourceModel) -> frozenset[Element]:
        """What could be covered in a text."""

    def calculate_stats(self, source: SourceModel, executed: AbstractSet[Element]) -> Stats:
        """How much of it is; what is in `executed` but not possible doesn't count."""
