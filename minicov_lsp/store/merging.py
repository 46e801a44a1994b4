"""One attached partial file into the data file, in SQL, within a transaction of the caller's.

The partial is the attached database `part`, the data file `main`. Each table of
`part` gets a map from its rows to rows of `main`; what `main` lacks is checked
and added first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter

from minicov_lsp.store.soundness import UnsoundError, is_whole_code, is_whole_text
from minicov_tracer import seals

_TEMPORARY = """
    CREATE TEMP TABLE file_map (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
    CREATE TEMP TABLE code_map (old INTEGER PRIMARY KEY, file INTEGER NOT NULL, digest BLOB NOT NULL, new INTEGER);
    CREATE TEMP TABLE footprint_map (old INTEGER PRIMARY KEY, new INTEGER);
    CREATE TEMP TABLE run_map (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
    CREATE TEMP TABLE context_map (
        old INTEGER PRIMARY KEY, new INTEGER NOT NULL, run INTEGER NOT NULL, rule INTEGER NOT NULL);
    CREATE TEMP TABLE kept (context INTEGER, footprint INTEGER, PRIMARY KEY (context, footprint)) WITHOUT ROWID;
    CREATE TEMP TABLE changed (footprint INTEGER PRIMARY KEY, file INTEGER);
    CREATE TEMP TRIGGER hit_added AFTER INSERT ON main.hit
        BEGIN INSERT OR IGNORE INTO changed (footprint) VALUES (new.footprint_id); END;
    CREATE TEMP TRIGGER hit_removed AFTER DELETE ON main.hit
        BEGIN INSERT OR IGNORE INTO changed (footprint) VALUES (old.footprint_id); END;
"""

_FILES = """
    INSERT OR IGNORE INTO main.source (digest, size, text)
        SELECT digest, size, text FROM part.source s NOT INDEXED
        WHERE NOT EXISTS (SELECT 1 FROM main.source m WHERE m.digest = s.digest) AND is_whole_text(digest, size, text);

    INSERT OR IGNORE INTO main.file (path, source_id)
        SELECT renamed(f.path), m.id
        FROM part.file f NOT INDEXED JOIN part.source s ON s.id = f.source_id JOIN main.source m ON m.digest = s.digest;
    INSERT INTO file_map
        SELECT f.id, n.id
        FROM part.file f NOT INDEXED JOIN part.source s ON s.id = f.source_id JOIN main.source m ON m.digest = s.digest
        JOIN main.file n ON n.path = renamed(f.path) AND n.source_id = m.id;
"""

_CODES = """
    INSERT INTO code_map
        SELECT c.id, m.new, c.digest, n.id FROM part.code c NOT INDEXED JOIN file_map m ON m.old = c.file_id
        LEFT JOIN main.code n ON n.file_id = m.new AND n.digest = c.digest;
    INSERT OR IGNORE INTO main.code (file_id, digest, name, first_line, python, probes, own_lines, own_digest)
        SELECT m.file, c.digest, c.name, c.first_line, c.python, c.probes, c.own_lines, c.own_digest
        FROM code_map m JOIN part.code c ON c.id = m.old
        WHERE m.new IS NULL
            AND is_whole_code(c.digest, c.name, c.first_line, c.python, c.probes, c.own_lines, c.own_digest);
    UPDATE code_map SET new = (SELECT id FROM main.code n WHERE n.file_id = file AND n.digest = code_map.digest)
        WHERE new IS NULL;
"""

_FOOTPRINTS = """
    INSERT INTO footprint_map
        SELECT p.id, n.id FROM part.footprint p NOT INDEXED JOIN file_map m ON m.old = p.file_id
        LEFT JOIN main.footprint n ON n.file_id = m.new AND n.digest = p.digest;
"""

# rule 0: joins what is there; 1: replaces it; 2: was itself replaced by what is there.
# What ran outside of tests (label '') is nobody's alone, so it is never replaced.
_CONTEXTS = """
    INSERT OR IGNORE INTO main.run (name, replaces) SELECT name, replaces FROM part.run NOT INDEXED;
    INSERT INTO run_map SELECT r.id, n.id FROM part.run r NOT INDEXED JOIN main.run n ON n.name = r.name;
    INSERT OR IGNORE INTO main.context (digest, label, run_id, time)
        SELECT c.digest, c.label, r.new, c.time FROM part.context c NOT INDEXED JOIN run_map r ON r.old = c.run_id;
    INSERT INTO context_map
        SELECT c.id, n.id, r.new, CASE
            WHEN c.label = '' OR r.new = n.run_id THEN 0
            WHEN (c.time, theirs.name) > (n.time, ours.name) THEN theirs.replaces
            ELSE 2 * ours.replaces END
        FROM part.context c NOT INDEXED JOIN main.context n ON n.digest = c.digest
        JOIN run_map r ON r.old = c.run_id
        JOIN main.run theirs ON theirs.id = r.new JOIN main.run ours ON ours.id = n.run_id;
    DELETE FROM main.hit WHERE EXISTS (SELECT 1 FROM context_map WHERE rule = 1)
        AND context_id IN (SELECT new FROM context_map WHERE rule = 1);
    UPDATE main.context SET (run_id, time) = (
            SELECT m.run, c.time FROM context_map m JOIN part.context c ON c.id = m.old WHERE m.new = context.id)
        WHERE id IN (
            SELECT m.new FROM context_map m JOIN part.context c ON c.id = m.old JOIN main.context n ON n.id = m.new
            WHERE c.time > n.time OR (c.time = n.time
                AND (SELECT name FROM main.run WHERE id = m.run) > (SELECT name FROM main.run WHERE id = n.run_id)));
    INSERT INTO main.outcome (context_id, outcome, duration, time)
        SELECT m.new, o.outcome, o.duration, o.time FROM part.outcome o JOIN context_map m ON m.old = o.context_id
        WHERE true
        ON CONFLICT (context_id) DO UPDATE
            SET outcome = excluded.outcome, duration = excluded.duration, time = excluded.time
            WHERE (excluded.time, excluded.outcome) > (outcome.time, outcome.outcome);
"""

_HITS = """
    INSERT OR IGNORE INTO main.hit (footprint_id, context_id)
        SELECT p.new, c.new FROM part.hit h
        JOIN context_map c ON c.old = h.context_id JOIN footprint_map p ON p.old = h.footprint_id
        WHERE c.rule <> 2;
"""

# Facts that the partial hasn't, in tables' order of dependence.
_ONLY_THESE = """
    INSERT OR IGNORE INTO kept SELECT c.new, p.new FROM part.hit h
        JOIN context_map c ON c.old = h.context_id JOIN footprint_map p ON p.old = h.footprint_id;
    DELETE FROM main.hit WHERE NOT EXISTS
        (SELECT 1 FROM kept k WHERE k.context = hit.context_id AND k.footprint = hit.footprint_id);
    DELETE FROM kept;
    UPDATE main.meta SET value = (SELECT p.value FROM part.meta p WHERE p.key = 'root') WHERE key = 'root';
    DELETE FROM main.outcome WHERE context_id NOT IN
        (SELECT c.new FROM part.outcome o JOIN context_map c ON c.old = o.context_id);
    DELETE FROM main.context WHERE id NOT IN (SELECT new FROM context_map);
    UPDATE main.context SET (run_id, time) = (
        SELECT m.run, c.time FROM context_map m JOIN part.context c ON c.id = m.old WHERE m.new = context.id);
    DELETE FROM main.run WHERE id NOT IN (SELECT new FROM run_map);
    UPDATE changed SET file = (SELECT file_id FROM main.footprint p WHERE p.id = footprint);
    DELETE FROM main.footprint WHERE id NOT IN (SELECT new FROM footprint_map);
    DELETE FROM main.signature WHERE code_id NOT IN (SELECT new FROM code_map);
    DELETE FROM main.code WHERE id NOT IN (SELECT new FROM code_map);
    INSERT OR REPLACE INTO main.gone (path, generation)
        SELECT DISTINCT path, (SELECT value + 1 FROM main.meta WHERE key = 'generation') FROM main.file
        WHERE id NOT IN (SELECT new FROM file_map)
            AND path NOT IN (SELECT path FROM main.file WHERE id IN (SELECT new FROM file_map));
    DELETE FROM main.file WHERE id NOT IN (SELECT new FROM file_map);
    DELETE FROM main.source WHERE id NOT IN (SELECT source_id FROM main.file);
"""

# Which files changed is known exactly: merging the same facts again touches none.
_STAMP_CHANGES = """
    UPDATE changed SET file = (SELECT file_id FROM main.footprint p WHERE p.id = footprint) WHERE file IS NULL;
    UPDATE main.meta SET value = value + 1 WHERE key = 'generation' AND (EXISTS (SELECT 1 FROM changed)
        OR EXISTS (SELECT 1 FROM main.file WHERE generation = 0)
        OR EXISTS (SELECT 1 FROM main.gone WHERE generation > value));
    UPDATE main.file SET generation = (SELECT value + 0 FROM main.meta WHERE key = 'generation')
        WHERE generation = 0 OR id IN (SELECT file FROM changed);
    DELETE FROM main.gone WHERE path IN (SELECT path FROM main.file);
    DELETE FROM changed;
    DELETE FROM file_map; DELETE FROM code_map; DELETE FROM footprint_map; DELETE FROM run_map; DELETE FROM context_map;
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Give a connection to the data file what `merge_attached` and `stamp_changes` need; once."""
    connection.create_function("is_whole_code", 7, is_whole_code, deterministic=True)
    connection.create_function("is_whole_text", 3, is_whole_text, deterministic=True)
    connection.executescript(_TEMPORARY)


def merge_attached(connection: sqlite3.Connection, rename: Callable[[str], str], *, anew: bool = False) -> None:
    """Merge `part` into `main`; `rename` maps recorded paths; if `anew`, what only `main` knows is dropped.

    Raises UnsoundError, and sqlite3.Error for damage of other kinds.
    """
    roots = [_root(connection, database) for database in ("part", "main")]
    connection.create_function("renamed", 1, lambda path: rename(rebased(path, *roots)), deterministic=True)
    _run(connection, _FILES)
    _expect_all(connection, "file")
    _run(connection, _CODES)
    _expect_all(connection, "code")
    _run(connection, _FOOTPRINTS)
    _add_footprints(connection)
    _expect_all(connection, "footprint")
    _run(connection, _CONTEXTS)
    _expect_all(connection, "run")
    _expect_all(connection, "context")
    _run(connection, _HITS)
    if anew:
        _run(connection, _ONLY_THESE)
    _run(connection, _STAMP_CHANGES)


def rebased(path: str, root: str, new_root: str) -> str:
    """A path recorded under one root, as it is recorded under another.

    Where one root lies in the other it is the same machine, and the path is that
    of the same file. Roots that have nothing in common are those of different
    machines: what is relative means the same there and here.
    """
    if root == new_root:
        return path
    is_absolute = path.startswith("/") or path[1:3] in (":\\", ":/")
    if not is_absolute and not (_is_in(root, new_root) or _is_in(new_root, root)):
        return path
    whole = path if is_absolute else f"{root.rstrip('/')}/{path}"
    return whole[len(new_root.rstrip("/")) + 1 :] if _is_in(whole, new_root) else whole


def _is_in(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


def _root(connection: sqlite3.Connection, database: str) -> str:
    row = connection.execute(f"SELECT value FROM {database}.meta WHERE key = 'root'").fetchone()  # noqa: S608
    return str(row[0]).replace("\\", "/") if row else ""


def stamp_changes(connection: sqlite3.Connection) -> None:
    """Note in `main` which files have changed since this was last done, after changes by other means."""
    _run(connection, _STAMP_CHANGES)


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Run statements one by one (executescript would commit first); none may have a semicolon within."""
    for statement in script.split(";"):
        connection.execute(statement)


def _expect_all(connection: sqlite3.Connection, table: str) -> None:
    """Raise UnsoundError where a row of `part` found none in `main`: it refers to nothing, or fails its digest."""
    found, mapped = connection.execute(
        f"SELECT (SELECT count(*) FROM part.{table}), (SELECT count(new) FROM {table}_map)"  # noqa: S608  # our names
    ).fetchone()
    if found != mapped:
        raise UnsoundError(f"{found - mapped} rows of table {table} are damaged")


def _add_footprints(connection: sqlite3.Connection) -> None:
    """Give each footprint that `main` lacks a row there: numbers of signatures are each database's own."""
    rows = connection.execute(
        """
        SELECT p.file_id, m.new, p.id, p.digest, p.signatures
        FROM footprint_map x JOIN part.footprint p ON p.id = x.old JOIN file_map m ON m.old = p.file_id
        WHERE x.new IS NULL ORDER BY p.file_id
        """
    ).fetchall()
    for (old_file, new_file), found in groupby(rows, itemgetter(0, 1)):
        numbers = _Numbers(connection, old_file, new_file)
        for _, _, old, digest, signatures in found:
            bitmap = numbers.translate(digest, signatures)
            connection.execute(
                "INSERT OR IGNORE INTO main.footprint (file_id, digest, signatures) VALUES (?, ?, ?)",
                (new_file, digest, bitmap),
            )
            connection.execute(
                "UPDATE footprint_map SET new = (SELECT id FROM main.footprint WHERE file_id = ? AND digest = ?)"
                " WHERE old = ?",
                (new_file, digest, old),
            )
        numbers.keep()


class _Numbers:
    """The numbers of one file's signatures in `part` and in `main`."""

    def __init__(self, connection: sqlite3.Connection, old_file: int, new_file: int) -> None:
        self._connection = connection
        self._file = new_file
        self._old: dict[int, tuple[bytes, int, bytes, str]] = {
            number: (digest, code, bits, arcs)
            for number, digest, code, bits, arcs in connection.execute(
                """
                SELECT s.number, c.digest, m.new, s.bits, s.arcs FROM part.code c JOIN code_map m ON m.old = c.id
                JOIN part.signature s ON s.code_id = c.id WHERE c.file_id = ?
                """,
                (old_file,),
            )
        }
        self._known: dict[tuple[int, bytes, str], int] = {
            (code, bits, arcs): number
            for code, bits, arcs, number in connection.execute(
                """
                SELECT s.code_id, s.bits, s.arcs, s.number FROM main.code c JOIN main.signature s ON s.code_id = c.id
                WHERE c.file_id = ?
                """,
                (new_file,),
            )
        }
        (self._next,) = connection.execute("SELECT signatures FROM main.file WHERE id = ?", (new_file,)).fetchone()
        self._added: list[tuple[int, bytes, str, int]] = []
        self._resolved: dict[int, tuple[int, bytes]] = {}

    def translate(self, digest: bytes, signatures: bytes) -> bytes:
        """A footprint's bitmap in the numbers of `main`. Raises UnsoundError where it isn't what its digest says."""
        bitmap, shown = 0, []
        if not isinstance(signatures, bytes):
            raise UnsoundError("a row of table footprint is damaged")
        for byte, value in enumerate(signatures):
            for bit in range(8) if value else ():
                if value >> bit & 1:
                    number, part = self._resolve(8 * byte + bit)
                    bitmap |= 1 << number
                    shown.append(part)
        if seals.footprint_digest(shown) != digest:
            raise UnsoundError("a row of table footprint or signature is damaged")
        return bitmap.to_bytes((bitmap.bit_length() + 7) // 8, "little")

    def keep(self) -> None:
        """Write what was added to `main`."""
        if self._added:
            sql = "INSERT INTO main.signature (code_id, bits, arcs, number) VALUES (?, ?, ?, ?)"
            self._connection.executemany(sql, self._added)
            self._connection.execute("UPDATE main.file SET signatures = ? WHERE id = ?", (self._next, self._file))

    def _resolve(self, old: int) -> tuple[int, bytes]:
        """A signature's number in `main`, given out if need be, and its digest."""
        found = self._resolved.get(old)
        if found is None:
            if old not in self._old:
                raise UnsoundError("a row of table signature is missing")
            code_digest, code, bits, arcs = self._old[old]
            number = self._known.get((code, bits, arcs))
            if number is None:
                number, self._next = self._next, self._next + 1
                self._known[code, bits, arcs] = number
                self._added.append((code, bits, arcs, number))
            found = self._resolved[old] = number, seals.signature_digest(code_digest, bits, arcs)
        return found
