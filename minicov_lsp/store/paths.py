"""Which files a data file or a partial one is about; whether the rest is whole is found when it is read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from minicov_lsp.store.chunk_rows import files
from minicov_lsp.store.connection import damaged, is_partial, open_reader
from minicov_tracer.chunks import FILE


def recorded_paths(path: Path) -> tuple[str, ...]:
    """Recorded paths, sorted: relative to the root with `/`, or absolute. Raises DataError."""
    try:
        with closing(open_reader(path)) as connection:
            return tuple(sorted(set(_paths(connection))))
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise damaged(path, error) from error


def _paths(connection: sqlite3.Connection) -> Iterator[str]:
    """The path of each version of a file."""
    if not is_partial(connection):
        yield from (path for (path,) in connection.execute("SELECT path FROM file"))
        return
    for (rows,) in connection.execute("SELECT rows FROM chunk WHERE kind = ?", (FILE,)):
        yield from (path for path, _ in files(rows))
