"""Opening data files: what must be set on every connection, and what damage looks like."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from minicov_lsp.errors import DataError
from minicov_tracer import schema

BUSY_TIMEOUT = 10.0
"""Seconds to wait for another process's lock."""
_CACHE_KIB = 32 * 1024
"""A merge that spills its cache locks readers out for seconds; this much never did."""


def open_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection to a data file that may come from anywhere.

    Raises DataError where there is no data file of ours.
    """
    if not path.is_file():
        raise DataError(f"{path}: no data file; run `minicov run` first, or name another with --data")
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=BUSY_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA trusted_schema = OFF")
        check_identity(connection, "main", path)
    except sqlite3.Error as error:
        raise damaged(path, error) from error
    return connection


def open_merged(path: Path, root: str) -> sqlite3.Connection:
    """A connection that writes the merged data file, made if need be.

    `root` is the project's folder, kept where the file is new. Raises DataError
    where the file is damaged or not ours: it is never overwritten.
    """
    try:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
        is_new = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            connection.execute("PRAGMA journal_mode = TRUNCATE")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute("PRAGMA synchronous = NORMAL")
        if is_new:
            connection.executescript(f"BEGIN IMMEDIATE; {schema.MERGED} COMMIT;")
            connection.execute("INSERT INTO meta VALUES ('root', ?), ('generation', '0')", (root,))
        check_identity(connection, "main", path)
    except sqlite3.Error as error:
        raise damaged(path, error) from error
    return connection


def check_identity(connection: sqlite3.Connection, database: str, path: Path) -> None:
    """Raise DataError where an opened database isn't a data file of a version that we know."""
    (application,) = connection.execute(f"PRAGMA {database}.application_id").fetchone()
    (version,) = connection.execute(f"PRAGMA {database}.user_version").fetchone()
    if application != schema.APPLICATION_ID:
        raise DataError(f"{path}: not a minicov data file; name another with --data, or move it away")
    if version > schema.VERSION:
        raise DataError(
            f"{path}: written by a newer minicov (schema {version}, this one knows {schema.VERSION}); upgrade minicov"
        )


def damaged(path: Path, error: Exception) -> DataError:
    """The message for a data file that SQLite can't read."""
    return DataError(f"{path}: can't be read as a data file ({error}); `minicov erase` removes it, then run again")
