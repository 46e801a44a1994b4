"""Counts and percentages, and how they are shown (docs/parity.md, rules 23 to 27)."""

from __future__ import annotations

from dataclasses import dataclass, fields

from minicov_lsp.errors import ConfigError
from minicov_lsp.model import Analysis


@dataclass(frozen=True, slots=True)
class Numbers:
    """The counts of one file, or of several added up."""

    statements: int = 0
    excluded: int = 0
    missing: int = 0
    """Statements that never ran."""
    branches: int = 0
    partial_branches: int = 0
    """Branches never taken from lines that ran; each way counts, not each line."""
    missing_branches: int = 0
    """Branches never taken from any line."""

    def __add__(self, other: Numbers) -> Numbers:
        return Numbers(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Numbers)))

    @property
    def executed(self) -> int:
        """Statements that ran."""
        return self.statements - self.missing

    @property
    def executed_branches(self) -> int:
        """Branches that were taken, or needn't be (`no branch`)."""
        return self.branches - self.missing_branches

    @property
    def percent_statements(self) -> float:
        """0 to 100; 100 where there are none."""
        return percent(self.executed, self.statements)

    @property
    def percent_branches(self) -> float:
        """0 to 100; 100 where there are none."""
        return percent(self.executed_branches, self.branches)

    @property
    def percent_covered(self) -> float:
        """Statements and branches together, 0 to 100; 100 where there is nothing to cover."""
        return percent(self.executed + self.executed_branches, self.statements + self.branches)


def count(analysis: Analysis) -> Numbers:
    """The numbers of one file."""
    branches = analysis.source.branches if analysis.has_branches else ()
    return Numbers(
        statements=len(analysis.source.statements),
        excluded=len(analysis.source.excluded),
        missing=len(analysis.missing),
        branches=sum(len(branch.destinations) for branch in branches),
        partial_branches=sum(len(ends) for ends in analysis.partial.values()),
        missing_branches=len(analysis.missing_branches),
    )


def percent(part: int, whole: int) -> float:
    """0 to 100; all of nothing is 100."""
    return 100.0 * part / whole if whole else 100.0


def display(value: float, precision: int = 0) -> str:
    """A percentage with that many decimals; 0 and 100 are shown only for exactly 0 and 100.

    Raises ConfigError for a negative precision.
    """
    if precision < 0:
        raise ConfigError(f"precision is {precision}; set it to 0 or more")
    smallest = 10.0**-precision
    if 0 < value < smallest:
        value = smallest
    elif 100 - smallest < value < 100:
        value = 100 - smallest
    return f"{round(value, precision):.{precision}f}"


def fail_under_precision(threshold: float, precision: int = 0) -> int:
    """The decimals to compare with: as many as are shown, and no fewer than the threshold has."""
    if threshold == int(threshold):
        return precision
    from decimal import Decimal  # few thresholds need it

    return max(precision, -int(Decimal(str(threshold)).as_tuple().exponent))


def is_under(value: float, threshold: float, precision: int = 0) -> bool:
    """Whether a percentage fails `--fail-under`; a threshold of 100 is met by exactly 100 only.

    Raises ConfigError for a threshold that is not from 0 to 100.
    """
    if not 0 <= threshold <= 100:
        raise ConfigError(f"fail_under is {threshold}; set it to a number from 0 to 100")
    if threshold == 100:
        return value != 100
    return round(value, fail_under_precision(threshold, precision)) < threshold
