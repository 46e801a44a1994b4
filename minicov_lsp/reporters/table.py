"""The table of a report, before it is drawn: a line for each file and a total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from minicov_lsp.config import Config
from minicov_lsp.errors import ConfigError, DataError
from minicov_lsp.metrics.numbers import Numbers, count, display
from minicov_lsp.model import Analysis, Line
from minicov_lsp.reporters.reporter import Report, natural, printable


class Row(NamedTuple):
    """One line of the table."""

    name: str
    numbers: Numbers
    missing: str
    """What is missing, as text: "4-5, 9->11"."""


@dataclass(frozen=True, slots=True)
class Table:
    """What is shown, before it is drawn."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]
    percentages: tuple[float, ...]
    """Of each row, and then of the total."""
    notes: tuple[str, ...]
    """Which files were left out."""


def tabulate(report: Report) -> Table:
    """The table of a report.

    Raises DataError where no file could be analysed, ConfigError where it is to be sorted by a column that isn't there.
    """
    config = report.config
    rows: list[Row] = []
    total, covered, empty = Numbers(), 0, 0
    for file in report.files:
        numbers = count(file.analysis)
        total += numbers
        if config.skip_covered and not numbers.missing and not numbers.partial_branches:
            covered += 1
        elif config.skip_empty and not numbers.statements:
            empty += 1
        else:
            missing = missing_text(file.analysis) if config.show_missing else ""
            rows.append(Row(printable(file.path), numbers, missing))
    if not rows and not covered and not empty:
        raise DataError("no data to report: none of the measured files could be analysed")
    rows = _sorted(rows, config, has_branches=report.has_branches)
    everything = [*rows, Row("TOTAL", total, "")]
    cells = [_cells(row, config, has_branches=report.has_branches) for row in everything]
    return Table(
        header=_header(config, has_branches=report.has_branches),
        rows=tuple(cells[:-1]),
        total=cells[-1],
        percentages=tuple(row.numbers.percent_covered for row in everything),
        notes=tuple(_notes(covered, empty)),
    )


def _header(config: Config, *, has_branches: bool) -> tuple[str, ...]:
    branches = ("Branch", "BrPart") if has_branches else ()
    return ("Name", "Stmts", "Miss", *branches, "Cover", *(("Missing",) if config.show_missing else ()))


def _cells(row: Row, config: Config, *, has_branches: bool) -> tuple[str, ...]:
    numbers = row.numbers
    branches = (numbers.branches, numbers.partial_branches) if has_branches else ()
    counts = map(str, (numbers.statements, numbers.missing, *branches))
    cover = f"{display(numbers.percent_covered, config.precision)}%"
    return (row.name, *counts, cover, *((row.missing,) if config.show_missing else ()))


def _notes(covered: int, empty: int) -> Iterable[str]:
    if covered:
        yield f"{covered} {'file' if covered == 1 else 'files'} skipped due to complete coverage."
    if empty:
        yield f"{empty} empty {'file' if empty == 1 else 'files'} skipped."


def _sorted(rows: Iterable[Row], config: Config, *, has_branches: bool) -> list[Row]:
    """The rows by a column; of equal ones, and by name, a10 comes after a9."""
    column = config.sort.lower()
    reverse, column = column.startswith("-"), column.lstrip("+-")
    if column == "name":
        return sorted(rows, key=lambda row: natural(row.name), reverse=reverse)
    if column in ("branch", "brpart") and not has_branches:
        raise ConfigError(f"can't sort by {column}: no branches were measured; sort by another column")

    def value(row: Row) -> tuple[float, str]:
        numbers = row.numbers
        columns: Mapping[str, float] = {
            "stmts": numbers.statements,
            "miss": numbers.missing,
            "branch": numbers.branches,
            "brpart": numbers.partial_branches,
            "cover": numbers.percent_covered,
        }
        return columns[column], row.name

    return sorted(rows, key=value, reverse=reverse)


def missing_text(analysis: Analysis) -> str:
    """What of a file is missing: "4-5, 9->11, 14->exit".

    Statements next to each other are one range, whatever stands between them; a branch is told where neither of its
    ends is a missing line.
    """
    items = [(first, _range(first, last)) for first, last in _ranges(analysis.source.statements, analysis.missing)]
    for line, destinations in analysis.partial.items():
        known = (end for end in destinations if end not in analysis.missing)
        items += [(line, f"{line}->{end if end > 0 else 'exit'}") for end in known]
    return ", ".join(text for _, text in sorted(items))


def line_ranges(statements: Iterable[Line], lines: frozenset[Line]) -> str:
    """Some statements in short, as `missing_text` has them: "4-5, 9"."""
    return ", ".join(_range(first, last) for first, last in _ranges(statements, lines))


def _ranges(statements: Iterable[Line], missing: frozenset[Line]) -> Iterable[tuple[Line, Line]]:
    """First and last line of each series of statements that are all missing."""
    series: list[Line] = []
    for line in sorted(statements):
        if line in missing:
            series.append(line)
        elif series:
            yield series[0], series[-1]
            series = []
    if series:
        yield series[0], series[-1]


def _range(first: Line, last: Line) -> str:
    return str(first) if first == last else f"{first}-{last}"
