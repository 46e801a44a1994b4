"""A process's own partial data file: no two processes write one file, so nothing waits for a lock.

Facts are committed at the end of each context. The journal is TRUNCATE and
synchronous is OFF: a killed process leaves a clean file that way (measured; the
MEMORY and OFF journals did not).
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sqlite3
import sys
import zlib
from collections.abc import Callable, Iterable
from types import CodeType

from minicov_tracer import schema, sources
from minicov_tracer.bytecode import Flow, ProbeTable, probe_table
from minicov_tracer.cores import Hits
from minicov_tracer.settings import Settings

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


def partial_path(data_file: str) -> str:
    """A new name for this process's partial file: DATA_FILE.host.pid.random."""
    host = "".join(c if c.isalnum() or c == "-" else "_" for c in socket.gethostname()) or "host"
    return f"{data_file}.{host}.{os.getpid()}.{os.urandom(4).hex()}"


def encode_table(table: ProbeTable) -> str:
    """A probe table as the `code.probes` column holds it."""
    jumps = [
        [jump.offset, jump.not_taken, jump.taken, jump.span[0], jump.span[1], jump.span[2], jump.span[3]]
        for jump in table.jumps
    ]
    return json.dumps({"lines": table.lines, "jumps": jumps, "arcs": table.arcs}, separators=(",", ":"))


def _digest(*parts: str | bytes) -> bytes:
    """BLAKE2b-128 of the parts, each with its length before it."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.digest()


def signature_digest(bits: bytes, arcs: str) -> bytes:
    """What `signature.digest` must be: a damaged row is found out when files are merged."""
    return _digest(bits, arcs)


class _Code:
    """What the writer knows of one code object; keeps it alive, so that its id stays its own."""

    __slots__ = ("_arcs", "_flow", "code", "row", "signatures")

    def __init__(self, code: CodeType, row: int) -> None:
        self.code = code
        self.row = row
        self.signatures: dict[tuple[bytes, str], int] = {}
        self._flow: Flow | None = None
        self._arcs: dict[int, tuple[int, int] | None] = {}

    def arc_of_raise(self, offset: int) -> tuple[int, int] | None:
        """The arc that an exception at a byte offset makes, None where it makes none."""
        if offset not in self._arcs:
            self._flow = self._flow or Flow(self.code)
            self._arcs[offset] = self._flow.raised_at(offset)
        return self._arcs[offset]


class Writer:
    """Writes one partial file, which is made when there is something to write."""

    def __init__(self, settings: Settings, path_of: Callable[[CodeType], str], *, sees_jumps: bool) -> None:
        self._settings = settings
        self._path_of = path_of
        self._sees_jumps = sees_jumps
        self._connection: sqlite3.Connection | None = None
        self._texts: dict[str, str | None] = {}
        self._files: dict[str, int] = {}
        self._codes: dict[int, _Code] = {}
        self._contexts: dict[str, int] = {}
        self._root = settings.root.rstrip(os.sep) + os.sep

    def read_source(self, path: str) -> None:
        """Keep the text of a file as it is now; called when it is first met, before it can change."""
        if path not in self._texts:
            self._texts[path] = sources.read(path)

    def write(self, label: str, hits: Iterable[Hits], outcome: tuple[str, float] | None = None) -> None:
        """Commit what one context did. Raises sqlite3.Error or OSError."""
        connection = self._connection or self._open()
        with connection:
            context = self._context(connection, label)
            connection.executemany(
                "INSERT OR IGNORE INTO hit VALUES (?, ?)",
                [(context, self._signature(connection, found)) for found in hits],
            )
            if outcome is not None:
                connection.execute("INSERT OR REPLACE INTO outcome VALUES (?, ?, ?)", (context, *outcome))

    def close(self) -> None:
        """Close the partial file."""
        if self._connection is not None:
            self._connection.execute("PRAGMA journal_mode = DELETE")  # takes the empty journal file away
            self._connection.close()
            self._connection = None

    def abandon(self) -> None:
        """After a fork, in the child: forget the parent's file without touching it."""
        # Closing would drop the parent's POSIX locks (SQLite's "how to corrupt", 2.6): the object is kept alive.
        _abandoned.append(self._connection)
        self._connection = None
        self._files, self._codes, self._contexts = {}, {}, {}

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(partial_path(self._settings.data_file), check_same_thread=False)
        connection.execute("PRAGMA journal_mode = TRUNCATE")
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(f"BEGIN; {schema.PARTIAL} COMMIT;")
        with connection:
            connection.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [
                    ("root", self._settings.root),
                    ("run", self._settings.run_id),
                    ("replaces", str(int(self._settings.replaces))),
                ],
            )
        self._connection = connection
        return connection

    def _context(self, connection: sqlite3.Connection, label: str) -> int:
        found = self._contexts.get(label)
        if found is None:
            row = connection.execute("INSERT INTO context (label, run) VALUES (?, ?)", (label, self._settings.run_id))
            found = self._contexts[label] = row.lastrowid or 0
        return found

    def _file(self, connection: sqlite3.Connection, path: str) -> int:
        found = self._files.get(path)
        if found is None:
            self.read_source(path)
            text = self._texts[path]
            data = b"" if text is None else text.encode("utf-8", "surrogatepass")
            digest = "" if text is None else hashlib.sha256(data).hexdigest()
            connection.execute(
                "INSERT OR IGNORE INTO source (digest, size, text) VALUES (?, ?, ?)",
                (digest, len(data), None if text is None else zlib.compress(data, 6)),
            )
            known = path[len(self._root) :].replace(os.sep, "/") if path.startswith(self._root) else path
            row = connection.execute(
                "INSERT INTO file (path, source_id) SELECT ?, id FROM source WHERE digest = ?", (known, digest)
            )
            found = self._files[path] = row.lastrowid or 0
        return found

    def _code(self, connection: sqlite3.Connection, code: CodeType) -> _Code:
        found = self._codes.get(id(code))
        if found is None:
            table = probe_table(code, sees_jumps=self._sees_jumps)
            text = encode_table(table)
            file = self._file(connection, self._path_of(code))
            digest = _digest(code.co_qualname, str(code.co_firstlineno), PYTHON, text)
            values = (file, digest, code.co_qualname, code.co_firstlineno, PYTHON, text)
            connection.execute(
                "INSERT OR IGNORE INTO code (file_id, digest, name, first_line, python, probes)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                values,
            )
            (row,) = connection.execute(
                "SELECT id FROM code WHERE file_id = ? AND digest = ?", (file, digest)
            ).fetchone()
            found = self._codes[id(code)] = _Code(code, row)
        return found

    def _signature(self, connection: sqlite3.Connection, hits: Hits) -> int:
        code = self._code(connection, hits.code)
        raised = (code.arc_of_raise(offset) for offset in hits.raised)
        arcs = {*hits.arcs, *(arc for arc in raised if arc is not None)}
        text = json.dumps(sorted(arcs), separators=(",", ":"))
        key = (hits.probes, text)
        found = code.signatures.get(key)
        if found is None:
            digest = signature_digest(hits.probes, text)
            connection.execute(
                "INSERT OR IGNORE INTO signature (code_id, digest, bits, arcs) VALUES (?, ?, ?, ?)",
                (code.row, digest, hits.probes, text),
            )
            (found,) = connection.execute(
                "SELECT id FROM signature WHERE code_id = ? AND digest = ?", (code.row, digest)
            ).fetchone()
            code.signatures[key] = found
        return found


_abandoned: list[sqlite3.Connection | None] = []
