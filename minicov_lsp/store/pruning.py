"""Forgetting what ran of texts that nobody has any more; only ever when it is asked for.

A text that is no longer on disk may still have functions that are: what ran of those holds, and stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Container
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from minicov_lsp.store.connection import open_merged, transaction
from minicov_lsp.store.garbage import drop_files, drop_footprints
from minicov_lsp.store.versions import Identity, identities
from minicov_tracer import seals, sources


@dataclass(frozen=True)
class Pruned:
    """What was forgotten."""

    files: tuple[str, ...]
    """Recorded paths of files that are gone."""
    versions: int
    """Texts that have nothing in common with the one on disk."""
    codes: int
    """Code objects of other texts that were edited or are gone."""


def prune(data_file: Path, text_of: Callable[[str], str | None]) -> Pruned:
    """Drop what ran of what is no longer on disk, in one transaction.

    `text_of` gives the text that a recorded path has now, None where there is no such file. Raises DataError.
    """
    with closing(open_merged(data_file, "")) as connection:
        with transaction(connection, data_file):
            pruned = _Pruning(connection).prune(text_of)
        if pruned != Pruned((), 0, 0):
            _give_space_back(connection)
    return pruned


class _Pruning:
    """One transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._dropped: list[int] = []

    def prune(self, text_of: Callable[[str], str | None]) -> Pruned:
        """Look at each file; what was forgotten."""
        rows = self._connection.execute("SELECT id, path, digest FROM file ORDER BY path, generation DESC, id DESC")
        gone: list[str] = []
        versions = codes = 0
        for path, found in groupby(rows.fetchall(), itemgetter(1)):
            text = text_of(path)
            if text is None:
                gone.append(path)
                self._dropped += [file for file, _, _ in found]
                continue
            dropped = [
                self._prune_version(number, file, digest, text) for number, (file, _, digest) in enumerate(found)
            ]
            versions += sum(is_dropped for _, is_dropped in dropped)
            codes += sum(number for number, _ in dropped)
            if any(number for number, _ in dropped):
                self._mark_changed(path)
        self._drop_files()
        return Pruned(tuple(gone), versions, codes)

    def _prune_version(self, number: int, file: int, digest: bytes, text: str) -> tuple[int, bool]:
        """(how many code objects of a version were dropped, whether it went with them); the newest never does."""
        if digest in (b"", bytes.fromhex(sources.digest(text))):
            return 0, False
        dropped = self._narrow(file, identities(sources.normalize(text)))
        (left,) = self._connection.execute("SELECT count(*) FROM code WHERE file_id = ?", (file,)).fetchone()
        is_dropped = number > 0 and not left
        if is_dropped:
            self._dropped.append(file)
        return dropped, is_dropped

    def _narrow(self, file: int, there: Container[Identity]) -> int:
        """Leave of a version only what ran of code objects that are `there`; how many others there were."""
        execute = self._connection.execute
        codes = execute("SELECT id, name, own_digest FROM code WHERE file_id = ?", (file,)).fetchall()
        kept = {code for code, name, own_digest in codes if (name, own_digest) in there}
        if len(kept) == len(codes):
            return 0
        rows = execute("SELECT char(number), key, code_id FROM signature WHERE file_id = ?", (file,))
        left = {member: key for member, key, code in rows if code in kept}
        execute("CREATE TEMP TABLE narrowed (id INTEGER PRIMARY KEY)")
        footprints = execute("SELECT id, signatures FROM footprint WHERE file_id = ?", (file,)).fetchall()
        for footprint, signatures in footprints:
            wanted = [member for member in signatures if member in left]
            if len(wanted) != len(signatures):
                digest = seals.footprint_digest(b"".join(sorted([left[member] for member in wanted])))
                self._replace(file, footprint, digest, "".join(wanted))
        drop_footprints(self._connection, "SELECT id FROM narrowed")
        execute("DROP TABLE narrowed")
        execute("DELETE FROM code WHERE file_id = ? AND id NOT IN (SELECT code_id FROM signature)", (file,))
        return len(codes) - len(kept)

    def _replace(self, file: int, footprint: int, digest: bytes, signatures: str) -> None:
        """Let the contexts of a footprint have left another, or none."""
        execute = self._connection.execute
        execute("INSERT INTO narrowed VALUES (?)", (footprint,))
        if not signatures:
            return
        sql = "INSERT OR IGNORE INTO footprint (file_id, digest, signatures) VALUES (?, ?, ?)"
        execute(sql, (file, digest, signatures))
        execute(
            "INSERT OR IGNORE INTO hit (footprint_id, context_id) SELECT n.id, h.context_id"
            " FROM footprint n JOIN hit h ON h.footprint_id = ? WHERE n.file_id = ? AND n.digest = ?",
            (footprint, file, digest),
        )

    def _mark_changed(self, path: str) -> None:
        """Give the newest version of a file the next generation: it stays the newest, and readers look again."""
        self._connection.execute(
            "UPDATE file SET generation = (SELECT value + 1 FROM meta WHERE key = 'generation')"
            " WHERE id = (SELECT id FROM file WHERE path = ? ORDER BY generation DESC, id DESC LIMIT 1)",
            (path,),
        )

    def _drop_files(self) -> None:
        connection = self._connection
        before = connection.total_changes
        for file in self._dropped:
            drop_footprints(connection, f"SELECT id FROM main.footprint WHERE file_id = {file:d}")  # noqa: S608  # a number
            connection.execute("DELETE FROM code WHERE file_id = ?", (file,))
        drop_files(connection, f"SELECT id FROM main.file WHERE id IN ({', '.join(map(str, self._dropped))})")  # noqa: S608  # numbers
        unused = "DELETE FROM context WHERE id NOT IN (SELECT context_id FROM hit UNION SELECT context_id FROM outcome)"
        connection.execute(unused)
        (marked,) = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM file f JOIN meta m ON m.key = 'generation' WHERE f.generation > m.value + 0)"
        ).fetchone()
        if marked or connection.total_changes != before:
            connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
            connection.execute(
                "INSERT INTO meta VALUES ('prunes', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1"
            )


def _give_space_back(connection: sqlite3.Connection) -> None:
    """Make the file smaller, unless somebody is using it right now."""
    try:
        connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if not getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL")):
            raise
