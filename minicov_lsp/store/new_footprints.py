"""Footprints that the data file lacks, with the signatures and code objects below them.

Numbers of signatures are each database's own, so a footprint's bitmap is
translated; on the way its digest is computed anew, and with it all below it is
checked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from minicov_lsp.store.soundness import UnsoundError, is_whole_code
from minicov_tracer import seals
from minicov_tracer.bytecode import numbers

_MOST_SIGNATURES = 100_000
"""Signatures that are remembered from one partial file to the next, about 20 MB."""

_NEW = """
    SELECT p.file_id, x.file, p.id, p.digest, p.signatures
    FROM footprint_map x JOIN part.footprint p ON p.id = x.old
    WHERE x.new IS NULL ORDER BY p.file_id
"""

_BELOW = """
    SELECT c.file_id, s.number, c.digest, s.bits, s.arcs, c.id
    FROM (SELECT DISTINCT p.file_id FROM footprint_map x JOIN part.footprint p ON p.id = x.old WHERE x.new IS NULL) n
    CROSS JOIN part.code c ON c.file_id = n.file_id CROSS JOIN part.signature s ON s.code_id = c.id
    ORDER BY c.file_id
"""

_CODE = "name, first_line, python, probes, own_lines, own_digest"

Key = tuple[bytes, bytes, str]
"""A signature by what it says: its code object's digest, bits and arcs."""


class _Signature(NamedTuple):
    """A signature as `part` has it."""

    key: Key
    code: int
    """The code object's row in `part`."""


class _State:
    """What `main` has of one file."""

    def __init__(self, connection: sqlite3.Connection, file: int) -> None:
        self.file = file
        self.numbers: dict[Key, int] = {}
        self.digests: dict[Key, bytes] = {}
        self.codes: dict[bytes, int] = {}
        rows = connection.execute(
            "SELECT c.id, c.digest, s.bits, s.arcs, s.number FROM main.code c"
            " JOIN main.signature s ON s.code_id = c.id WHERE c.file_id = ?",
            (file,),
        )
        for code, digest, bits, arcs, number in rows:
            self.codes[digest] = code
            self.numbers[digest, bits, arcs] = number
        (self.next,) = connection.execute("SELECT signatures FROM main.file WHERE id = ?", (file,)).fetchone()

    def digest(self, key: Key) -> bytes:
        """The digest of a signature."""
        found = self.digests.get(key)
        if found is None:
            found = self.digests[key] = seals.signature_digest(*key)
        return found


class FileStates:
    """What `main` has of files, kept from one partial file to the next for as long as nobody else writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._states: dict[int, _State] = {}
        self._size = 0
        self._version = -1

    def begin(self) -> None:
        """Forget what another process may have changed; called within each transaction."""
        (version,) = self._connection.execute("PRAGMA main.data_version").fetchone()
        if version != self._version or self._size > _MOST_SIGNATURES:
            self.forget()
        self._version = version

    def forget(self) -> None:
        """Read everything anew."""
        self._states.clear()
        self._size = 0

    def of(self, file: int) -> _State:
        """The state of a file's row."""
        found = self._states.get(file)
        if found is None:
            found = self._states[file] = _State(self._connection, file)
            self._size += len(found.numbers)
        return found


def add_footprints(connection: sqlite3.Connection, states: FileStates) -> None:
    """Give each footprint that `main` lacks a row there. Raises UnsoundError."""
    states.begin()
    below = _by_file(connection.execute(_BELOW))
    added: list[tuple[int, int, bytes, bytes]] = []
    mapped: list[tuple[int, int]] = []
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM main.footprint").fetchone()
    for (old_file, new_file), footprints in groupby(connection.execute(_NEW).fetchall(), itemgetter(0, 1)):
        signatures = next((found for file, found in below if file == old_file), {})
        state = states.of(new_file)
        file = _File(connection, state, signatures)
        rows: dict[bytes, int] = {}
        for _, _, old, digest, bitmap in footprints:
            translated = file.translate(digest, bitmap)
            if digest not in rows:
                last += 1
                rows[digest] = last
                added.append((last, new_file, digest, translated))
            mapped.append((rows[digest], old))
        file.keep()
    connection.executemany("INSERT INTO main.footprint (id, file_id, digest, signatures) VALUES (?, ?, ?, ?)", added)
    connection.executemany("UPDATE footprint_map SET new = ? WHERE old = ?", mapped)


def _by_file(rows: Iterable[tuple[int, int, bytes, bytes, str, int]]) -> Iterator[tuple[int, dict[int, _Signature]]]:
    """(file's row in `part`, {number: signature}), by file."""
    for file, found in groupby(rows, itemgetter(0)):
        yield file, {number: _Signature((digest, bits, arcs), code) for _, number, digest, bits, arcs, code in found}


class _File:
    """One file's new footprints on their way from `part` to `main`."""

    def __init__(self, connection: sqlite3.Connection, state: _State, signatures: dict[int, _Signature]) -> None:
        self._connection = connection
        self._state = state
        self._signatures = signatures
        self._added: list[tuple[int, bytes, str, int]] = []

    def translate(self, digest: bytes, bitmap: object) -> bytes:
        """A footprint's bitmap in the numbers of `main`. Raises UnsoundError where it isn't what its digest says."""
        if not isinstance(bitmap, bytes):
            raise UnsoundError("a row of table footprint")
        state, translated, digests = self._state, 0, []
        for old in numbers(bitmap):
            signature = self._signatures.get(old)
            if signature is None:
                raise UnsoundError("a row of table signature")
            number = state.numbers.get(signature.key)
            if number is None:
                number = self._add(signature)
            translated |= 1 << number
            digests.append(state.digest(signature.key))
        if seals.footprint_digest(digests) != digest:
            raise UnsoundError("a row of table footprint, signature or code")
        return translated.to_bytes((translated.bit_length() + 7) // 8, "little")

    def keep(self) -> None:
        """Write the new signatures to `main`."""
        if self._added:
            sql = "INSERT INTO main.signature (code_id, bits, arcs, number) VALUES (?, ?, ?, ?)"
            self._connection.executemany(sql, self._added)
            sql = "UPDATE main.file SET signatures = ? WHERE id = ?"
            self._connection.execute(sql, (self._state.next, self._state.file))

    def _add(self, signature: _Signature) -> int:
        state = self._state
        digest, bits, arcs = signature.key
        code = state.codes.get(digest)
        if code is None:
            code = state.codes[digest] = self._add_code(digest, signature.code)
        number, state.next = state.next, state.next + 1
        state.numbers[signature.key] = number
        self._added.append((code, bits, arcs, number))
        return number

    def _add_code(self, digest: bytes, row: int) -> int:
        connection = self._connection
        found = connection.execute(
            "SELECT id FROM main.code WHERE file_id = ? AND digest = ?", (self._state.file, digest)
        ).fetchone()
        if found is None:
            held = connection.execute(f"SELECT {_CODE} FROM part.code WHERE id = ?", (row,)).fetchone()  # noqa: S608
            if held is None or not is_whole_code(digest, *held):
                raise UnsoundError("a row of table code")
            sql = f"INSERT INTO main.code (file_id, digest, {_CODE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
            found = (connection.execute(sql, (self._state.file, digest, *held)).lastrowid,)
        return int(found[0])
