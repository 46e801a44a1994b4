"""What a merge asks of the file that it merges: a partial file, or a merged one that is given in the same form."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Protocol

from minicov_lsp.store import chunk_rows
from minicov_lsp.store.connection import is_partial
from minicov_lsp.store.ledger import Ledger
from minicov_lsp.store.merged_schema import FILE_SHIFT, of_file
from minicov_lsp.store.soundness import UnsoundError
from minicov_tracer import chunks, seals

Connection = sqlite3.Connection
Told = tuple[int, str, int, float, int | None, int | None, float | None]
"""Of a context: its number there, name, the run's number there, time, outcome, microseconds, when it ended."""

_TEXT = "SELECT crc, text FROM source WHERE digest = ?"
_CHUNKS = "SELECT rows FROM chunk WHERE kind = ? ORDER BY id"
_FILES_OF_COUNTS = "SELECT DISTINCT file_id FROM line_count"

_PACKED_TEXT = """
    SELECT s.crc, substr(p.texts, s.place, s.size) FROM source s JOIN pack p ON p.id = s.pack_id WHERE s.digest = ?
"""
_CONTEXTS = """
    SELECT c.id, p.label || c.label, c.run_id, c.time, c.outcome, c.duration, coalesce(c.ended, c.time)
    FROM context c LEFT JOIN prefix p ON p.id = c.prefix_id
"""
_CODES = f"""
    SELECT digest, name, first_line, python, probes, own_lines, own_digest, id & {(1 << FILE_SHIFT) - 1} FROM code
    WHERE {of_file("id", ":file")} ORDER BY id
"""  # noqa: S608  # ours
_SIGNATURES = f"""
    SELECT char(id & {(1 << FILE_SHIFT) - 1}), code, key, bits, arcs FROM signature WHERE {of_file("id", ":file")}
"""  # noqa: S608  # ours
_FOOTPRINTS = f"SELECT signatures, contexts FROM footprint WHERE {of_file('id', ':file')}"  # noqa: S608  # ours


class PartRows(Protocol):
    """A file that is merged. Numbers are those that it has itself."""

    text: str
    """SQL for (CRC, text) of a source's digest."""

    def files(self) -> Iterable[tuple[int, str, bytes]]:
        """(number, path, digest) of all."""

    def contexts(self) -> Iterable[Told]:
        """All of them."""

    def add(self, ledger: Ledger, files: dict[int, int], contexts: dict[int, int]) -> None:
        """Hand over all that contexts did; both map numbers to ids of the data file."""

    def has_facts(self) -> bool:
        """Whether there is more than a list of files that nothing ran."""


class PartialRows:
    """A partial file, by a connection of its own."""

    text = _TEXT

    def __init__(self, connection: Connection, seal: seals.Tally) -> None:
        """What is read of it goes into its seal."""
        self._connection = connection
        self._tally = seal

    def files(self) -> Iterable[tuple[int, str, bytes]]:
        """See PartRows."""
        rows = [row for chunk in self._chunks(chunks.FILE) for row in checks.CHOSEN.files(chunk)]
        return [(number, path, digest) for number, (path, digest) in enumerate(rows, 1)]

    def contexts(self) -> Iterable[Told]:
        """See PartRows."""
