"""A database file that others write, read by one connection which is kept open."""

from __future__ import annotations

import sqlite3
import threading
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

Stamp = TypeVar("Stamp")
FileStamp = tuple[int, int, int]
"""Inode, time of change in ns, size: what tells a file from another of the same name; zeros where there is none."""


def file_stamp(path: Path) -> FileStamp:
    """The stamp of whatever has that name now."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return 0, 0, 0
    return found.st_ino, found.st_mtime_ns, found.st_size


class Reader(ABC, Generic[Stamp]):
    """The connection, and when it has to be another. May be used from several threads; calls take turns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._opened: Stamp | None = None
        """What the file was when the connection was opened."""
        self._seen: object = None
        """What it was at the last call of `changed`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def changed(self) -> bool:
        """Whether the file is another than at the last call of this; the first says True where there is a file."""
        with self._lock:
            found = self._state()
            was, self._seen = self._seen, found
            return found != was

    def _connected(self, stamp: Stamp) -> sqlite3.Connection:
        """The connection, opened anew if the file is another than the stamp says. Called with the lock held."""
        if self._connection is None or not self._is_still(stamp):
            self.close()
            self._opened = stamp
            self._connection = self._open()
        return self._connection

    def _is_still(self, stamp: Stamp) -> bool:
        """Whether the open connection is one to what has this stamp."""
        return stamp == self._opened

    @abstractmethod
    def _open(self) -> sqlite3.Connection:
        """A read-only connection. Raises DataError."""

    @abstractmethod
    def _state(self) -> object:
        """What is another value as soon as the file, or what is in it, is another; None where there is no file."""
