"""Which files a data file or a partial one is about; whether the rest is whole is found when it is read."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from minicov_lsp.store.connection import damaged, open_reader


def recorded_paths(path: Path) -> tuple[str, ...]:
    """Recorded paths, sorted: relative to the root with `/`, or absolute. Raises DataError."""
    try:
        with contextlib.closing(open_reader(path)) as connection:
            return tuple(name for (name,) in connection.execute("SELECT DISTINCT path FROM file ORDER BY path"))
    except sqlite3.Error as error:
        raise damaged(path, error) from error
