"""How a data file is kept whole, and read while it is written: by a write-ahead log, where the file system allows it.

Such a log needs memory that processes share (sqlite.org/wal.html), which files on a share over the network may not
give. There a rollback journal has to do, and readers wait while something is committed.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import sqlite3
from contextlib import closing
from pathlib import Path

_FORMAT_AT, _LOGGED = 18, 2
"""A byte of a database's header, and its value where it is written with such a log (sqlite.org/fileformat.html)."""


def make_safe(connection: sqlite3.Connection, path: Path) -> None:
    """Let a crash cost nothing that was committed, and readers of `path` never wait where the file system allows it."""
    wanted = "WAL" if _shares_memory(path.parent) else "TRUNCATE"
    (mode,) = connection.execute(f"PRAGMA main.journal_mode = {wanted}").fetchone()
    if mode not in ("wal", "truncate"):
        connection.execute("PRAGMA main.journal_mode = TRUNCATE")
    connection.execute("PRAGMA main.synchronous = NORMAL")


def leave_log_if_unshared(path: Path, uri: str) -> None:
    """Have a data file that was written with such a log elsewhere do without here, if it must. Raises sqlite3.Error."""
    if not _is_logged(path) or _shares_memory(path.parent):
        return
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        connection.execute("PRAGMA main.locking_mode = EXCLUSIVE")  # a log that one process has needs no shared memory
        connection.execute("PRAGMA main.journal_mode = TRUNCATE")


def lacks_shared_memory(error: sqlite3.Error) -> bool:
    """Whether a data file can't be opened because of the file system that it is on."""
    return getattr(error, "sqlite_errorname", "").startswith("SQLITE_IOERR_SHM")


def _is_logged(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            header = file.read(_FORMAT_AT + 1)
    except OSError:
        return False
    return len(header) > _FORMAT_AT and header[_FORMAT_AT] == _LOGGED


def _shares_memory(folder: Path) -> bool:
    """Whether files of a folder can be mapped; where none can be made there, SQLite will say what is wrong."""
    try:
        file = _nameless_file(folder)
    except OSError:
        return True
    try:
        os.truncate(file, mmap.PAGESIZE)
        mmap.mmap(file, mmap.PAGESIZE).close()
    except OSError:
        return False
    finally:
        os.close(file)
    return True


def _nameless_file(folder: Path) -> int:
    """A descriptor of a file there that is gone when it is closed: to load `tempfile` takes 3 ms. Raises OSError."""
    if hasattr(os, "O_TMPFILE"):
        with contextlib.suppress(OSError):  # few file systems can't
            return os.open(folder, os.O_RDWR | os.O_TMPFILE, 0o600)
    name = folder / f".minicov-{os.urandom(8).hex()}"
    removes_it: int = getattr(os, "O_TEMPORARY", 0)
    file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | removes_it, 0o600)
    if not removes_it:
        os.unlink(name)  # noqa: PTH108  # as the file is opened
    return file
