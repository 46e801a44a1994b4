"""Opening the files that are merged, each by a connection of its own."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from minicov_lsp.errors import DataError
from minicov_lsp.store.connection import (
    check_identity,
    connect,
    copy_with_journals,
    is_file,
    needs_a_copy,
    opens,
    scratch_folder,
    uri_of,
)
from minicov_tracer import schema


@contextmanager
def opened_part(path: Path, *, is_live: bool = False) -> Iterator[sqlite3.Connection]:
    """A data file of this version in one transaction, read-only: at most a commit that was cut off is undone.

    One that is still written is read as a copy, so that its process never waits for us; so is one of an older
    version, and one with a commit to undo in a folder that can't be written. Raises DataError and sqlite3.Error.
    """
    if not is_file(path):
        raise DataError(f"{path}: is not a file; move it away")
    connection = None if is_live else _ready(path)
    with ExitStack() as cleanup:
        if connection is None:
            readable = _made_readable(path, cleanup, is_live=is_live)
            connection = connect(uri_of(readable, "ro"))
            connection.execute("BEGIN")
        cleanup.enter_context(closing(connection))
        yield connection


def _ready(path: Path) -> sqlite3.Connection | None:
    """A connection to a data file that needs nothing done before, as most do, within a transaction."""
    if any(os.path.lexists(f"{path}{suffix}") for suffix in ("-journal", "-wal")):
        return None
    connection = connect(uri_of(path, "ro"))
    is_good = False
    try:
        connection.execute("BEGIN")  # else each question takes a lock of its own
        is_good = check_identity(connection, "main", path) == schema.VERSION
    except sqlite3.OperationalError as error:
        if not needs_a_copy(error):
            raise
    finally:
        if not is_good:
            connection.close()
    return connection if is_good else None


def _made_readable(path: Path, cleanup: ExitStack, *, is_live: bool) -> Path:
    """The data file, or a copy of this version that nobody else knows of. Raises DataError and sqlite3.Error."""
    source = path
    if not (opens(path, "ro") or opens(path, "rw")):
        source = copy_with_journals(path, scratch_folder(cleanup))
    with closing(connect(uri_of(source, "ro"))) as found:
        version = check_identity(found, "main", path)
        if is_live or version != schema.VERSION:
            from minicov_lsp.store.migrations import migrate  # few data files need it

            source = scratch_folder(cleanup) / "copy"
            with closing(connect(uri_of(source, "rwc"))) as copy:
                found.backup(copy)
                migrate(copy, version)
    return source
