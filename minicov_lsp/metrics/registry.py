"""Which metrics there are: ours, one line each, and those of installed packages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Mapping
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from minicov_lsp.metrics.branches import BranchCoverage
from minicov_lsp.metrics.conditions import ConditionCoverage, decided, independent
from minicov_lsp.metrics.functions import FunctionCoverage, called_functions
from minicov_lsp.metrics.metric import Metric
from minicov_lsp.metrics.regions import RegionCoverage, executed_regions
from minicov_lsp.metrics.statements import StatementCoverage
from minicov_lsp.model import MeasuredFile

log = logging.getLogger(__name__)

ENTRY_POINT_GROUP = "minicov.metrics"

BUILT_IN: tuple[Metric[Any], ...] = (
    StatementCoverage(),
    BranchCoverage(),
    ConditionCoverage(),
    RegionCoverage(),
    FunctionCoverage(),
)

_EXECUTED: Mapping[str, Callable[[MeasuredFile], frozenset[Hashable]]] = MappingProxyType(
    {
        "conditions": lambda file: frozenset(independent(decided(file.analysis.source, file.facts))),
        "regions": lambda file: frozenset(executed_regions(file.analysis.source, file.facts)),
        "functions": lambda file: frozenset(called_functions(file.analysis.source, file.facts)),
    }
)


def executed(name: str, file: MeasuredFile) -> frozenset[Hashable]:
    """What ran of a file, in the elements of a metric: of ours, its own.

    Of any other, the lines that ran, those within a statement too, and pairs of lines for the ways that were taken.
    """
    if name in _EXECUTED:
        return _EXECUTED[name](file)
    analysis = file.analysis
    return frozenset({*analysis.executed, *file.contexts, *analysis.executed_branches})


def load() -> dict[str, Metric[Any]]:
    """{name: metric}, ours first.

    A package's metric that can't be loaded, or whose name is taken, is left out and logged.
    """
    metrics = {metric.name: metric for metric in BUILT_IN}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        try:
            metric: Metric[Any] = entry_point.load()()
        except Exception:
            # A third party's package: whatever is wrong with it must not take our reports with it.
            log.warning("metric %s of %s can't be loaded", entry_point.name, entry_point.value, exc_info=True)
            continue
        if metric.name in metrics:
            log.warning("metric %s of %s is left out: the name is taken", metric.name, entry_point.value)
            continue
        metrics[metric.name] = metric
    return metrics
