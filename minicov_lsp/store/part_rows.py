"""What a merge asks of the file that it merges: a partial file, or a merged one that is given in the same form."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Protocol

from minicov_lsp.store import checks
from minicov_lsp.store.chunk_rows import Told
from minicov_lsp.store.connection import is_partial
from minicov_lsp.store.ledger import Ledger
from minicov_lsp.store.merged_schema import MOST_OF_A_FILE, of_file
from minicov_lsp.store.soundness import Seal, UnsoundError
from minicov_tracer import chunks, seals

Connection = sqlite3.Connection

_TEXT = "SELECT crc, text FROM source WHERE digest = ?"
_CHUNKS = f"SELECT kind, rows FROM chunk WHERE kind <> {chunks.NOTE} ORDER BY id"  # noqa: S608  # a number
_NOTES = f"SELECT rows FROM chunk WHERE kind = {chunks.NOTE} ORDER BY id"  # noqa: S608  # a number

_PACKED_TEXT = """
    SELECT s.crc, substr(p.texts, s.place, s.size) FROM source s JOIN pack p ON p.id = s.pack_id WHERE s.digest = ?
"""
_CONTEXTS = """
    SELECT c.id, p.label || c.label, c.run_id, c.time, c.outcome, c.duration, coalesce(c.ended, c.time)
    FROM context c LEFT JOIN prefix p ON p.id = c.prefix_id
"""
_CODES = f"""
    SELECT digest, name, first_line, python, probes, own_lines, own_digest, id & {MOST_OF_A_FILE} FROM code
    WHERE {of_file("id", ":file")} ORDER BY id
"""  # noqa: S608  # ours
_SIGNATURES = f"""
    SELECT char(id & {MOST_OF_A_FILE}), code, key, bits, iif(arcs = '', '[]', arcs) FROM signature
    WHERE {of_file("id", ":file")}
"""  # noqa: S608  # ours
_OUTCOMES = range(len(chunks.OUTCOMES))
_FOOTPRINTS = f"SELECT signatures, contexts FROM footprint WHERE {of_file('id', ':file')}"  # noqa: S608  # ours


class PartRows(Protocol):
    """A file that is merged. Numbers are those that it has itself."""

    text: str
    """SQL for (CRC, text) of a source's digest."""

    def files(self) -> Iterable[tuple[int, tuple[str, bytes]]]:
        """(number, (path, digest)) of all."""

    def contexts(self) -> Iterable[Told]:
        """All of them. Raises UnsoundError where one is of no run, or of no time."""

    def add(self, ledger: Ledger, files: dict[int, int], contexts: dict[int, int]) -> None:
        """Hand over what contexts left; both map numbers to ids of the data file."""


class PartialRows:
    """A partial file, by a connection of its own."""

    text = _TEXT

    def __init__(self, connection: Connection, seal: Seal) -> None:
        """What is read goes into the seal's tally."""
        self._connection = connection
        self._seal = seal
        self._chunks: dict[int, list[bytes]] | None = None
        self._files: list[tuple[str, bytes]] | None = None

    def files(self) -> Iterable[tuple[int, tuple[str, bytes]]]:
        """See PartRows."""
        if self._files is None:
            self._files = list(chain.from_iterable(map(checks.CHOSEN.files, self._sealed(chunks.FILE))))
        return enumerate(self._files, 1)

    def contexts(self) -> Iterable[Told]:
        """See PartRows."""
        names = list(self._sealed(chunks.CONTEXT))
        run = min((run for run, _, _ in self._seal.runs), default=None)
        if run is None:
            if names:
                raise UnsoundError("contexts of no run")
            return []
        return checks.CHOSEN.told(names, self._sealed(chunks.NOTE), run)

    def add(self, ledger: Ledger, files: dict[int, int], contexts: dict[int, int]) -> None:
        """See PartRows."""
        ledger.begin(list(files.values()))
        for rows in self._sealed(chunks.CODE):
            ledger.add_codes(rows)
        for rows in self._sealed(chunks.SIGNATURE):
            ledger.add_signatures(rows)
        for rows in self._sealed(chunks.FOOTPRINT):
            ledger.add_footprints(rows)
        ids = list(contexts.values())
        for (rows,) in self._connection.execute(_NOTES):
            ledger.add_notes(rows, ids)

    def _sealed(self, kind: int) -> Iterator[bytes]:
        """The chunks of a kind, which go into the tally; all but notes, which may be many, are read at once."""
        if kind == chunks.NOTE:
            for (rows,) in self._connection.execute(_NOTES):
                self._seal.tally.add(kind, rows)
                yield rows
            return
        if self._chunks is None:
            self._chunks = {}
            for found, rows in self._connection.execute(_CHUNKS):
                if found not in chunks.KINDS:
                    raise UnsoundError("a chunk of no kind")
                self._seal.tally.add(found, rows)
                self._chunks.setdefault(found, []).append(rows)
        yield from self._chunks.get(kind, ())


class MergedRows:
    """A merged file in the form of partial ones, one for each of its files."""

    text = _PACKED_TEXT

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def files(self) -> Iterable[tuple[int, tuple[str, bytes]]]:
        """See PartRows."""
        rows = self._connection.execute("SELECT id, path, digest FROM file ORDER BY id")
        return ((number, (path, digest)) for number, path, digest in rows)

    def contexts(self) -> Iterator[Told]:
        """See PartRows; nothing covers these rows but SQLite's own checks."""
        for row in self._connection.execute(_CONTEXTS):
            _, name, _, time, outcome, duration, ended = row
            has_ended = outcome in _OUTCOMES and isinstance(duration, int)
            if not (isinstance(name, str) and isinstance(time, float) and isinstance(ended, float)):
                raise UnsoundError("a row of table context")
            if outcome is not None and not has_ended:
                raise UnsoundError("an outcome of table context")
            yield row

    def add(self, ledger: Ledger, files: dict[int, int], contexts: dict[int, int]) -> None:
        """See PartRows."""
        for there, file in files.items():
            ledger.begin([file])
            codes = {}
            for number, (digest, *row, code) in enumerate(self._connection.execute(_CODES, {"file": there}), 1):
                ledger.add_codes(chunks.code(1, digest, *row))
                codes[code] = number
            keys = {}
            for character, code, key, bits, arcs in self._connection.execute(_SIGNATURES, {"file": there}):
                ledger.add_signatures(chunks.signature(1, codes[code], key, bits, arcs))
                keys[character] = key
            lists = []
            for signatures, shown in self._connection.execute(_FOOTPRINTS, {"file": there}):
                found = sorted([keys[character] for character in signatures])
                ledger.add_footprints(chunks.footprint(1, seals.footprint_digest(b"".join(found)), found))
                lists.append(shown)
            ledger.add_lists(enumerate(lists, 1), contexts)


def rows_of(connection: Connection, seal: Seal) -> PartRows:
    """The rows of an opened data file of this version, of either kind, with its seal."""
    return PartialRows(connection, seal) if "seal" in seal.meta or is_partial(connection) else MergedRows(connection)
