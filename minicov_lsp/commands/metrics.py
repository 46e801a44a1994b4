"""`minicov metrics`: how much of each metric is covered, those of installed packages among them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from minicov_lsp.commands.columns import Cell, write_columns
from minicov_lsp.commands.command import FAILED, listed, project_for, warn
from minicov_lsp.commands.merging import merge_unmerged
from minicov_lsp.commands.progress import progress_bar
from minicov_lsp.metrics.metric import Metric, Stats
from minicov_lsp.metrics.numbers import display
from minicov_lsp.metrics.registry import executed, load
from minicov_lsp.model import MeasuredFile

_Figures = Mapping[str, Mapping[str, Stats]]
"""{file: {metric: its figures there}}."""


class Metrics:
    """Counts the elements of every metric, in all files or by file."""

    name = "metrics"
    help = "count what is covered in each metric, those of installed packages too"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add of which files, and how to tell it."""
        parser.add_argument("--include", type=listed, metavar="GLOB,…", help="count only these files")
        parser.add_argument("--omit", type=listed, metavar="GLOB,…", help="leave these files out")
        parser.add_argument("--json", action="store_true", help="as JSON, file by file too")

    def run(self, options: argparse.Namespace) -> int:
        """Tell it on standard output; status 1 where a metric failed, which is left out then."""
        project = project_for(options, {"report_include": options.include, "report_omit": options.omit})
        merge_unmerged(options, project)
        metrics = load()
        found = len(metrics)
        with progress_bar(options, "Counting") as progress:
            figures = {file.path: _figures(metrics, file) for file in project.measured_files(progress)}
        totals = {name: _total(stats[name] for stats in figures.values()) for name in metrics}
        if options.json:
            json.dump(_described(totals, figures), sys.stdout, indent=2)
            sys.stdout.write("\n")
        else:
            precision = project.config.precision
            write_columns(
                ("Metric", "Covered", "Of", "Cover"),
                [_row(name, stats, display(stats.percent, precision)) for name, stats in totals.items()],
            )
        return 0 if len(metrics) == found else FAILED


def _figures(metrics: dict[str, Metric[Any]], file: MeasuredFile) -> dict[str, Stats]:
    """The figures of one file; a metric that fails is dropped, after a word on it."""
    found: dict[str, Stats] = {}
    for name, metric in list(metrics.items()):
        try:
            found[name] = metric.calculate_stats(file.analysis.source, executed(name, file))
        except Exception as error:
            # A third party's, most likely: whatever is wrong with it must not take the others with it.
            warn(f"{file.path}: the metric {name} failed ({type(error).__name__}: {error}) and is left out")
            del metrics[name]
    return found


def _total(found: Iterable[Stats]) -> Stats:
    figures = list(found)
    return Stats(sum(one.covered for one in figures), sum(one.possible for one in figures))


def _row(name: str, stats: Stats, percentage: str) -> tuple[Cell, ...]:
    return (Cell(name), Cell(str(stats.covered)), Cell(str(stats.possible)), Cell(f"{percentage}%"))


def _described(totals: Mapping[str, Stats], figures: _Figures) -> Mapping[str, object]:
    """As JSON: the metrics that were counted to the end, in all files and in each."""

    def told(found: Mapping[str, Stats]) -> Mapping[str, object]:
        return {
            name: {"covered": found[name].covered, "possible": found[name].possible, "percent": found[name].percent}
            for name in totals
        }

    return {"totals": told(totals), "files": {path: told(found) for path, found in figures.items()}}
