"""A partial data file: one process's facts in SQLite, written as plain rows.

No two processes write one file, so nothing waits for a lock. The journal is
TRUNCATE and synchronous is OFF: a killed process leaves a clean file that way
(measured; the MEMORY and OFF journals did not). It gets its name only when it
is whole, so that whoever finds one finds a data file.
"""

from __future__ import annotations

import os
import time
import zlib
from struct import pack

from minicov_tracer import own_text, schema, seals
from minicov_tracer.digests import sha256
from minicov_tracer.plain_sqlite import connect
from minicov_tracer.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Any

    from minicov_tracer.naming import RunInfo
    from minicov_tracer.own_text import Runs

_MANY_ROWS = 200
"""So many rows of a table wait to be added together."""
_AT_ONCE = 50
"""So many rows are added by one statement: to begin and end it costs more than a row."""
_INSERT = {
    "code": "INSERT INTO code (id, file_id, digest, name, first_line, python, probes, own_lines, own_digest)",
    "signature": "INSERT INTO signature (file_id, key, code_id, bits, arcs)",
    "footprint": "INSERT INTO footprint (id, file_id, digest, signatures)",
    "prefix": "INSERT INTO prefix (id, label)",
    "context": "INSERT INTO context (id, digest, prefix_id, label, run_id, time)",
    "hit": "INSERT INTO hit (context_id, footprints)",
    "outcome": "INSERT OR REPLACE INTO outcome (context_id, outcome, duration, time)",
}
"""How rows are added; nobody else writes the file, so it is known here which there are."""
_UNFINISHED = ".new"
"""What a partial file's name ends with until its tables are there."""


class CodeRow(Record):
    """A code object as the `code` table has it."""

    __slots__ = ("file", "name", "first_line", "python", "probes", "own_lines", "own_digest")  # noqa: RUF023  # as in __init__

    file: int
    """The file's row."""
    name: str
    first_line: int
    python: str
    """"3.12"."""
    probes: str
    """The text of the probe table (probe_text.py)."""
    own_lines: Runs
    """See own_text.py; () where unknown."""
    own_digest: bytes

    def __init__(
        self,
        file: int,
        name: str,
        first_line: int,
        python: str,
        probes: str,
        own_lines: Runs = (),
        own_digest: bytes = b"",
    ) -> None:
        self.file, self.name, self.first_line = file, name, first_line
        self.python, self.probes = python, probes
        self.own_lines, self.own_digest = own_lines, own_digest


class _File:
    """What is known of one file's row: its signatures by number, and rows of footprints by bitmap of such numbers."""

    __slots__ = ("codes", "count_share", "footprints", "keys", "name", "numbers", "part")

    def __init__(self, path: str, digest: bytes) -> None:
        self.name = path, digest
        self.part = os.urandom(8)
        self.count_share = 0
        self.codes: dict[bytes, int] = {}  # digest -> row
        self.keys: list[bytes] = []
        self.numbers: dict[bytes, int] = {}
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


class _Transaction:
    """Of a partial file, from `with` to its end."""

    def __init__(self, connection: sqlite3.Connection, seal: Callable[[], None]) -> None:
        self._connection = connection
        self._seal = seal

    def __enter__(self) -> None:
        self._connection.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._seal()
        except BaseException as failed:
            self._connection.__exit__(type(failed), failed, failed.__traceback__)
            raise
        self._connection.__exit__(kind, error, trace)


class PartialFile:
    """An open partial file. Every method may raise sqlite3.Error or OSError; rows are added within `transaction`."""

    def __init__(self, path: str, run: RunInfo) -> None:
        self.path = path
        self._meta = {"root": storable(run.root)}
        self._run = (storable(run.run_id), int(run.replaces))
        self._tally = seals.Tally()
        self._labels: dict[int, str] = {}
        self._contexts: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._shares: dict[int, int] = {}  # a context's row -> its share in the tally
        self._unsealed: set[int] = set()
        self._digests: dict[int, bytes] = {}  # a context's row that is still to be added -> its digest
        self._waiting: dict[str, list[tuple[object, ...]]] = {table: [] for table in _INSERT}  # rows still to be added
        self._outcomes: dict[int, tuple[str, float]] = {}  # a context's row -> its outcome, still to be added
        self._files: dict[int, _File] = {}
        self._codes: dict[int, tuple[int, bytes]] = {}  # row -> the file's row, digest
        self._code_count = self._footprint_count = 0
        self._signatures: list[tuple[int, int]] = []  # the file's row, the number there
        self._make(path + _UNFINISHED)
        os.rename(path + _UNFINISHED, path)
        self.connection = _connect(path)

    def _make(self, path: str) -> None:
        connection = _connect(path)
        rows = {**self._meta, "seal": self._seal()}
        connection.executescript(f"BEGIN; {schema.PARTIAL} COMMIT;")
        with connection:
            connection.executemany("INSERT INTO meta VALUES (?, ?)", rows.items())
            connection.execute("INSERT INTO run VALUES (1, ?, ?)", self._run)
        _close(connection)

    def close(self) -> None:
        """Close the file and take its empty journal away."""
        _close(self.connection)

    def transaction(self) -> _Transaction:
        """All that is added within is there after it, and sealed; or nothing is."""
        return _Transaction(self.connection, self._seal_all)

    def context(self, label: str) -> int:
        """The row of a context, made if need be."""
        found = self._contexts.get(label)
        if found is None:
            known = storable(label)
            found = self._contexts.get(known)
            if found is None:
                found = self._contexts[known] = len(self._labels) + 1
                self._labels[found] = known
                self._digests[found] = seals.context_digest(known)
                self._unsealed.add(found)
            self._contexts[label] = found
        return found

    def file(self, path: str, text: str | None) -> int:
        """The row of a file with the text that ran (None where it couldn't be read); `path` is absolute."""
        digest = b""
        if text is not None:
            data = text.encode("utf-8", "surrogatepass")
            digest, packed = sha256(data).digest(), zlib.compress(data, 6)
            sql = "INSERT OR IGNORE INTO source (digest, crc, text) VALUES (?, ?, ?)"
            self.connection.execute(sql, (digest, zlib.crc32(packed), packed))
        known = storable(recorded_path(path, self._meta["root"]))
        sql = "INSERT OR IGNORE INTO file (path, digest) VALUES (?, ?)"
        is_new = self.connection.execute(sql, (known, digest)).rowcount == 1
        sql = "SELECT id FROM file WHERE path = ? AND digest = ?"
        (row,) = self.connection.execute(sql, (known, digest)).fetchone()
        if is_new:
            self._files[row] = _File(known, digest)
            self._tally.files ^= seals.file_share(known, digest)
        return int(row)

    def code(self, row: CodeRow) -> int:
        """The row of a code object, made if need be."""
        name, own = storable(row.name), own_text.encode(row.own_lines, row.first_line)
        digest = seals.code_digest(name, row.first_line, row.python, row.probes, own, row.own_digest)
        codes = self._files[row.file].codes
        found = codes.get(digest)
        if found is None:
            self._code_count += 1
            found = codes[digest] = self._code_count
            own_digest = row.own_digest
            self._add("code", (found, row.file, digest, name, row.first_line, row.python, row.probes, own, own_digest))
        self._codes[found] = (row.file, digest)
        return found

    def signature(self, code: int, bits: bytes, arcs: str) -> int:
        """A number for a signature of a code object's row, to be given to `hits`; `arcs` is JSON."""
        file_row, digest = self._codes[code]
        file = self._files[file_row]
        key = seals.signature_key(digest, bits, arcs)
        number = file.numbers.setdefault(key, len(file.keys))
        if number == len(file.keys):
            file.keys.append(key)
            self._tally.signature_count += 1
            self._add("signature", (file_row, key, code, bits, arcs))
        self._signatures.append((file_row, number))
        return len(self._signatures) - 1

    def footprint(self, signatures: Iterable[int]) -> int:
        """The row of a footprint, made if need be: all signatures (numbers that `signature` gave) are of one file."""
        shown = [self._signatures[number] for number in signatures]
        return self._footprint(shown[0][0], {number for _, number in shown})

    def forget_numbers(self) -> int:
        """Begin anew with the numbers that `signature` gives; how many signatures the file has."""
        self._signatures.clear()
        self._codes.clear()
        return self._tally.signature_count

    def hits(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Note that contexts (rows) showed signatures (numbers that `signature` gave)."""
        shown: dict[int, dict[int, set[int]]] = {}
        for context, signature in pairs:
            file, number = self._signatures[signature]
            shown.setdefault(context, {}).setdefault(file, set()).add(number)
        for context, files in shown.items():
            self.left(context, [self._footprint(file, numbers) for file, numbers in files.items()])

    def left(self, context: int, footprints: list[int]) -> None:
        """Note that a context (a row) left footprints (rows); what is noted again is there again."""
        if not footprints:
            return
        count = len(footprints)
        self._add("hit", (context, pack(f"<{count}I", *footprints)))
        self._tally.hits += context * 8191 * count + sum(footprints)
        self._tally.hit_count += count

    def outcome(self, context: int, word: str, duration: float) -> None:
        """Note how a test ended; seconds."""
        self._outcomes[context] = (word, float(duration))
        self._unsealed.add(context)

    def counts(self, row: int, counts: Mapping[int, int]) -> None:
        """Note how often lines of a file (its row) ran so far; that replaces what was noted before."""
        file, total = self._files[row], sum(counts.values())
        lines = _pairs(pair for pair in sorted(counts.items()) if pair[1])
        sql = "INSERT OR REPLACE INTO line_count (file_id, part, total, lines) VALUES (?, ?, ?, ?)"
        self.connection.execute(sql, (row, file.part, total, lines))
        share = seals.count_share(*file.name, file.part, total, lines)
        self._tally.counts ^= file.count_share ^ share
        file.count_share = share

    def _add(self, table: str, row: tuple[object, ...]) -> None:
        waiting = self._waiting[table]
        waiting.append(row)
        if len(waiting) >= _MANY_ROWS:
            self._add_waiting(table)

    def _add_waiting(self, table: str) -> None:
        rows = self._waiting[table]
        if not rows:
            return
        one = f"({', '.join('?' * len(rows[0]))})"
        many = f"{_INSERT[table]} VALUES {', '.join([one] * _AT_ONCE)}"
        whole = len(rows) - len(rows) % _AT_ONCE
        for start in range(0, whole, _AT_ONCE):
            self.connection.execute(many, [value for row in rows[start : start + _AT_ONCE] for value in row])
        self.connection.executemany(f"{_INSERT[table]} VALUES {one}", rows[whole:])
        rows.clear()

    def _footprint(self, row: int, numbers: set[int]) -> int:
        """The row of a footprint of a file's row, made if need be; `numbers` are those of its signatures there."""
        file = self._files[row]
        bitmap = 0
        for number in numbers:
            bitmap |= 1 << number
        found = file.footprints.get(bitmap)
        if found is None:
            shown = b"".join(sorted([file.keys[number] for number in numbers]))
            self._footprint_count += 1
            found = file.footprints[bitmap] = self._footprint_count
            self._add("footprint", (found, row, seals.footprint_digest(shown), shown))
        return found

    def _prefix(self, label: str) -> int:
        """The row of what a context's name begins with, made if need be."""
        found = self._prefixes.get(label)
        if found is None:
            found = self._prefixes[label] = len(self._prefixes) + 1
            self._add("prefix", (found, label))
        return found

    def _seal_all(self) -> None:
        self._seal_contexts()
        for table in self._waiting:
            self._add_waiting(table)
        self.connection.execute("UPDATE meta SET value = ? WHERE key = 'seal'", (self._seal(),))

    def _seal_contexts(self) -> None:
        """Add contexts and outcomes, give the contexts that were written the time, and the tally their shares."""
        now, run = time.time(), self._run[0]
        told, old = repr(now), []
        for row in self._unsealed:
            label, digest, ended = self._labels[row], self._digests.pop(row, None), self._outcomes.pop(row, None)
            if digest is not None:
                begin, mark, rest = label.rpartition("::")
                self._add("context", (row, digest, self._prefix(begin + mark), rest, 1, now))
            else:
                digest = seals.context_digest(label)
                old.append((now, row))
            if ended is not None:
                self._add("outcome", (row, *ended, now))
                outcome: Sequence[Any] = (*ended, told)
            else:
                outcome = self._outcome_before(row)
            share = seals.context_share(digest, label, run, told, *outcome)
            self._tally.contexts ^= self._shares.get(row, 0) ^ share
            self._shares[row] = share
        self.connection.executemany("UPDATE context SET time = ? WHERE id = ?", old)
        self._unsealed.clear()

    def _outcome_before(self, context: int) -> Sequence[Any]:
        """The outcome that was noted in an earlier transaction, as it is sealed."""
        if context not in self._shares:
            return (None, None, None)
        sql = "SELECT outcome, duration, time FROM outcome WHERE context_id = ?"
        found: Sequence[Any] | None = self.connection.execute(sql, (context,)).fetchone()
        return found or (None, None, None)

    def _seal(self) -> str:
        return seals.seal(self._meta, [self._run], self._tally)


def _pairs(pairs: Iterable[tuple[int, int]]) -> str:
    """Pairs as JSON."""
    return "[" + ",".join([f"[{first},{second}]" for first, second in pairs]) + "]"


def _connect(path: str) -> sqlite3.Connection:
    connection = connect(path, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -512")  # KiB, of the measured process; rows are mostly just added
    return connection


def _close(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
