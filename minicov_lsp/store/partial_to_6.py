"""The step of migrations.py from version 5 to 6 for partial files, whose rows became chunks.

Their old tables are called old_…; rows are written in the order of their ids, by which they get numbers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from operator import itemgetter

from minicov_lsp.store.footprints import keys
from minicov_lsp.store.old_seals import check_seal_5
from minicov_lsp.store.scripts import run
from minicov_tracer import chunks, seals

_CHUNK_BYTES = 64 * 1024
"""With so many a chunk is full."""
_MOST_HITS = 10_000
"""Of one note."""

_NUMBERED = ("file", "code", "footprint", "context")
_NUMBERS = "".join(
    f"""
CREATE TEMP TABLE {table}_6 (number INTEGER PRIMARY KEY, old INTEGER NOT NULL UNIQUE);
INSERT INTO {table}_6 (old) SELECT id FROM old_{table} ORDER BY id;
"""  # noqa: S608  # ours
    for table in _NUMBERED
)
_DONE = "".join(f"DROP TABLE temp.{table}_6;\n" for table in _NUMBERED)

_COPY = """
INSERT INTO source (digest, crc, text) SELECT digest, crc, text FROM old_source ORDER BY rowid;
INSERT INTO line_count (file_id, part, total, lines)
    SELECT f.number, n.part, n.total, n.lines
    FROM old_line_count n LEFT JOIN file_6 f ON f.old = n.file_id ORDER BY n.file_id, n.part;
"""

_FILES = "SELECT path, digest FROM old_file ORDER BY id"
_CODES = """
    SELECT f.number, c.digest, c.name, c.first_line, c.python, c.probes, c.own_lines, c.own_digest
    FROM old_code c LEFT JOIN file_6 f ON f.old = c.file_id ORDER BY c.id
"""
_SIGNATURES = """
    SELECT f.number, c.number, s.key, s.bits, s.arcs
    FROM old_signature s LEFT JOIN file_6 f ON f.old = s.file_id LEFT JOIN code_6 c ON c.old = s.code_id
    ORDER BY s.file_id, s.key
"""
_FOOTPRINTS = """
    SELECT f.number, p.digest, p.signatures FROM old_footprint p LEFT JOIN file_6 f ON f.old = p.file_id ORDER BY p.id
"""
_CONTEXTS = """
    SELECT m.number, c.time, o.outcome, o.duration, o.time
    FROM context_6 m CROSS JOIN old_context c ON c.id = m.old LEFT JOIN old_outcome o ON o.context_id = c.id
    ORDER BY m.number
"""
_HITS = """
    SELECT c.number, p.number
    FROM old_hit h LEFT JOIN context_6 c ON c.old = h.context_id LEFT JOIN footprint_6 p ON p.old = h.footprint_id
    ORDER BY c.number, p.number
"""


def write_chunks(connection: sqlite3.Connection) -> None:
    """Fill the new tables, and seal them if the old ones were sealed.

    Raises ValueError, TypeError and the like where the old ones are not what was written.
    """
    execute = connection.execute
    counts = check_seal_5(connection)
    if execute("SELECT count(*) > 1 FROM run").fetchone()[0]:
        raise ValueError("the runs of its contexts")
    run(connection, _NUMBERS + _COPY)
    tally = seals.Tally()

    def write(kind: int, rows: Iterable[bytes]) -> None:
        for chunk in _joined(rows):
            execute("INSERT INTO chunk (kind, rows) VALUES (?, ?)", (kind, chunk))
            tally.add(kind, chunk)

    write(chunks.FILE, (chunks.file(*row) for row in execute(_FILES)))
    write(chunks.CODE, (chunks.code(file, _sized(digest, seals.SIZE), *row) for file, digest, *row in execute(_CODES)))
    signatures = ((file, code, _sized(key, seals.KEY_SIZE), *row) for file, code, key, *row in execute(_SIGNATURES))
    write(chunks.SIGNATURE, (chunks.signature(*row) for row in signatures))
    footprints = ((file, _sized(digest, seals.SIZE), keys(told)) for file, digest, told in execute(_FOOTPRINTS))
    write(chunks.FOOTPRINT, (chunks.footprint(*row) for row in footprints))
    write(chunks.CONTEXT, (chunks.context(name) for (name,) in execute("SELECT label FROM old_context ORDER BY id")))
    write(chunks.NOTE, _notes(execute(_CONTEXTS), execute(_HITS)))
    run(connection, _DONE)
    if counts is not None:
        tally.counts = counts
        seal = seals.seal(
            dict(execute("SELECT key, value FROM meta")), execute("SELECT name, replaces FROM run").fetchall(), tally
        )
        execute("UPDATE meta SET value = ? WHERE key = 'seal'", (seal,))


def _sized(digest: bytes, size: int) -> bytes:
    """A digest of that size. Raises ValueError where it has another, and TypeError where it is none."""
    if len(digest) != size:
        raise ValueError(f"a digest of {len(digest)} bytes")
    return digest


def _joined(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Chunks of rows."""
    waiting: list[bytes] = []
    size = 0
    for row in rows:
        waiting.append(row)
        size += len(row)
        if size >= _CHUNK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _notes(contexts: sqlite3.Cursor, hits: sqlite3.Cursor) -> Iterator[bytes]:
    """Notes of all contexts, in order of their numbers, as hits are. Raises ValueError where a hit is of none."""
    left = groupby(hits, itemgetter(0))
    of, shown = next(left, (0, iter(())))
    if of is None:
        raise ValueError("a hit of a context that is not there")
    for number, time, outcome, duration, ended in contexts:
        footprints = [footprint for _, footprint in islice(shown, _MOST_HITS)] if of == number else []
        if outcome is None or ended != time:
            yield chunks.note(number, time, footprints)
            footprints = []
        if outcome is not None:
            yield chunks.note(number, ended, footprints, outcome, duration)
        if of == number:
            for first in shown:
                some = [footprint for _, footprint in chain([first], islice(shown, _MOST_HITS - 1))]
                yield chunks.note(number, time, some)
            of, shown = next(left, (0, iter(())))
