"""The Markdown report: the console's table for a comment on a change, a job's summary or a wiki.

The format is GitHub Flavored Markdown's; names of files are text in it, whatever characters they have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from minicov_lsp.config import Config
from minicov_lsp.reporters.reporter import STANDARD_OUTPUT, Report, written
from minicov_lsp.reporters.table import Table, tabulate

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&]")
"""What means something else than itself in a table's cell."""


class MarkdownReporter:
    """Writes the Markdown report."""

    name = "markdown"
    title = "Markdown report"

    def target(self, config: Config) -> str:
        """Standard output."""
        return STANDARD_OUTPUT

    def write(self, report: Report, target: str) -> float:
        """Write the report; the total is 100 where there is no statement."""
        table = tabulate(report)
        with written(target) as stream:
            stream.writelines(f"{line}\n" for line in _lines(table))
        return table.percentages[-1]


def _lines(table: Table) -> Iterator[str]:
    yield _row(table.header)
    yield _row([":---" if title in ("Name", "Missing") else "---:" for title in table.header])
    for cells in table.rows:
        yield _row([_escaped(cell) for cell in cells])
    yield _row([f"**{_escaped(cell)}**" if cell else "" for cell in table.total])
    for note in table.notes:
        yield ""
        yield note


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", text)
