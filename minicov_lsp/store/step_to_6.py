"""The step of migrations.py from version 5 to 6, in which a merged file got tables of its own.

What is bad stays so: digests are what they were, and what had a digest or seal
that is not kept is checked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterable, Iterator

from minicov_lsp.store import old_seals
from minicov_lsp.store.footprints import NO_NUMBER, code_points
from minicov_lsp.store.merged_schema import FILE_SHIFT, MERGED_TABLES, MOST_OF_A_FILE, VIEWS
from minicov_lsp.store.names import split
from minicov_lsp.store.packs import write_packs
from minicov_lsp.store.partial_to_6 import write_chunks
from minicov_lsp.store.scripts import run, statements
from minicov_tracer import seals
from minicov_tracer.chunks import OUTCOMES
from minicov_tracer.schema import PARTIAL_TABLES, SHARED_TABLES

_OLD = ("outcome", "hit", "context", "footprint", "signature", "code", "source")
_OLD_OF_PARTIAL = (*_OLD, "line_count", "file")
_MOST_FILES = 2**42
"""Ids of files are less: ids of what is below them are ids too."""

_TEMPORARY = """
CREATE TEMP TABLE context_6 (old INTEGER PRIMARY KEY, character TEXT NOT NULL);
CREATE TEMP TABLE code_6 (number INTEGER PRIMARY KEY, old INTEGER NOT NULL UNIQUE);
"""
_DONE = """
DROP TABLE temp.context_6;
DROP TABLE temp.code_6;
"""
_NUMBER_CODES = "INSERT INTO code_6 (old) SELECT id FROM old_code WHERE file_id = :file ORDER BY id"
_CODES = f"""
    INSERT INTO code (id, digest, name, first_line, python, probes, own_lines, own_digest)
        SELECT :file << {FILE_SHIFT} | m.number,
            c.digest, c.name, c.first_line, c.python, c.probes, c.own_lines, c.own_digest
        FROM code_6 m CROSS JOIN old_code c ON c.id = m.old
"""  # noqa: S608  # ours
# '' was no way to write that there are none: what is damaged so must not become right.
_SIGNATURES = """
    SELECT s.number, s.key, s.bits, CASE s.arcs WHEN '[]' THEN '' WHEN '' THEN NULL ELSE s.arcs END, m.number
    FROM old_signature s JOIN code_6 m ON m.old = s.code_id
    WHERE s.file_id = :file ORDER BY s.number
"""
# Hits of a footprint come in the order of contexts, and characters are in the same.
_FOOTPRINTS = """
    SELECT p.digest, p.signatures,
        (SELECT group_concat(x.character, '') FROM old_hit h CROSS JOIN context_6 x ON x.old = h.context_id
            WHERE h.footprint_id = p.id)
    FROM old_footprint p WHERE p.file_id = :file ORDER BY p.id
"""


def is_merged(connection: sqlite3.Connection) -> bool:
    """Whether a data file of version 2 to 5 is a merged one."""
    return connection.execute("SELECT 1 FROM main.sqlite_master WHERE name = 'gone'").fetchone() is not None


def drop_views(connection: sqlite3.Connection) -> bool:
    """Drop all views, which refer to columns; whether there were any."""
    views = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'view'").fetchall()
    for (view,) in views:
        connection.execute('DROP VIEW main."{}"'.format(view.replace('"', '""')))
    return bool(views)


def from_5(connection: sqlite3.Connection) -> None:
    """Give either kind of data file its tables. Raises ValueError and the like where values are not ours."""
    drop_views(connection)
    old, bring = (_OLD, _bring_merged) if is_merged(connection) else (_OLD_OF_PARTIAL, _bring_partial)
    for table in old:
        connection.execute(f"ALTER TABLE main.{table} RENAME TO old_{table}")
    bring(connection)
    for table in old:
        connection.execute(f"DROP TABLE main.old_{table}")


def _make_tables(connection: sqlite3.Connection, script: str, but: Container[str]) -> None:
    """Make the tables of a script of CREATE TABLE, but some."""
    for statement in statements(script):
        if statement.split()[2] not in but:
            connection.execute(statement)


def _bring_partial(connection: sqlite3.Connection) -> None:
    _make_tables(connection, SHARED_TABLES + PARTIAL_TABLES, ("meta", "run"))
    write_chunks(connection)


def _bring_merged(connection: sqlite3.Connection) -> None:
    _make_tables(connection, MERGED_TABLES, ("file", "gone", "merged"))
    run(connection, _TEMPORARY)
    write_packs(connection, connection.execute("SELECT digest, crc, text FROM old_source ORDER BY rowid"))
    _bring_contexts(connection)
    for (file,) in connection.execute("SELECT id FROM main.file ORDER BY id").fetchall():
        if not 0 < file < _MOST_FILES:
            raise ValueError(f"a file of the id {file}")
        _bring_file(connection, file)
    run(connection, _DONE + VIEWS)


def _without_prefixes(
    connection: sqlite3.Connection, rows: Iterable[tuple[str, *tuple[object, ...]]]
) -> Iterator[tuple[object, ...]]:
    """Rows that begin with a name, with the id of its prefix and the rest of it instead; the prefixes get rows."""
    known: dict[str, int] = {}
    for name, *others in rows:
        prefix, rest = split(name)
        number = known.get(prefix)
        if number is None:
            number = known[prefix] = len(known) + 1
            connection.execute("INSERT INTO prefix (id, label) VALUES (?, ?)", (number, prefix))
        yield (number, rest, *others)


def _bring_contexts(connection: sqlite3.Connection) -> None:
    """Give contexts characters for ids, and how they ended. Raises ValueError where there are too many."""
    numbers = code_points()
    olds = connection.execute("SELECT id FROM old_context ORDER BY id")
    characters = ((old, chr(next(numbers, NO_NUMBER))) for (old,) in olds)
    connection.executemany("INSERT INTO context_6 VALUES (?, ?)", characters)
    rows = connection.execute(
        "SELECT c.digest, c.label, unicode(m.character), c.run_id, c.time, o.outcome, o.duration, o.time"
        " FROM old_context c LEFT JOIN context_6 m ON m.old = c.id LEFT JOIN old_outcome o ON o.context_id = c.id"
        " ORDER BY c.id"
    )
    sql = "INSERT INTO context (prefix_id, label, id, run_id, time, outcome, duration, ended)"
    told = _ended(_without_prefixes(connection, _whole_names(rows)))
    connection.executemany(f"{sql} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", told)


def _whole_names(rows: Iterable[tuple[bytes, str, *tuple[object, ...]]]) -> Iterator[tuple[str, *tuple[object, ...]]]:
    """Rows without the digest of the name that follows. Raises ValueError where it is another's."""
    for digest, name, *others in rows:
        if digest != old_seals.context_digest(name):
            raise ValueError("a row of table context")
        yield (name, *others)


def _ended(rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    """Rows that end with a context's time, its outcome, seconds and when, as the columns are that have these."""
    for *others, time, word, duration, ended in rows:
        if word is None:
            yield (*others, time, None, None, None)
        elif isinstance(word, str) and isinstance(duration, float):
            yield (*others, time, OUTCOMES.index(word), round(duration * 1e6), None if ended == time else ended)
        else:
            raise TypeError("a row of table outcome")


def _bring_file(connection: sqlite3.Connection, file: int) -> None:
    """Bring what is below a file; signatures that only footprints without hits had go with these.

    Raises LookupError, ValueError or TypeError where a footprint is not what its digest says, which is not kept.
    """
    of_file = {"file": file}
    connection.execute("DELETE FROM code_6")
    connection.execute(_NUMBER_CODES, of_file)
    connection.execute(_CODES, of_file)
    signatures = connection.execute(_SIGNATURES, of_file).fetchall()
    key_of = {chr(number): key for number, key, *_ in signatures}
    used: set[str] = set()

    def footprints() -> Iterator[tuple[int, str, str]]:
        left = (row for row in connection.execute(_FOOTPRINTS, of_file) if row[2])
        for number, (digest, shown, contexts) in enumerate(left, 1):
            if digest != seals.footprint_digest(b"".join(sorted([key_of[signature] for signature in shown]))):
                raise ValueError("a row of table footprint")
            used.update(shown)
            yield _id(file, number), shown, contexts

    connection.executemany("INSERT INTO footprint (id, signatures, contexts) VALUES (?, ?, ?)", footprints())
    connection.executemany(
        "INSERT INTO signature (id, key, bits, arcs, code) VALUES (?, ?, ?, ?, ?)",
        ((_id(file, number), *others) for number, *others in signatures if chr(number) in used),
    )


def _id(file: int, number: int) -> int:
    """The id of what has that number in a file. Raises ValueError where it is too large."""
    if number > MOST_OF_A_FILE:
        raise ValueError(f"file {file} has too many rows")
    return file << FILE_SHIFT | number
