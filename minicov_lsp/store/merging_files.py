"""Files of a partial file in the data file: which they are there, and their texts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from minicov_lsp.store.soundness import UnsoundError, is_whole_text
from minicov_tracer import seals

_FIND = "SELECT id FROM file WHERE path = ? AND digest = ?"


class Files:
    """The files of a data file, by a connection to it."""

    def __init__(self, connection: sqlite3.Connection, rename: Callable[[str], str]) -> None:
        """`rename` maps recorded paths."""
        self._connection = connection
        self._rename = rename
        self._known: dict[tuple[str, bytes], tuple[int, int]] = {}
        """{(path there, digest): (id, share of the seal)} of files of the same root as the last partial file's."""
        self.root_there = ""
        """The project's folder, as the last partial file has it."""

    def begin(self) -> None:
        """Forget what another process may have changed."""
        self._known.clear()

    def merge(self, part: sqlite3.Connection) -> tuple[dict[int, int], int]:
        """({id there: id here}, what `seals.Tally.files` is there); files that are new get a row, and their texts.

        Raises UnsoundError where a text is not there or damaged, and TypeError or ValueError for values of other types.
        """
        roots = [_root(part), _root(self._connection)]
        if roots[0] != self.root_there:
            self._known.clear()
            self.root_there = roots[0]
        found = {}
        known, shares = self._known, 0
        for there, path, digest in part.execute("SELECT id, path, digest FROM file"):
            file = known.get((path, digest))
            if file is None:
                number = self._number(part, self._rename(rebased(path, *roots)), digest)
                file = known[path, digest] = number, seals.file_share(path, digest)
            found[there] = file[0]
            shares ^= file[1]
        return found, shares

    def _number(self, part: sqlite3.Connection, path: str, digest: bytes) -> int:
        """The id of a file, which is added if need be."""
        execute = self._connection.execute
        row = execute(_FIND, (path, digest)).fetchone()
        if row is None:
            if digest != b"" and execute("SELECT 1 FROM source WHERE digest = ?", (digest,)).fetchone() is None:
                self._add_text(part, digest)
            execute("INSERT INTO file (path, digest) VALUES (?, ?)", (path, digest))
            row = execute(_FIND, (path, digest)).fetchone()
        return int(row[0])

    def _add_text(self, part: sqlite3.Connection, digest: bytes) -> None:
        row = part.execute("SELECT crc, text FROM source WHERE digest = ?", (digest,)).fetchone()
        if row is None or not is_whole_text(*row):
            raise UnsoundError("a row of table file or source")
        self._connection.execute("INSERT INTO source (digest, crc, text) VALUES (?, ?, ?)", (digest, *row))


def _root(connection: sqlite3.Connection) -> str:
    """A project's folder with `/`, as `meta` has it."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'root'").fetchone()
    return str((row and row[0]) or "").replace("\\", "/")


def rebased(path: str, root: str, new_root: str) -> str:
    """A path recorded under one root, as it is recorded under another.

    Where one root lies in the other it is the same machine, and the path is that
    of the same file. Roots that have nothing in common are those of different
    machines: what is relative means the same there and here.
    """
    if root == new_root:
        return path
    is_absolute = path.startswith("/") or path[1:3] in (":\\", ":/")
    if not is_absolute and not (_is_in(root, new_root) or _is_in(new_root, root)):
        return path
    whole = path if is_absolute else f"{root.rstrip('/')}/{path}"
    return whole[len(new_root.rstrip("/")) + 1 :] if _is_in(whole, new_root) else whole


def _is_in(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")
