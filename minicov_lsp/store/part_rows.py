"""The rows of a file that is merged: of a partial file as they are, of a merged file in the same form.

Ids are those of that file. Rows come as SQLite reads them, so whatever a damaged file has may be in them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Protocol

from minicov_lsp.store.ledger import FootprintRow, Ledger, SignatureRow
from minicov_lsp.store.merged_schema import FILE_SHIFT, OUTCOMES, of_file
from minicov_tracer import seals

Connection = sqlite3.Connection
ContextRow = tuple[int, bytes, int, str, int, float, str | None, float | None, float | None]
"""id, digest (b"" in a merged file), prefix's id, rest of the name, run's id, time; how it ended, how long, when."""

_FOOTPRINTS = "SELECT id, file_id, digest, signatures FROM footprint"
_SIGNATURES = f"""
    WITH RECURSIVE wanted(place) AS
        (SELECT 1 UNION ALL SELECT place + {seals.KEY_SIZE} FROM wanted WHERE place + {seals.KEY_SIZE} < length(:keys))
    SELECT s.key, s.bits, s.arcs, s.code_id, c.digest FROM wanted
    CROSS JOIN signature s ON s.file_id = :file AND s.key = substr(:keys, place, {seals.KEY_SIZE})
    CROSS JOIN code c ON c.id = s.code_id AND c.file_id = s.file_id
"""  # noqa: S608  # ours
_CODES = """
    SELECT c.digest, c.name, c.first_line, c.python, c.probes, c.own_lines, c.own_digest
    FROM json_each(?) wanted CROSS JOIN code c ON c.id = wanted.value
"""
_CONTEXTS = """
    SELECT c.id, c.digest, c.prefix_id, c.label, c.run_id, c.time, o.outcome, o.duration, o.time
    FROM context c LEFT JOIN outcome o ON o.context_id = c.id
"""
_COUNTS = "SELECT file_id, part, total, lines FROM line_count"

_MERGED_CONTEXTS = f"""
    SELECT c.id, x'', c.prefix_id, c.label, c.run_id, c.time,
        CASE c.outcome {" ".join(f"WHEN {number} THEN '{word}'" for number, word in enumerate(OUTCOMES))} END,
        c.duration / 1e6, CASE WHEN c.outcome IS NOT NULL THEN coalesce(c.ended, c.time) END
    FROM context c
"""  # noqa: S608  # ours
_MERGED_SIGNATURES = f"""
    SELECT s.key, s.bits, s.arcs, c.id, c.digest
    FROM signature s CROSS JOIN code c ON c.id = (:file << {FILE_SHIFT}) + s.code
    WHERE {of_file("s.id", ":file")}
"""  # noqa: S608  # ours
_MERGED_FOOTPRINTS = f"SELECT id, signatures FROM footprint WHERE {of_file('id', ':file')}"  # noqa: S608  # ours
_KEYS = f"SELECT char(id & ((1 << {FILE_SHIFT}) - 1)), key FROM signature WHERE {of_file('id', ':file')}"  # noqa: S608  # ours


class PartRows(Protocol):
    """What a merge asks of the file that it merges."""

    connection: Connection
    text: str
    """SQL for (CRC, text) of a source's digest."""

    def touched_files(self) -> Iterable[int]:
        """The ids of files that have footprints."""

    def footprints(self) -> Iterable[FootprintRow]:
        """All of them."""

    def signatures(self, file: int, keys: bytes) -> Iterable[SignatureRow]:
        """Those of a file that have these keys, which are given one after the other."""

    def codes(self, ids: Iterable[int]) -> Iterable[tuple[object, ...]]:
        """Code objects in the order of their ids as given: their columns from `digest` on."""

    def contexts(self) -> Iterable[ContextRow]:
        """All of them."""

    def add_hits(self, ledger: Ledger, contexts: dict[int, int]) -> tuple[int, int]:
        """Hand all hits over; what `Ledger.add_hits` tells of them."""


class PartialRows:
    """A partial file, by a connection of its own."""

    text = "SELECT crc, text FROM source WHERE digest = ?"

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def touched_files(self) -> Iterable[int]:
        """See PartRows."""
        return [file for (file,) in self.connection.execute("SELECT DISTINCT file_id FROM footprint")]

    def footprints(self) -> Iterable[FootprintRow]:
        """See PartRows."""
        return self.connection.execute(_FOOTPRINTS)

    def signatures(self, file: int, keys: bytes) -> Iterable[SignatureRow]:
        """See PartRows."""
        return self.connection.execute(_SIGNATURES, {"file": file, "keys": keys})

    def codes(self, ids: Iterable[int]) -> Iterable[tuple[object, ...]]:
        """See PartRows."""
        return self.connection.execute(_CODES, (json.dumps(list(ids)),))

    def contexts(self) -> Iterable[ContextRow]:
        """See PartRows."""
        return self.connection.execute(_CONTEXTS)

    def add_hits(self, ledger: Ledger, contexts: dict[int, int]) -> tuple[int, int]:
        """See PartRows."""
        return ledger.add_hits(self.connection.execute("SELECT context_id, footprints FROM hit"), contexts)


class MergedRows(PartialRows):
    """A merged file in the form of a partial one."""

    text = (
        "SELECT s.crc, substr(p.texts, s.place, s.size) FROM source s JOIN pack p ON p.id = s.pack_id WHERE digest = ?"
    )

    def touched_files(self) -> Iterable[int]:
        """See PartRows."""
        return [file for (file,) in self.connection.execute("SELECT id FROM file ORDER BY id")]

    def footprints(self) -> Iterator[FootprintRow]:
        """See PartRows."""
        for file in self.touched_files():
            wanted = {"file": file}
            keys = dict(self.connection.execute(_KEYS, wanted))
            for row, shown in self.connection.execute(_MERGED_FOOTPRINTS, wanted):
                signatures = b"".join(sorted([keys[character] for character in shown]))
                yield row, file, seals.footprint_digest(signatures), signatures

    def signatures(self, file: int, keys: bytes) -> Iterable[SignatureRow]:
        """See PartRows."""
        wanted = {keys[place : place + seals.KEY_SIZE] for place in range(0, len(keys), seals.KEY_SIZE)}
        rows = self.connection.execute(_MERGED_SIGNATURES, {"file": file})
        return (row for row in rows if row[0] in wanted)

    def contexts(self) -> Iterable[ContextRow]:
        """See PartRows."""
        return self.connection.execute(_MERGED_CONTEXTS)

    def add_hits(self, ledger: Ledger, contexts: dict[int, int]) -> tuple[int, int]:
        """See PartRows."""
        ledger.add_lists(self.connection.execute("SELECT id, contexts FROM footprint"), contexts)
        return 0, 0


def rows_of(connection: Connection) -> PartRows:
    """The rows of an opened data file of this version, of either kind."""
    is_merged = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'gone'").fetchone()
    return MergedRows(connection) if is_merged else PartialRows(connection)
