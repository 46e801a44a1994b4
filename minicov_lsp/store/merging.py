"""One partial file into the data file, within a transaction of the caller's.

Both have a connection of their own. What the data file has is in a ledger, which
is given the rows of the partial file table by table and says which of them the
data file lacks. Footprints and hits wait in it for `flush`, so that many partial
files are written as if they were one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from minicov_lsp.store import checks
from minicov_lsp.store.garbage import drop_files, drop_unused, drop_unused_prefixes
from minicov_lsp.store.inserting import insert
from minicov_lsp.store.ledger import Ledger
from minicov_lsp.store.merged_schema import FILE_SHIFT, of_file
from minicov_lsp.store.merging_contexts import Contexts
from minicov_lsp.store.merging_files import Files
from minicov_lsp.store.part_rows import PartRows, rows_of
from minicov_lsp.store.soundness import Seal
from minicov_tracer import seals

_MOST_KNOWN = 2_000_000
"""Rows that the ledger remembers, some 25 bytes each."""
_MOST_WAITING = 64 * 1024 * 1024
"""Bytes of rows and hits that wait: with more, what is there is written."""

_ADD_SIGNATURES = "INSERT INTO signature (id, key, bits, arcs, code)", "(?, ?, ?, replace(?, '[]', ''), ?)"
_ADD_CODES = (
    "INSERT INTO code (id, digest, name, first_line, python, probes, own_lines, own_digest)",
    "(?, ?, ?, ?, ?, ?, ?, ?)",
)
_ADD_FOOTPRINTS = "INSERT INTO footprint (id, signatures, contexts)", "(?, ?, ?)"
_FOOTPRINTS = f"SELECT id, contexts FROM footprint WHERE {of_file('id', ':file')}"  # noqa: S608  # ours
_ALL_CONTEXTS = f"SELECT id >> {FILE_SHIFT}, group_concat(contexts, '') FROM footprint GROUP BY 1"  # noqa: S608  # ours
_KNOWN = (
    f"SELECT id, digest FROM code WHERE {of_file('id', ':file')}",  # noqa: S608  # ours
    f"SELECT id, key FROM signature WHERE {of_file('id', ':file')}",  # noqa: S608  # ours
    f"SELECT id, signatures FROM footprint WHERE {of_file('id', ':file')}",  # noqa: S608  # ours
)

# One process's counts grow until it ends; who merges them twice adds nothing.
_ADD_COUNTS = """
    INSERT INTO line_count (file_id, part, total, lines) VALUES (?, ?, ?, ?)
    ON CONFLICT (file_id, part) DO UPDATE SET total = excluded.total, lines = excluded.lines
        WHERE excluded.total > line_count.total
"""

_OTHER_COUNTS = "FROM line_count WHERE hex(part) NOT IN (SELECT value FROM json_each(?))"
_DROP_CONTEXTS = "DELETE FROM context WHERE id NOT IN (SELECT value FROM json_each(?))"

_STAMP_CHANGES = (
    """
    UPDATE meta SET value = value + 1 WHERE key = 'generation' AND (:changed <> '[]'
        OR EXISTS (SELECT 1 FROM file WHERE generation = 0)
        OR EXISTS (SELECT 1 FROM gone WHERE generation > value))
    """,
    """
    UPDATE file SET generation = (SELECT value + 0 FROM meta WHERE key = 'generation')
        WHERE generation = 0 OR id IN (SELECT value FROM json_each(:changed))
    """,
    "DELETE FROM gone WHERE EXISTS (SELECT 1 FROM file f WHERE f.path = gone.path)",
)


class Merger:
    """Merges into one data file by one connection, on which nothing else is done in between."""

    def __init__(
        self, connection: sqlite3.Connection, rename: Callable[[str], str] = str, *, notes_changes: bool = True
    ) -> None:
        """Take a connection to the data file; `rename` maps recorded paths.

        Without `notes_changes` every file of the data file counts as new, until `stamp_changes` is called.
        """
        self._connection = connection
        self.notes_changes = notes_changes
        self._files = Files(connection, rename)
        self._contexts = Contexts(connection)
        self._changed: set[int] = set()
        """Files whose facts are not what they were at the last stamp."""
        self._ledger: Ledger = checks.CHOSEN.ledger()
        self._version: int | None = None
        """The data file's, while what is remembered is true of it."""
        self._known_files = 0
        """The largest id of a file when nothing was remembered: of files with larger ones all is."""
        self._loaded: set[int] = set()
        """Files with smaller ids, of which all is remembered."""

    def merge(self, part: sqlite3.Connection, *, anew: bool = False) -> None:
        """Merge a data file of this version; if `anew`, what only the data file knows is dropped.

        Has to be followed by `flush` in the same transaction. Raises what damage raises: sqlite3.Error,
        TypeError, ValueError, KeyError, OverflowError and AttributeError. Then the transaction has to be undone, and
        this is of no use any more.
        """
        self._begin()
        seal = Seal(part)
        rows = rows_of(part, seal)
        files = self._files.merge(part, rows, seal.meta.get("root"))
        mapped = self._contexts.merge(rows.contexts(), self._contexts.runs(seal.runs), anew=anew)
        if mapped.replaced or anew:
            self.flush()
        if mapped.ids:
            self._load(files)
        rows.add(self._ledger, files, mapped.ids)
        self._merge_counts(part, files, rows, seal)
        seal.check()
        if anew:
            self._replace(None)
            self._drop_all_else(part, files, mapped.ids)
        elif mapped.replaced:
            self._replace(mapped.replaced)
        elif self._ledger.waiting() > _MOST_WAITING:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        self._flush_codes()
        self._add_footprints(self._ledger.take_footprints())
        find = self._connection.cursor()
        for footprint, more in self._ledger.take_contexts():
            (contexts,) = find.execute("SELECT contexts FROM footprint WHERE id = ?", (footprint,)).fetchone()
            self._write_contexts(footprint, contexts, united(contexts, more))

    def _flush_codes(self) -> None:
        """Write texts, code objects and signatures that wait: in order, which leaves little of their pages unused."""
        self._files.flush()
        insert(self._connection, *_ADD_CODES, self._ledger.take_codes())
        insert(self._connection, *_ADD_SIGNATURES, self._ledger.take_signatures())

    def stamp_changes(self) -> None:
        """Give files that changed, and those that are new, the next generation."""
        for statement in _STAMP_CHANGES:
            self._connection.execute(statement, {"changed": json.dumps(sorted(self._changed))})
        self._changed.clear()

    def _begin(self) -> None:
        """Forget what another process may have changed, or what would be too much."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version != self._version or self._ledger.size() > _MOST_KNOWN:
            self.flush()
            self._ledger = checks.CHOSEN.ledger()
            self._version = version
            (self._known_files,) = self._connection.execute("SELECT coalesce(max(id), 0) FROM file").fetchone()
            self._loaded.clear()
            self._files.begin()
            self._contexts.begin()

    def _load(self, files: Mapping[int, int]) -> None:
        """Remember what the data file has of files."""
        for file in sorted(set(files.values())):
            if file <= self._known_files and file not in self._loaded:
                self._loaded.add(file)
                self._ledger.load(file, *(self._connection.execute(sql, {"file": file}) for sql in _KNOWN))

    def _merge_counts(self, part: sqlite3.Connection, files: Mapping[int, int], rows: PartRows, seal: Seal) -> None:
        """Merge how often lines ran, where that was counted."""
        found = part.execute("SELECT file_id, part, total, lines FROM line_count").fetchall()
        names = dict(rows.files()) if found else {}
        for there, *row in found:
            seal.tally.counts ^= seals.count_share(*names[there], *row)
            file = files[there]
            if self._connection.execute(_ADD_COUNTS, (file, *row)).rowcount:
                self._changed.add(file)

    def _add_footprints(self, new: Sequence[Any]) -> None:
        insert(self._connection, *_ADD_FOOTPRINTS, new)
        if self.notes_changes:
            ids, contexts = new[::3], new[2::3]
            self._changed.update(row >> FILE_SHIFT for row, shown in zip(ids, contexts, strict=True) if shown)

    def _write_contexts(self, footprint: int, before: str, contexts: str) -> None:
        """Let these contexts have left a footprint, instead of those before."""
        if contexts != before:
            self._connection.execute("UPDATE footprint SET contexts = ? WHERE id = ?", (contexts, footprint))
            self._changed.add(footprint >> FILE_SHIFT)

    def _replace(self, replaced: AbstractSet[int] | None) -> None:
        """Write what waits; drop what these contexts (None: all) left of footprints before and do not leave now."""
        self._flush_codes()
        new = self._ledger.take_footprints()
        more = dict(self._ledger.take_contexts())
        gone = None if replaced is None else frozenset(map(chr, replaced))
        wanted = {footprint >> FILE_SHIFT for footprint in more}
        for file, all_contexts in self._connection.execute(_ALL_CONTEXTS).fetchall():
            if gone is not None and file not in wanted and gone.isdisjoint(all_contexts):
                continue
            for footprint, before in self._connection.execute(_FOOTPRINTS, {"file": file}).fetchall():
                added = more.get(footprint, "")
                if gone is None:
                    self._write_contexts(footprint, before, added)
                elif added or not gone.isdisjoint(before):
                    left = "".join([context for context in before if context not in gone])
                    self._write_contexts(footprint, before, united(left, added))
        self._add_footprints(new)

    def _drop_all_else(self, part: sqlite3.Connection, files: Mapping[int, int], contexts: Mapping[int, int]) -> None:
        """Drop what the data file has beside these files and contexts."""
        execute = self._connection.execute
        counted = json.dumps([counts for (counts,) in part.execute("SELECT hex(part) FROM line_count")])
        self._changed.update(file for (file,) in execute(f"SELECT file_id {_OTHER_COUNTS}", (counted,)))
        execute(f"DELETE {_OTHER_COUNTS}", (counted,))
        execute(_DROP_CONTEXTS, (json.dumps(sorted(contexts.values())),))
        drop_unused_prefixes(self._connection)
        execute("DELETE FROM run WHERE id NOT IN (SELECT run_id FROM context)")
        kept = set(files.values())
        drop_files(
            self._connection, [file for (file,) in execute("SELECT id FROM file").fetchall() if file not in kept]
        )
        drop_unused(self._connection, kept)
        execute("UPDATE meta SET value = ? WHERE key = 'root'", (self._files.root_there,))
        self._version = None  # nothing that is remembered is true any more


def united(contexts: str, more: str) -> str:
    """Contexts of a footprint, in order, each once; both are so."""
    if not contexts or not more or contexts[-1] < more[0]:
        return contexts + more
    return "".join(sorted({*contexts, *more}))
