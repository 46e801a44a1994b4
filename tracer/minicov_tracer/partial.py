"""A partial data file: one process's facts in SQLite, written as plain rows.

No two processes write one file, so nothing waits for a lock. The journal is
TRUNCATE and synchronous is OFF: a killed process leaves a clean file that way
(measured; the MEMORY and OFF journals did not). It gets its name only when it
is whole, so that whoever finds one finds a data file.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from minicov_tracer import schema, seals
from minicov_tracer.naming import RunInfo
from minicov_tracer.own_text import Runs

_UNFINISHED = ".new"
"""What a partial file's name ends with until its tables are there."""


class CodeRow(NamedTuple):
    """A code object as the `code` table has it."""

    file: int
    """The file's row."""
    name: str
    first_line: int
    python: str
    """"3.12"."""
    probes: str
    """The probe table as JSON."""
    own_lines: Runs = ()
    """See own_text.py; () where unknown."""
    own_digest: bytes = b""


class _File:
    """What is known of one file's row: its signatures' digests by number, and rows of footprints by bitmap."""

    __slots__ = ("footprints", "signatures")

    def __init__(self) -> None:
        self.signatures: list[bytes] = []
        self.footprints: dict[int, int] = {}


def recorded_path(path: str, root: str) -> str:
    """How a data file with this root names an absolute path: relative with `/` below the root, else as it is."""
    prefix = root.rstrip(os.sep) + os.sep
    return path[len(prefix) :].replace(os.sep, "/") if path.startswith(prefix) else path


def storable(text: str) -> str:
    """The text, with a backslash escape for what UTF-8 and so SQLite can't hold (half a surrogate pair)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


class PartialFile:
    """An open partial file. Every method may raise sqlite3.Error or OSError; rows are added within `transaction`."""

    def __init__(self, path: str, run: RunInfo) -> None:
        self.path = path
        self._meta = {"root": storable(run.root), "run": run.run_id, "replaces": str(int(run.replaces))}
        self._file_seals = 0
        self._contexts: dict[str, int] = {}
        self._labels: dict[int, str] = {}
        self._unsealed: set[int] = set()
        self._files: dict[int, _File] = {}
        self._codes: dict[int, tuple[int, bytes]] = {}  # row -> the file's row, digest
        self._signatures: dict[int, tuple[int, int]] = {}  # row -> the file's row, a bitmap of its number alone
        self._make(path + _UNFINISHED)
        os.rename(path + _UNFINISHED, path)
        self.connection = _connect(path)

    def _make(self, path: str) -> None:
        connection = _connect(path)
        rows = {**self._meta, "seal": seals.meta_seal(self._meta, 0)}
        connection.executescript(f"BEGIN; {schema.PARTIAL} COMMIT;")
        with connection:
            connection.executemany("INSERT INTO meta VALUES (?, ?)", rows.items())
        _close(connection)

    def close(self) -> None:
        """Close the file and take its empty journal away."""
        _close(self.connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is added within is there after it, and sealed; or nothing is."""
        with self.connection:
            known = len(self._files)
            yield
            self._seal_contexts()
            if len(self._files) != known:
                seal = seals.meta_seal(self._meta, self._file_seals)
                self.connection.execute("UPDATE meta SET value = ? WHERE key = 'seal'", (seal,))

    def context(self, label: str) -> int:
        """The row of a context, made if need be."""
        found = self._contexts.get(label)
        if found is None:
            known = storable(label)
            self.connection.execute(
                "INSERT OR IGNORE INTO context (label, run, replaces) VALUES (?, ?, ?)",
                (known, self._meta["run"], int(self._meta["replaces"])),
            )
            (found,) = self.connection.execute("SELECT id FROM context WHERE label = ?", (known,)).fetchone()
            self._contexts[label] = int(found)
            self._labels[int(found)] = known
            self._unsealed.add(int(found))
        return int(found)

    def file(self, path: str, text: str | None) -> int:
        """The row of a file with the text that ran (None where it couldn't be read); `path` is absolute."""
        data = b"" if text is None else text.encode("utf-8", "surrogatepass")
        digest = "" if text is None else hashlib.sha256(data).hexdigest()
        self.connection.execute(
            "INSERT OR IGNORE INTO source (digest, size, text) VALUES (?, ?, ?)",
            (digest, len(data), None if text is None else zlib.compress(data, 6)),
        )
        known = storable(recorded_path(path, self._meta["root"]))
        sql = "INSERT OR IGNORE INTO file (path, source_id) SELECT ?, id FROM source WHERE digest = ?"
        is_new = self.connection.execute(sql, (known, digest)).rowcount == 1
        sql = "SELECT f.id FROM file f JOIN source s ON s.id = f.source_id WHERE f.path = ? AND s.digest = ?"
        (row,) = self.connection.execute(sql, (known, digest)).fetchone()
        if is_new:
            self._files[row] = _File()
            self._file_seals ^= seals.file_seal(known, digest)
        return int(row)

    def code(self, row: CodeRow) -> int:
        """The row of a code object, made if need be."""
        name, own = storable(row.name), json.dumps(row.own_lines, separators=(",", ":"))
        digest = seals.code_digest(name, row.first_line, row.python, row.probes, own, row.own_digest)
        self.connection.execute(
            "INSERT OR IGNORE INTO code (file_id, digest, name, first_line, python, probes, own_lines, own_digest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (row.file, digest, name, row.first_line, row.python, row.probes, own, row.own_digest),
        )
        sql = "SELECT id FROM code WHERE file_id = ? AND digest = ?"
        (found,) = self.connection.execute(sql, (row.file, digest)).fetchone()
        self._codes[found] = (row.file, digest)
        return int(found)

    def signature(self, code: int, bits: bytes, arcs: str) -> int:
        """The row of a signature of a code object's row, made if need be; `arcs` is JSON."""
        file_row, digest = self._codes[code]
        file = self._files[file_row]
        number = len(file.signatures)
        sql = "INSERT OR IGNORE INTO signature (code_id, number, bits, arcs) VALUES (?, ?, ?, ?)"
        if self.connection.execute(sql, (code, number, bits, arcs)).rowcount == 1:
            file.signatures.append(seals.signature_digest(digest, bits, arcs))
        sql = "SELECT id, number FROM signature WHERE code_id = ? AND bits = ? AND arcs = ?"
        found, number = self.connection.execute(sql, (code, bits, arcs)).fetchone()
        self._signatures[found] = (file_row, 1 << number)
        return int(found)

    def hits(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Note that contexts (rows) showed signatures (rows)."""
        shown: dict[tuple[int, int], int] = {}
        for context, signature in pairs:
            file, bit = self._signatures[signature]
            shown[context, file] = shown.get((context, file), 0) | bit
        rows = [(context, self._footprint(file, bitmap)) for (context, file), bitmap in shown.items()]
        self.connection.executemany("INSERT OR IGNORE INTO hit (context_id, footprint_id) VALUES (?, ?)", rows)
        self._unsealed.update(context for context, _ in rows)

    def outcome(self, context: int, word: str, duration: float) -> None:
        """Note how a test ended; seconds."""
        sql = "INSERT OR REPLACE INTO outcome (context_id, outcome, duration, time) VALUES (?, ?, ?, ?)"
        self.connection.execute(sql, (context, word, duration, time.time()))
        self._unsealed.add(context)

    def _footprint(self, row: int, bitmap: int) -> int:
        """The row of a footprint of a file's row, made if need be."""
        file = self._files[row]
        found = file.footprints.get(bitmap)
        if found is None:
            shown = [digest for number, digest in enumerate(file.signatures) if bitmap >> number & 1]
            blob = bitmap.to_bytes((bitmap.bit_length() + 7) // 8, "little")
            found = self.connection.execute(
                "INSERT INTO footprint (file_id, digest, signatures) VALUES (?, ?, ?)",
                (row, seals.footprint_digest(shown), blob),
            ).lastrowid
            file.footprints[bitmap] = found = found or 0
        return found

    def _seal_contexts(self) -> None:
        run, replaces, now = self._meta["run"], int(self._meta["replaces"]), time.time()
        sql = """
            SELECT max(o.outcome), max(o.duration), count(h.footprint_id), coalesce(sum(h.footprint_id), 0)
            FROM context c LEFT JOIN outcome o ON o.context_id = c.id LEFT JOIN hit h ON h.context_id = c.id
            WHERE c.id = ?
        """
        for row in self._unsealed:
            held = self.connection.execute(sql, (row,)).fetchone()
            seal = seals.context_seal(self._labels[row], run, now, replaces, *held)
            self.connection.execute("UPDATE context SET time = ?, seal = ? WHERE id = ?", (now, seal, row))
        self._unsealed.clear()


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _close(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
