"""Which data files are coverage.py's; `coverage_py` reads them."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from minicov_lsp.store.connection import header, open_untrusted


def is_coverage_py(path: Path) -> bool:
    """Whether a file is a database that has coverage.py's list of versions, or is too damaged to tell."""
    if header(path) != 0:
        return False
    try:
        with contextlib.closing(open_untrusted(path)) as connection:
            sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'coverage_schema'"
            return connection.execute(sql).fetchone() is not None
    except sqlite3.Error as error:
        return getattr(error, "sqlite_errorname", "").startswith("SQLITE_CORRUPT")


def beside(data_file: Path) -> Path | None:
    """coverage.py's data file that belongs to one of ours: `.coverage` to `.coverage.db`; None where there is none."""
    theirs = data_file.with_name(data_file.name.removesuffix(".db"))
    return theirs if theirs != data_file and is_coverage_py(theirs) else None
