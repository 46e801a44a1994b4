"""Which metrics there are: ours, one line each, and those of installed packages."""

from __future__ import annotations

import logging
from importlib.metadata import entry_points
from typing import Any

from minicov_lsp.metrics.branches import BranchCoverage
from minicov_lsp.metrics.conditions import ConditionCoverage
from minicov_lsp.metrics.functions import FunctionCoverage
from minicov_lsp.metrics.metric import Metric
from minicov_lsp.metrics.regions import RegionCoverage
from minicov_lsp.metrics.statements import StatementCoverage

log = logging.getLogger(__name__)

ENTRY_POINT_GROUP = "minicov.metrics"

BUILT_IN: tuple[Metric[Any], ...] = (
    StatementCoverage(),
    BranchCoverage(),
    ConditionCoverage(),
    RegionCoverage(),
    FunctionCoverage(),
)


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
