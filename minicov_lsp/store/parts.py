"""Data files as the database `part` of a connection, one after the other.

SQLite compiles every statement again after a DETACH, which for a small partial
file takes longer than all that is done with it. So those that need nothing done
before are read into memory, each in the place of the one before: statements stay
good, because the tables are where they were.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from minicov_lsp.errors import DataError
from minicov_lsp.store.connection import (
    check_identity,
    committed,
    connect,
    copy_with_journals,
    immediate,
    is_file,
    needs_a_copy,
    opens,
    scratch_folder,
    uri_of,
)
from minicov_lsp.store.migrations import migrate
from minicov_lsp.store.soundness import UnsoundError
from minicov_tracer import schema

if sys.platform != "win32":
    import fcntl

_MOST_LOADED = 1024 * 1024
"""Bytes of the largest file that is read into memory: a merge takes little of it, whatever comes."""
_CAN_LOAD = sys.platform != "win32" and hasattr(sqlite3.Connection, "deserialize")
_SHARED = 510, 0x4000_0002
"""(how many, from where): bytes of a database that whoever reads it locks (sqlite.org/fileformat2.html)."""
_LAYOUT = "SELECT name, rootpage, sql FROM part.sqlite_master"
_ROLLED_BACK = b"\1\1"
"""In a database's header, where it is written with a rollback journal."""


class Part:
    """The database `part` of a connection; after any exception that has to be closed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._room = bytearray(_MOST_LOADED)
        self._is_in_memory = False
        """Whether `part` is there, in memory."""
        self._layout: list[tuple[object, ...]] | None = None
        """What tables the files have that are read into memory, and where: those of the first."""

    def load(self, path: Path) -> bool:
        """Let a small data file be `part`, if it needs nothing done before; whether it was one.

        Within a transaction too, if nothing of the one before is still being read. Raises UnsoundError,
        DataError and sqlite3.Error; a file that was not made as others were may well be good.
        """
        connection = self._connection
        data = _read(path, self._room) if _CAN_LOAD else None
        if data is None:
            return False
        if not self._is_in_memory:
            connection.execute("ATTACH ':memory:' AS part")
            self._is_in_memory = True
        connection.deserialize(data, name="part")
        layout = connection.execute(_LAYOUT).fetchall()
        if self._layout is None:
            check_identity(connection, "part", path)
            self._layout = layout
        if layout != self._layout:
            raise UnsoundError("its tables are not where they are in others")
        return True

    @contextmanager
    def attached(self, path: Path, *, is_live: bool = False) -> Iterator[None]:
        """One transaction with a data file as `part`, read-only: at most a commit that was cut off is undone.

        One that is still written is read as a copy, so that its process never waits for us; so is one of an older
        version, and one with a commit to undo in a folder that can't be written. Raises DataError and sqlite3.Error.
        """
        connection = self._connection
        if not is_file(path):
            raise DataError(f"{path}: is not a file; move it away")
        if self._is_in_memory:
            connection.execute("DETACH part")
            self._is_in_memory = False
        if not is_live and _attach(connection, path):
            with committed(connection):
                yield
            connection.execute("DETACH part")
            return
        with ExitStack() as cleanup:
            connection.execute("ATTACH ? AS part", (uri_of(_made_readable(path, cleanup, is_live=is_live), "ro"),))
            with immediate(connection):
                yield
            connection.execute("DETACH part")


def _read(path: Path, room: bytearray) -> memoryview | None:
    """A small data file of this version that nobody is writing, by its header, read into that room; else None."""
    name = str(path)
    try:
        with open(name, "rb", buffering=0) as file:  # noqa: PTH123  # a path for each of many costs more than to read it
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, *_SHARED)
            size = os.fstat(file.fileno()).st_size
            if size > len(room) or any(os.path.lexists(name + end) for end in ("-journal", "-wal")):
                return None
            data = memoryview(room)[: file.readinto(room)]
    except (OSError, ValueError):
        return None
    return data if len(data) == size and _is_ours(bytes(data[:100]), size) else None


def _is_ours(header: bytes, size: int) -> bool:
    """Whether a header (sqlite.org/fileformat.html) is that of a data file of this version with nothing pending."""
    page = int.from_bytes(header[16:18], "big")
    return (
        header.startswith(b"SQLite format 3\0")
        and header[18:20] == _ROLLED_BACK
        and int.from_bytes(header[60:64], "big") == schema.VERSION
        and int.from_bytes(header[68:72], "big") == schema.APPLICATION_ID
        and size == page * int.from_bytes(header[28:32], "big")
    )


def _attach(connection: sqlite3.Connection, path: Path) -> bool:
    """Attach a data file that needs nothing done before, as most do, and begin; whether it was one."""
    if any(os.path.lexists(f"{path}{suffix}") for suffix in ("-journal", "-wal")):
        return False
    connection.execute("ATTACH ? AS part", (uri_of(path, "ro"),))
    is_good = False
    try:
        connection.execute("BEGIN IMMEDIATE")  # else each question takes a lock of its own
        is_good = check_identity(connection, "part", path) == schema.VERSION
    except sqlite3.OperationalError as error:
        if not needs_a_copy(error):
            raise
    finally:
        if not is_good and connection.in_transaction:
            connection.execute("ROLLBACK")
    if not is_good:
        connection.execute("DETACH part")
    return is_good


def _made_readable(path: Path, cleanup: ExitStack, *, is_live: bool) -> Path:
    """The data file, or a copy of this version that nobody else knows of. Raises DataError and sqlite3.Error."""
    source = path
    if not (opens(path, "ro") or opens(path, "rw")):
        source = copy_with_journals(path, scratch_folder(cleanup))
    with closing(connect(uri_of(source, "ro"))) as found:
        version = check_identity(found, "main", path)
        if is_live or version != schema.VERSION:
            source = scratch_folder(cleanup) / "copy"
            with closing(connect(uri_of(source, "rwc"))) as copy:
                found.backup(copy)
                migrate(copy, version)
    return source
