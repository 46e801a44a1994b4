"""A partial data file: one process's facts in SQLite, many rows in a blob, which no transaction changes again.

No two processes write one file, so nothing waits for a lock. The journal is
TRUNCATE and synchronous is OFF: a killed process leaves a clean file that way
(measured; the MEMORY and OFF journals did not). It gets its name only when it
is whole, so that whoever finds one finds a data file.
"""

from __future__ import annotations

import os
import time
import zlib

from minicov_tracer import chunks, own_text, schema, seals
from minicov_tracer.digests import sha256
from minicov_tracer.plain_sqlite import connect
from minicov_tracer.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType

    from minicov_tracer.naming import RunInfo
    from minicov_tracer.own_text import Runs

_CHUNK = 64 * 1024
"""So many bytes of rows of a kind are a chunk; the last of a transaction may be shorter."""
_MANY_NOTES = 200
"""So many contexts wait for what else is noted of them."""
_NO_OUTCOME = (None, 0.0)
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
    """An open partial file. Every method may raise sqlite3.Error or OSError; rows are added within `transaction`.

    Rows are told by their numbers, from 1 on. After a transaction that failed it is of no use.
    """

    def __init__(self, path: str, run: RunInfo) -> None:
        self.path = path
        self._meta = {"root": storable(run.root)}
        self._run = (storable(run.run_id), int(run.replaces))
        self._tally = seals.Tally()
        self._waiting = {kind: bytearray() for kind in chunks.KINDS}  # rows still to be added
        self._contexts: dict[str, int] = {}
        self._unnoted: dict[int, None] = {}  # contexts of which there is no note yet
        self._notes: dict[int, Sequence[int]] = {}  # context -> footprints of its next note
        self._outcomes: dict[int, tuple[str, float]] = {}  # context -> the outcome in that
        self._rows: dict[tuple[str, bytes], int] = {}  # a file's path and digest -> its row
        self._files: dict[int, _File] = {}
        self._codes: dict[int, tuple[int, bytes]] = {}  # row -> the file's row, digest
        self._context_count = self._code_count = self._footprint_count = self._signature_count = 0
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
                self._context_count += 1
                found = self._contexts[known] = self._context_count
                self._unnoted[found] = None
                self._add(chunks.CONTEXT, chunks.context(known))
            self._contexts[label] = found
        return found

    def file(self, path: str, text: str | None) -> int:
        """The row of a file with the text that ran (None where it couldn't be read); `path` is absolute."""
        data = b"" if text is None else text.encode("utf-8", "surrogatepass")
        digest = b"" if text is None else sha256(data).digest()
        name = (storable(recorded_path(path, self._meta["root"])), digest)
        found = self._rows.get(name)
        if found is None:
            if digest:
                packed = zlib.compress(data, 6)
                sql = "INSERT OR IGNORE INTO source (digest, crc, text) VALUES (?, ?, ?)"
                self.connection.execute(sql, (digest, zlib.crc32(packed), packed))
            found = self._rows[name] = len(self._rows) + 1
            self._files[found] = _File(*name)
            self._add(chunks.FILE, chunks.file(*name))
        return found

    def code(self, row: CodeRow) -> int:
        """The row of a code object, made if need be."""
        name, own = storable(row.name), own_text.encode(row.own_lines, row.first_line)
        digest = seals.code_digest(name, row.first_line, row.python, row.probes, own, row.own_digest)
        codes = self._files[row.file].codes
        found = codes.get(digest)
        if found is None:
            self._code_count += 1
            found = codes[digest] = self._code_count
            told = (row.file, digest, name, row.first_line, row.python, row.probes, own, row.own_digest)
            self._add(chunks.CODE, chunks.code(*told))
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
            self._signature_count += 1
            self._add(chunks.SIGNATURE, chunks.signature(file_row, code, key, bits, arcs))
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
        return self._signature_count

    def hits(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Note that contexts (rows) showed signatures (numbers that `signature` gave)."""
        shown: dict[int, dict[int, set[int]]] = {}
        for context, signature in pairs:
            file, number = self._signatures[signature]
            shown.setdefault(context, {}).setdefault(file, set()).add(number)
        for context, files in shown.items():
            self.left(context, [self._footprint(file, numbers) for file, numbers in files.items()])

    def left(self, context: int, footprints: Sequence[int]) -> None:
        """Note that a context (a row) left footprints (rows); what is noted again is there again."""
        if not footprints:
            return
        before = self._notes.get(context)
        self._notes[context] = footprints if before is None else [*before, *footprints]
        if len(self._notes) >= _MANY_NOTES:
            self._write_notes()

    def outcome(self, context: int, word: str, duration: float) -> None:
        """Note how a test ended; one of chunks.OUTCOMES, and seconds. Best before `left`: it is one note then."""
        self._outcomes[context] = (word, float(duration))

    def counts(self, row: int, counts: Mapping[int, int]) -> None:
        """Note how often lines of a file (its row) ran so far; that replaces what was noted before."""
        file, total = self._files[row], sum(counts.values())
        lines = _pairs(pair for pair in sorted(counts.items()) if pair[1])
        sql = "INSERT OR REPLACE INTO line_count (file_id, part, total, lines) VALUES (?, ?, ?, ?)"
        self.connection.execute(sql, (row, file.part, total, lines))
        share = seals.count_share(*file.name, file.part, total, lines)
        self._tally.counts ^= file.count_share ^ share
        file.count_share = share

    def _add(self, kind: int, row: bytes) -> None:
        waiting = self._waiting[kind]
        waiting += row
        if len(waiting) >= _CHUNK:
            self._write_chunk(kind)

    def _write_chunk(self, kind: int) -> None:
        rows = self._waiting[kind]
        self._tally.add(kind, rows)
        self.connection.execute("INSERT INTO chunk VALUES (?, ?, ?)", (self._tally.chunks, kind, rows))
        rows.clear()

    def _write_notes(self) -> None:
        now = time.time()
        for context, footprints in self._notes.items():
            outcome = self._outcomes.pop(context, _NO_OUTCOME)
            self._add(chunks.NOTE, chunks.note(context, now, footprints, *outcome))
            self._unnoted.pop(context, None)
        self._notes.clear()

    def _footprint(self, row: int, numbers: set[int]) -> int:
        """The row of a footprint of a file's row, made if need be; `numbers` are those of its signatures there."""
        file = self._files[row]
        bitmap = 0
        for number in numbers:
            bitmap |= 1 << number
        found = file.footprints.get(bitmap)
        if found is None:
            keys = sorted([file.keys[number] for number in numbers])
            self._footprint_count += 1
            found = file.footprints[bitmap] = self._footprint_count
            self._add(chunks.FOOTPRINT, chunks.footprint(row, seals.footprint_digest(b"".join(keys)), keys))
        return found

    def _seal_all(self) -> None:
        for context in (*self._outcomes, *self._unnoted):
            self._notes.setdefault(context, ())
        self._write_notes()
        for kind, rows in self._waiting.items():
            if rows:
                self._write_chunk(kind)
        self.connection.execute("UPDATE meta SET value = ? WHERE key = 'seal'", (self._seal(),))

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
