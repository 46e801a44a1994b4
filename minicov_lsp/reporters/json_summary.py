"""The summaries of the JSON report: coverage.py's figures, and what it doesn't have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TypeAlias

from minicov_lsp.metrics.numbers import Numbers, display

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Finer:
    """What a summary has that coverage.py's hasn't, by its keys."""

    num_conditions: int = 0
    covered_conditions: int = 0
    """Those that are independent."""
    num_regions: int = 0
    covered_regions: int = 0
    complexity: int = 0
    """Of all functions together, excluded ones left out."""

    def __add__(self, other: Finer) -> Finer:
        return Finer(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Finer)))


def summary(numbers: Numbers, has_branches: bool, precision: int) -> Mapping[str, Json]:
    """A summary."""
    told: dict[str, Json] = {
        "covered_lines": numbers.executed,
        "num_statements": numbers.statements,
        "percent_covered": numbers.percent_covered,
        "percent_covered_display": display(numbers.percent_covered, precision),
        "missing_lines": numbers.missing,
        "excluded_lines": numbers.excluded,
        "percent_statements_covered": numbers.percent_statements,
        "percent_statements_covered_display": display(numbers.percent_statements, precision),
    }
    if has_branches:
        told |= {
            "num_branches": numbers.branches,
            "num_partial_branches": numbers.partial_branches,
            "covered_branches": numbers.executed_branches,
            "missing_branches": numbers.missing_branches,
            "percent_branches_covered": numbers.percent_branches,
            "percent_branches_covered_display": display(numbers.percent_branches, precision),
        }
    return told


@lru_cache(maxsize=4096)
def summary_pairs(counts: tuple[int, ...], has_branches: bool, precision: int) -> str:
    """The summary of the fields of `Numbers`, as pairs of a JSON object; most functions have those of many others."""
    return json.dumps(summary(Numbers(*counts), has_branches, precision))[1:-1]
