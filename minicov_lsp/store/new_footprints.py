"""Footprints that the data file lacks, with the signatures and code objects below them.

Every footprint is checked on the way, and so is every signature and code object
that is new. What has a digest that the data file knows already is not looked at.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from minicov_lsp.store.soundness import UnsoundError, is_whole_code
from minicov_tracer import seals

_MOST_KEYS = 200_000
"""Signatures that are remembered from one partial file to the next, about 20 MB."""

_TEMPORARY = """
    CREATE TEMP TABLE lacking (old INTEGER NOT NULL, key BLOB NOT NULL, file INTEGER NOT NULL);
    CREATE TEMP TABLE new_code (
        id INTEGER PRIMARY KEY, file INTEGER NOT NULL, digest BLOB NOT NULL, old INTEGER NOT NULL);
"""

_NEW = """
    SELECT p.file_id, x.file, p.digest, p.signatures
    FROM footprint_map x JOIN part.footprint p ON p.id = x.old
    WHERE x.new IS NULL ORDER BY p.file_id
"""

_BELOW = """
    SELECT l.file, l.key, c.id, c.digest, s.bits, s.arcs
    FROM lacking l CROSS JOIN part.signature s ON s.file_id = l.old AND s.key = l.key
    CROSS JOIN part.code c ON c.id = s.code_id
"""

_ADD_CODES = """
    INSERT INTO main.code (id, file_id, digest, name, first_line, python, probes, own_lines, own_digest)
    SELECT n.id, n.file, c.digest, c.name, c.first_line, c.python, c.probes, c.own_lines, c.own_digest
    FROM new_code n JOIN part.code c ON c.id = n.old
    WHERE is_whole_code(n.digest, c.name, c.first_line, c.python, c.probes, c.own_lines, c.own_digest)
"""

_ADD_FOOTPRINTS = """
    INSERT OR IGNORE INTO main.footprint (file_id, digest, signatures)
    SELECT x.file, p.digest, p.signatures FROM footprint_map x JOIN part.footprint p ON p.id = x.old
    WHERE x.new IS NULL
"""

_MAP_FOOTPRINTS = """
    UPDATE footprint_map SET new = (
        SELECT n.id FROM part.footprint p JOIN main.footprint n ON n.file_id = file AND n.digest = p.digest
        WHERE p.id = old)
    WHERE new IS NULL
"""


class _State:
    """What `main` has of one file: code objects by digest, and keys of signatures."""

    def __init__(self, connection: sqlite3.Connection, file: int) -> None:
        codes = connection.execute("SELECT digest, id FROM main.code WHERE file_id = ?", (file,))
        self.codes: dict[bytes, int] = dict(codes.fetchall())
        self.keys = {key for (key,) in connection.execute("SELECT key FROM main.signature WHERE file_id = ?", (file,))}


class NewFootprints:
    """Adds to one data file by one connection; remembers what `main` has for as long as nobody else writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._states: dict[int, _State] = {}
        self._size = 0
        self._version = -1
        self._last_code = 0
        self._signatures: list[tuple[int, bytes, int, bytes, str]] = []
        self._codes: list[tuple[int, int, bytes, int]] = []
        connection.create_function("is_whole_code", 7, is_whole_code, deterministic=True)
        connection.executescript(_TEMPORARY)

    def add(self) -> None:
        """Give each footprint that `main` lacks a row there, and all below it. Raises UnsoundError."""
        connection = self._connection
        self._begin()
        lacking = []
        for (old, new), found in groupby(connection.execute(_NEW).fetchall(), itemgetter(0, 1)):
            state = self._state(new)
            unknown = _keys_of(found) - state.keys
            state.keys |= unknown
            self._size += len(unknown)
            lacking += [(old, key, new) for key in unknown]
        if lacking:
            connection.executemany("INSERT INTO lacking (old, key, file) VALUES (?, ?, ?)", lacking)
            self._find_lacking(len(lacking))
            connection.execute("DELETE FROM lacking")
        if self._codes:
            connection.executemany("INSERT INTO new_code (id, file, digest, old) VALUES (?, ?, ?, ?)", self._codes)
            if connection.execute(_ADD_CODES).rowcount != len(self._codes):
                raise UnsoundError("a row of table code")
            connection.execute("DELETE FROM new_code")
        sql = "INSERT INTO main.signature (file_id, key, code_id, bits, arcs) VALUES (?, ?, ?, ?, ?)"
        connection.executemany(sql, self._signatures)
        connection.execute(_ADD_FOOTPRINTS)
        connection.execute(_MAP_FOOTPRINTS)
        self._codes.clear()
        self._signatures.clear()

    def forget(self) -> None:
        """Read everything anew: something was dropped."""
        self._states.clear()
        self._size = 0

    def _begin(self) -> None:
        """Forget what another process may have changed since the last transaction."""
        (version,) = self._connection.execute("PRAGMA main.data_version").fetchone()
        if version != self._version or self._size > _MOST_KEYS:
            self.forget()
        self._version = version
        (self._last_code,) = self._connection.execute("SELECT coalesce(max(id), 0) FROM main.code").fetchone()

    def _state(self, file: int) -> _State:
        found = self._states.get(file)
        if found is None:
            found = self._states[file] = _State(self._connection, file)
            self._size += len(found.keys)
        return found

    def _find_lacking(self, expected: int) -> None:
        """Note the signatures that have to be added, and their code objects where those are new."""
        found = self._connection.execute(_BELOW).fetchall()
        for file, key, row, digest, bits, arcs in found:
            if seals.signature_key(digest, bits, arcs) != key:
                raise UnsoundError("a row of table signature")
            codes = self._states[file].codes
            code = codes.get(digest)
            if code is None:
                self._last_code += 1
                code = codes[digest] = self._last_code
                self._codes.append((code, file, digest, row))
            self._signatures.append((file, key, code, bits, arcs))
        if len(found) != expected:
            raise UnsoundError("a row of table signature")


def _keys_of(footprints: Iterable[tuple[int, int, bytes, bytes]]) -> set[bytes]:
    """The keys of all signatures of some footprints. Raises UnsoundError where one isn't what its digest says."""
    found: set[bytes] = set()
    for _, _, digest, signatures in footprints:
        if seals.footprint_digest(signatures) != digest:
            raise UnsoundError("a row of table footprint")
        found.update(seals.keys(signatures))
    return found
