"""Bringing a data file of an earlier version to the present one.

A step takes a file from one version to the next. Steps are never changed once
released: what they need of an old schema is written in them.
"""

from __future__ import annotations

import json
import sqlite3
import struct
import zlib
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter

from minicov_lsp.store import old_schemas, old_seals
from minicov_lsp.store.footprints import code_points, keys
from minicov_lsp.store.json_probes import converted
from minicov_lsp.store.scripts import run
from minicov_lsp.store.step_to_6 import drop_views, from_5, is_merged
from minicov_tracer import own_text, schema, seals


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring a database, which must not be in a transaction, from that version to the present one, or leave it as it is.

    Raises sqlite3.Error, for values of the wrong type or size too.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        _check_unsealed(connection)
        for number in range(version, schema.VERSION):
            _STEPS[number](connection)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
        connection.execute("COMMIT")
    except (TypeError, ValueError, OverflowError, AttributeError, LookupError, struct.error) as error:
        raise sqlite3.DatabaseError(f"a value is not what was written: {error}") from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _check_unsealed(connection: sqlite3.Connection) -> None:
    """Let SQLite look at what has no seal, before it is written anew: after that nothing would be amiss."""
    if connection.execute("SELECT 1 FROM main.meta WHERE key = 'seal'").fetchone() is None:
        (found,) = connection.execute("PRAGMA main.quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(str(found))


_TABLES_1 = ("source", "file", "code", "signature", "context", "hit", "outcome")

_COPY_1 = """
INSERT INTO source SELECT unhex(digest), crc32(text), text FROM old_source WHERE text IS NOT NULL;
INSERT INTO file (id, path, digest, generation)
    SELECT f.id, f.path, unhex(s.digest), f.generation FROM old_file f JOIN old_source s ON s.id = f.source_id;
INSERT INTO code SELECT id, file_id, code_digest(name, first_line, python, probes_2(probes), '[]', x''),
    name, first_line, python, probes_2(probes), '[]', x'' FROM old_code;
INSERT INTO signature (file_id, key, code_id, bits, arcs)
    SELECT c.file_id, signature_key(c.digest, s.bits, s.arcs), s.code_id, s.bits, s.arcs
    FROM old_signature s JOIN code c ON c.id = s.code_id;
INSERT INTO run (name, replaces)
    SELECT DISTINCT run, EXISTS (SELECT 1 FROM meta WHERE key = 'replaces' AND value = '1') FROM old_context;
DELETE FROM meta WHERE key IN ('run', 'replaces');
INSERT INTO context (id, digest, label, run_id, time)
    SELECT c.id, context_digest(c.label), c.label, r.id, 0 FROM old_context c JOIN run r ON r.name = c.run;
INSERT INTO outcome (context_id, outcome, duration, time) SELECT context_id, outcome, duration, 0 FROM old_outcome;
"""

_SHOWN_1 = """
    SELECT c.file_id, h.context_id, signature_key(c.digest, s.bits, s.arcs)
    FROM old_hit h JOIN old_signature s ON s.id = h.signature_id JOIN code c ON c.id = s.code_id
    ORDER BY c.file_id, h.context_id
"""


def _from_1(connection: sqlite3.Connection) -> None:
    """Hits refer to footprints, arcs begin with their probes; own lines and times stay unknown."""
    connection.create_function("probes_2", 1, _probes_2, deterministic=True)
    connection.create_function("code_digest", 6, seals.code_digest, deterministic=True)
    connection.create_function("signature_key", 3, seals.signature_key, deterministic=True)
    connection.create_function("unhex", 1, bytes.fromhex, deterministic=True)
    connection.create_function("crc32", 1, zlib.crc32, deterministic=True)
    connection.create_function("context_digest", 1, old_seals.context_digest, deterministic=True)
    views = drop_views(connection)
    for table in _TABLES_1:
        connection.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    run(connection, old_schemas.TABLES_2 + _COPY_1)
    _gather_footprints(connection)
    for table in reversed(_TABLES_1):
        connection.execute(f"DROP TABLE old_{table}")
    if views:
        run(connection, old_schemas.MERGED_TABLES_2)


def _probes_2(probes: str) -> str:
    """A probe table that had names, and arcs as [a, b, p, q]."""
    table = json.loads(probes)
    arcs = [[p, q, a, b] for a, b, p, q in table["arcs"]]
    return json.dumps([table["lines"], table["jumps"], arcs], separators=(",", ":"))


def _gather_footprints(connection: sqlite3.Connection) -> None:
    """Each set of signatures that a context showed of a file becomes a footprint."""
    insert = "INSERT INTO footprint (file_id, digest, signatures) VALUES (?, ?, ?)"
    rows: dict[bytes, int] = {}
    last = 0
    for (file, context), found in groupby(connection.execute(_SHOWN_1), itemgetter(0, 1)):
        if file != last:
            rows, last = {}, file
        signatures = b"".join(sorted({key for _, _, key in found}))
        digest = seals.footprint_digest(signatures)
        row = rows.get(digest)
        if row is None:
            row = rows[digest] = connection.execute(insert, (file, digest, signatures)).lastrowid or 0
        connection.execute("INSERT INTO hit (context_id, footprint_id) VALUES (?, ?)", (context, row))


def _from_2(connection: sqlite3.Connection) -> None:
    """Nothing was counted."""
    connection.execute(old_schemas.LINE_COUNT_3)


_MOVE_3 = """
CREATE TEMP TABLE code_3 AS SELECT id, file_id, digest,
    is_whole_3(digest, name, first_line, python, probes, own_lines, own_digest) AS is_whole FROM main.code;
UPDATE main.code SET probes = probes_4(probes, first_line), own_lines = own_lines_4(own_lines, first_line);
UPDATE main.code SET digest = code_digest(name, first_line, python, probes, own_lines, own_digest)
    WHERE id IN (SELECT id FROM code_3 WHERE is_whole);
CREATE TEMP TABLE signature_3 AS
    SELECT s.file_id, s.key, CASE WHEN s.key = signature_key(o.digest, s.bits, s.arcs)
        THEN signature_key(c.digest, s.bits, s.arcs) ELSE s.key END AS new_key, s.code_id, s.bits, s.arcs
    FROM main.signature s LEFT JOIN code_3 o ON o.id = s.code_id LEFT JOIN main.code c ON c.id = s.code_id;
CREATE INDEX temp.signature_3_of_file ON signature_3 (file_id);
DELETE FROM main.signature;
INSERT INTO main.signature (file_id, key, code_id, bits, arcs)
    SELECT file_id, new_key, code_id, bits, arcs FROM signature_3;
"""
_DONE_3 = """
DROP TABLE temp.code_3;
DROP TABLE temp.signature_3;
"""


def _from_3(connection: sqlite3.Connection) -> None:
    """Probe tables and own lines are lists of numbers, so digests are others; a digest that was wrong stays wrong."""
    connection.create_function("is_whole_3", 7, _is_whole_3, deterministic=True)
    connection.create_function("probes_4", 2, _probes_4, deterministic=True)
    connection.create_function("own_lines_4", 2, _own_lines_4, deterministic=True)
    connection.create_function("code_digest", 6, seals.code_digest, deterministic=True)
    connection.create_function("signature_key", 3, _signature_key, deterministic=True)
    drop_views(connection)
    run(connection, _MOVE_3)
    _move_footprints(connection)
    run(connection, _DONE_3)


def _move_footprints(connection: sqlite3.Connection) -> None:
    """Footprints have the new keys of their signatures."""
    for (file,) in connection.execute("SELECT DISTINCT file_id FROM main.footprint").fetchall():
        new = dict(connection.execute("SELECT key, new_key FROM signature_3 WHERE file_id = ?", (file,)))
        sql = "SELECT id, digest, signatures FROM main.footprint WHERE file_id = ?"
        for row, digest, signatures in connection.execute(sql, (file,)).fetchall():
            moved = b"".join(sorted([new.get(key, key) for key in keys(signatures)]))
            new_digest = seals.footprint_digest(moved) if digest == seals.footprint_digest(signatures) else digest
            sql = "UPDATE main.footprint SET digest = ?, signatures = ? WHERE id = ?"
            connection.execute(sql, (new_digest, moved, row))


def _is_whole_3(digest: bytes, *row: object) -> bool:
    try:
        return digest == seals.code_digest(*row)  # type: ignore[arg-type]  # a damaged file may hold any type
    except (TypeError, AttributeError):
        return False


def _signature_key(code: bytes, bits: bytes, arcs: str) -> bytes | None:
    try:
        return seals.signature_key(code, bits, arcs)
    except (TypeError, AttributeError):
        return None


def _probes_4(probes: str, first_line: int) -> str:
    """A probe table that was JSON; what is none stays what it is, so that whoever reads its file is told."""
    try:
        return converted(json.loads(probes), first_line)
    except (ValueError, TypeError, IndexError, RecursionError):
        return probes


def _own_lines_4(own_lines: str, first_line: int) -> str:
    """Own lines that were JSON: [[first, last], ...]."""
    try:
        return own_text.encode([(first, last) for first, last in json.loads(own_lines)], first_line)
    except (ValueError, TypeError, RecursionError):
        return own_lines


def _from_4(connection: sqlite3.Connection) -> None:
    """Signatures of a merged file have numbers, by which footprints tell them."""
    connection.execute("ALTER TABLE signature ADD COLUMN number INTEGER NOT NULL DEFAULT 0")
    drop_views(connection)
    if is_merged(connection):
        for (file,) in connection.execute("SELECT DISTINCT file_id FROM signature").fetchall():
            _number_signatures(connection, file)


def _number_signatures(connection: sqlite3.Connection, file: int) -> None:
    """Number a file's signatures; what its footprints have that is none of them is left out."""
    found = connection.execute("SELECT key FROM signature WHERE file_id = ?", (file,)).fetchall()
    numbers = {key: number for (key,), number in zip(found, code_points(), strict=False)}
    sql = "UPDATE signature SET number = ? WHERE file_id = ? AND key = ?"
    connection.executemany(sql, [(number, file, key) for key, number in numbers.items()])
    rows = connection.execute("SELECT id, signatures FROM footprint WHERE file_id = ?", (file,)).fetchall()
    told = [("".join([chr(numbers[key]) for key in keys(shown) if key in numbers]), row) for row, shown in rows]
    connection.executemany("UPDATE footprint SET signatures = ? WHERE id = ?", told)


_STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _from_1, 2: _from_2, 3: _from_3, 4: _from_4, 5: from_5}
"""{version: the step from it to the next}."""
