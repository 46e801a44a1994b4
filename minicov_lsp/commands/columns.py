"""Tables of words and numbers on standard output: drawn by rich on a terminal, plain aligned text elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from minicov_lsp.reporters.reporter import printable


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    text: str
    style: str = ""
    """In rich's words: "green"."""


def write_columns(header: Sequence[str], rows: Sequence[Sequence[Cell]], *, words: int = 1) -> None:
    """Write a table; its first `words` columns are words, and what comes after them is numbers, aligned right."""
    if sys.stdout.isatty():
        _draw(header, rows, words)
        return
    table = [[printable(text) for text in header], *([printable(cell.text) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = [
            text.ljust(width) if index < words else text.rjust(width)
            for index, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _draw(header: Sequence[str], rows: Sequence[Sequence[Cell]], words: int) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for index, title in enumerate(header):
        table.add_column(title, justify="left" if index < words else "right", overflow="fold", no_wrap=index >= words)
    for row in rows:
        table.add_row(*(Text(printable(cell.text), style=cell.style) for cell in row))
    Console(file=sys.stdout).print(table)
