"""The report on a terminal: a table with a line for each file and a total.

On a terminal rich draws it; elsewhere it is plain aligned text, as wide as it needs to be.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from minicov_lsp.config import Config
from minicov_lsp.reporters.reporter import STANDARD_OUTPUT, Report, grade, written
from minicov_lsp.reporters.table import Table, tabulate

_NAME_WIDTH = 24
"""Columns that names get even on a narrow terminal."""


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
    return {"good": "green", "fair": "yellow", "poor": "red"}[grade(percentage)]
