"""The report on a terminal: a table with a line for each file and a total.

On a terminal rich draws it; elsewhere it is plain aligned text, as wide as it needs to be.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TextIO

from minicov_lsp.config import Config
from minicov_lsp.errors import ConfigError, DataError
from minicov_lsp.metrics.numbers import Numbers, count, display
from minicov_lsp.model import Analysis, Line
from minicov_lsp.reporters.reporter import STANDARD_OUTPUT, Report, written

_GOOD, _FAIR = 90.0, 75.0
"""From how many percent on a file is green, and yellow; coverage badges mostly use these."""


_NAME_WIDTH = 24
"""Columns that names get even on a narrow terminal."""


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


class ConsoleReporter:
    """Writes the table."""

    name = "console"
    title = "report"

    def target(self, config: Config) -> str:
        """Standard output."""
        return STANDARD_OUTPUT

    def write(self, report: Report, target: str) -> float:
        """Write the table; the total is 100 where there is no statement."""
        table = tabulate(report)
        with written(target) as stream:
            if target == STANDARD_OUTPUT and is_terminal(stream):
                _draw(table)
            else:
                stream.writelines(f"{line}\n" for line in plain(table))
        return table.percentages[-1]


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at a stream."""
    return stream.isatty()


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
            rows.append(Row(_printable(file.path), numbers, missing))
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
        return sorted(rows, key=lambda row: _natural(row.name), reverse=reverse)
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


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """A key by which numbers in names count as numbers; a name in which one stands first comes before others."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], name


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


def plain(table: Table) -> Iterable[str]:
    """The lines of the table as text, without spaces at their ends."""
    everything = [table.header, *table.rows, table.total]
    cover = table.header.index("Cover")
    columns = range(cover + 1)
    widths = [max(len(row[column]) for row in everything) + 1 for column in columns]
    widths[cover] = max(widths[cover], len(table.total[cover]) + 2)

    def line(cells: Sequence[str]) -> str:
        numbers = [cells[column].rjust(max(7, widths[column])) for column in columns[1:]]
        missing = [f"   {cell}" for cell in cells[cover + 1 :]]
        return "".join([cells[0].ljust(max(6, widths[0])), *numbers, *missing]).rstrip()

    header = line(table.header)
    rule = "-" * len(header)
    yield header
    yield rule
    yield from map(line, table.rows)
    if table.rows:
        yield rule
    yield line(table.total)
    for note in table.notes:
        yield ""
        yield note


def _draw(table: Table) -> None:
    """Draw the table on standard output, which is a terminal; rich knows its width and NO_COLOR."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    longest = max(len(cells[0]) for cells in [*table.rows, table.total])
    drawn = Drawn(box=SIMPLE_HEAD, show_footer=True, pad_edge=False)
    for title, footer in zip(table.header, table.total, strict=True):
        is_text = title in ("Name", "Missing")
        style = _style(table.percentages[-1]) if title == "Cover" else ""
        drawn.add_column(
            title,
            Text(footer, style=style),
            justify="left" if is_text else "right",
            overflow="fold",
            no_wrap=not is_text,
            min_width=min(longest, _NAME_WIDTH) if title == "Name" else None,
        )
    for cells, percentage in zip(table.rows, table.percentages, strict=False):
        styles = [_style(percentage) if title == "Cover" else "" for title in table.header]
        drawn.add_row(*(Text(cell, style=style) for cell, style in zip(cells, styles, strict=True)))
    console = Console(file=sys.stdout)
    console.print(drawn)
    for note in table.notes:
        console.print(note, highlight=False)


def _style(percentage: float) -> str:
    return "green" if percentage >= _GOOD else "yellow" if percentage >= _FAIR else "red"


def _printable(name: str) -> str:
    """A file's name without what would steer a terminal."""
    return "".join(character if character.isprintable() else "?" for character in name)
