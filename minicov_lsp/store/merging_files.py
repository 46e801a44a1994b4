"""Files of a partial file in the data file: which they are there, and their texts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from minicov_lsp.store.inserting import insert
from minicov_lsp.store.packs import PACK_BYTES, write_pack
from minicov_lsp.store.part_rows import PartRows
from minicov_lsp.store.soundness import UnsoundError, is_whole_text

_ADD = "INSERT INTO file (id, path, digest)", "(?, ?, ?)"
_HAS_TEXT = "SELECT 1 FROM source WHERE digest = ?"
_FIND = "SELECT id FROM file WHERE path = ? AND digest = ?"


class Files:
    """The files of a data file, by a connection to it."""

    def __init__(self, connection: sqlite3.Connection, rename: Callable[[str], str]) -> None:
        """`rename` maps recorded paths."""
        self._connection = connection
        self._rename = rename
        self._known: dict[tuple[str, bytes], int] = {}
        """{(path there, digest): id} of files of the same root as the last partial file's."""
        self._here: dict[tuple[str, bytes], int] = {}
        """{(path, digest): id} of files that were looked for or added."""
        self._was_empty = False
        """Whether the data file had no files when this was: then all that it has were added."""
        self._last = 0
        """The largest id."""
        self._new: list[object] = []
        """Values of rows that wait."""
        self._sources: set[bytes] = set()
        """Digests of texts that are there, or wait."""
        self._texts: list[tuple[bytes, int, bytes]] = []
        """(digest, crc, text) of sources that wait for their pack."""
        self._size = 0
        """Bytes of those texts."""
        self._root = ""
        """The project's folder."""
        self.root_there = ""
        """The project's folder, as the last partial file has it."""

    def begin(self) -> None:
        """Forget what another process may have changed; nothing waits."""
        self._known.clear()
        self._here.clear()
        self._sources.clear()
        (self._last,) = self._connection.execute("SELECT coalesce(max(id), 0) FROM file").fetchone()
        self._was_empty = not self._last
        row = self._connection.execute("SELECT value FROM meta WHERE key = 'root'").fetchone()
        self._root = _slashed(row and row[0])

    def merge(self, part: sqlite3.Connection, rows: PartRows, root: object) -> dict[int, int]:
        """{number there: id here} of all files there; those that are new get a row, and their texts. `root` is theirs.

        Raises UnsoundError where a text is not there or damaged, and TypeError or ValueError for values of other types.
        """
        roots = _slashed(root), self._root
        if roots[0] != self.root_there:
            self._known.clear()
            self.root_there = roots[0]
        found = {}
        known = self._known
        for there, file in rows.files():
            number = known.get(file)
            if number is None:
                path, digest = file
                number = known[file] = self._number(part, rows.text, self._rename(rebased(path, *roots)), digest)
            found[there] = number
        return found

    def _number(self, part: sqlite3.Connection, text_there: str, path: str, digest: bytes) -> int:
        """The id of a file, which is added if need be."""
        number = self._here.get((path, digest)) or self._found(_FIND, path, digest)
        if number is None:
            if digest != b"" and digest not in self._sources:
                if self._found(_HAS_TEXT, digest) is None:
                    self._add_text(part, text_there, digest)
                self._sources.add(digest)
            self._last = number = self._last + 1
            self._new += (number, path, digest)
        self._here[path, digest] = number
        return number

    def _found(self, sql: str, *values: object) -> int | None:
        """What the data file had for an answer before anything was added."""
        row = None if self._was_empty else self._connection.execute(sql, values).fetchone()
        return None if row is None else int(row[0])

    def _add_text(self, part: sqlite3.Connection, text_there: str, digest: bytes) -> None:
        row = part.execute(text_there, (digest,)).fetchone()
        if row is None or not is_whole_text(*row):
            raise UnsoundError("a row of table file or source")
        crc, text = row
        self._texts.append((digest, crc, text))
        self._size += len(text)
        if self._size >= PACK_BYTES:
            self._pack()

    def flush(self) -> None:
        """Write the files and texts that wait."""
        insert(self._connection, *_ADD, self._new)
        self._new.clear()
        self._pack()

    def _pack(self) -> None:
        if self._texts:
            write_pack(self._connection, self._texts)
            self._texts.clear()
            self._size = 0


def _slashed(root: object) -> str:
    """A project's folder, as `meta` has it, with `/`."""
    return str(root or "").replace("\\", "/")


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
