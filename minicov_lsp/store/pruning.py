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

from minicov_lsp.store.connection import give_space_back, open_merged, transaction
from minicov_lsp.store.garbage import drop_files, drop_unused, drop_unused_contexts
from minicov_lsp.store.merged_schema import MOST_OF_A_FILE, of_file
from minicov_lsp.store.versions import Identity, identities
from minicov_tracer import sources

_OF_FILE = of_file("id", ":file")


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
            give_space_back(connection)
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
        sql = f"SELECT count(*) FROM code WHERE {_OF_FILE}"  # noqa: S608  # ours
        (left,) = self._connection.execute(sql, {"file": file}).fetchone()
        is_dropped = number > 0 and not left
        if is_dropped:
            self._dropped.append(file)
        return dropped, is_dropped

    def _narrow(self, file: int, there: Container[Identity]) -> int:
        """Leave of a version only what ran of code objects that are `there`; how many others there were."""
        execute = self._connection.execute
        sql = f"SELECT id, name, own_digest FROM code WHERE {_OF_FILE}"  # noqa: S608  # ours
        codes = execute(sql, {"file": file}).fetchall()
        kept = {code for code, name, own_digest in codes if (name, own_digest) in there}
        if len(kept) == len(codes):
            return 0
        numbers = {code & MOST_OF_A_FILE for code in kept}
        sql = f"SELECT id & {MOST_OF_A_FILE}, code FROM signature WHERE {_OF_FILE}"  # noqa: S608  # ours
        left = {chr(number) for number, code in execute(sql, {"file": file}).fetchall() if code in numbers}
        narrow_footprints(self._connection, file, left)
        drop_unused(self._connection, [file])
        return len(codes) - len(kept)

    def _mark_changed(self, path: str) -> None:
        """Give the newest version of a file the next generation: it stays the newest, and readers look again."""
        self._connection.execute(
            "UPDATE file SET generation = (SELECT value + 1 FROM meta WHERE key = 'generation')"
            " WHERE id = (SELECT id FROM file WHERE path = ? ORDER BY generation DESC, id DESC LIMIT 1)",
            (path,),
        )

    def _drop_files(self) -> None:
        connection = self._connection
        drop_files(connection, self._dropped)
        dropped = drop_unused_contexts(connection)
        (marked,) = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM file f JOIN meta m ON m.key = 'generation' WHERE f.generation > m.value + 0)"
        ).fetchone()
        if marked or dropped or self._dropped:
            connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
            connection.execute(
                "INSERT INTO meta VALUES ('prunes', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1"
            )


def narrow_footprints(connection: sqlite3.Connection, file: int, left: Container[str]) -> None:
    """Take out of a file's footprints all signatures but these; two that become the same are united.

    One that has none left loses its contexts.
    """
    sql = f"SELECT id, signatures, contexts FROM footprint WHERE {_OF_FILE} ORDER BY id"  # noqa: S608  # ours
    ids: dict[frozenset[str], int] = {}
    found: dict[int, tuple[str, set[str]]] = {}
    changed = set()
    for footprint, signatures, contexts in connection.execute(sql, {"file": file}).fetchall():
        wanted = "".join([signature for signature in signatures if signature in left])
        first = ids.setdefault(frozenset(wanted), footprint)
        found.setdefault(first, (wanted, set()))[1].update(contexts)
        if first != footprint:
            changed |= {first, footprint}
        elif wanted != signatures:
            changed.add(footprint)
    for footprint in changed:
        signatures, contexts = found.get(footprint, ("", ()))
        shown = "".join(sorted(contexts)) if signatures else ""
        sql = "UPDATE footprint SET signatures = ?, contexts = ? WHERE id = ?"
        connection.execute(sql, (signatures, shown, footprint))
