"""A partial data file: one process's facts in SQLite, written as plain rows.

No two processes write one file, so nothing waits for a lock. The journal is
TRUNCATE and synchronous is OFF: a killed process leaves a clean file that way
(measured; the MEMORY and OFF journals did not).
"""

from __future__ import annotations

import hashlib
import os
import socket
import sqlite3
import zlib
from collections.abc import Iterable
from typing import NamedTuple

from minicov_tracer import schema


class RunInfo(NamedTuple):
    """What a partial file says of the run that made it; the fields are those of Settings."""

    root: str
    run_id: str
    replaces: bool


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


def partial_path(data_file: str) -> str:
    """A new name for this process's partial file: DATA_FILE.host.pid.random."""
    host = "".join(c if c.isalnum() or c == "-" else "_" for c in socket.gethostname()) or "host"
    return f"{data_file}.{host}.{os.getpid()}.{os.urandom(4).hex()}"


def signature_digest(bits: bytes, arcs: str) -> bytes:
    """What `signature.digest` must be: a damaged row is found out when files are merged."""
    return _digest(bits, arcs)


def recorded_path(path: str, root: str) -> str:
    """How a data file with this root names an absolute path: relative with `/` below the root, else as it is."""
    prefix = root.rstrip(os.sep) + os.sep
    return path[len(prefix) :].replace(os.sep, "/") if path.startswith(prefix) else path


def _digest(*parts: str | bytes) -> bytes:
    """BLAKE2b-128 of the parts, each with its length before it."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.digest()


class PartialFile:
    """An open partial file. Every method may raise sqlite3.Error or OSError."""

    def __init__(self, path: str, run: RunInfo) -> None:
        self.path = path
        self.connection = sqlite3.connect(path, check_same_thread=False)
        self._run = run
        self._contexts: dict[str, int] = {}
        self.connection.execute("PRAGMA journal_mode = TRUNCATE")
        self.connection.execute("PRAGMA synchronous = OFF")
        self.connection.executescript(f"BEGIN; {schema.PARTIAL} COMMIT;")
        with self.connection:
            facts = [("root", run.root), ("run", run.run_id), ("replaces", str(int(run.replaces)))]
            self.connection.executemany("INSERT INTO meta VALUES (?, ?)", facts)

    def close(self) -> None:
        """Close the file and take its empty journal away."""
        self.connection.execute("PRAGMA journal_mode = DELETE")
        self.connection.close()

    def context(self, label: str) -> int:
        """The row of a context, made if need be."""
        found = self._contexts.get(label)
        if found is None:
            sql = "INSERT INTO context (label, run) VALUES (?, ?)"
            found = self._contexts[label] = self.connection.execute(sql, (label, self._run.run_id)).lastrowid or 0
        return found

    def file(self, path: str, text: str | None) -> int:
        """The row of a file with the text that ran (None where it couldn't be read); `path` is absolute."""
        data = b"" if text is None else text.encode("utf-8", "surrogatepass")
        digest = "" if text is None else hashlib.sha256(data).hexdigest()
        self.connection.execute(
            "INSERT OR IGNORE INTO source (digest, size, text) VALUES (?, ?, ?)",
            (digest, len(data), None if text is None else zlib.compress(data, 6)),
        )
        known = recorded_path(path, self._run.root)
        sql = "INSERT INTO file (path, source_id) SELECT ?, id FROM source WHERE digest = ?"
        return self.connection.execute(sql, (known, digest)).lastrowid or 0

    def code(self, row: CodeRow) -> int:
        """The row of a code object, made if need be."""
        digest = _digest(row.name, str(row.first_line), row.python, row.probes)
        self.connection.execute(
            "INSERT OR IGNORE INTO code (file_id, digest, name, first_line, python, probes) VALUES (?, ?, ?, ?, ?, ?)",
            (row.file, digest, row.name, row.first_line, row.python, row.probes),
        )
        sql = "SELECT id FROM code WHERE file_id = ? AND digest = ?"
        (found,) = self.connection.execute(sql, (row.file, digest)).fetchone()
        return int(found)

    def signature(self, code: int, bits: bytes, arcs: str) -> int:
        """The row of a signature of a code object's row, made if need be; `arcs` is JSON."""
        digest = signature_digest(bits, arcs)
        sql = "INSERT OR IGNORE INTO signature (code_id, digest, bits, arcs) VALUES (?, ?, ?, ?)"
        self.connection.execute(sql, (code, digest, bits, arcs))
        sql = "SELECT id FROM signature WHERE code_id = ? AND digest = ?"
        (found,) = self.connection.execute(sql, (code, digest)).fetchone()
        return int(found)

    def hits(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Note that contexts (rows) showed signatures (rows)."""
        self.connection.executemany("INSERT OR IGNORE INTO hit (context_id, signature_id) VALUES (?, ?)", pairs)

    def outcome(self, context: int, word: str, duration: float) -> None:
        """Note how a test ended; seconds."""
        self.connection.execute("INSERT OR REPLACE INTO outcome VALUES (?, ?, ?)", (context, word, duration))
