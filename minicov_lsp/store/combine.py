"""Merging partial files into the data file: in SQL, in constant memory, in any order, as often as you like.

Every row has a natural key, so each table is one INSERT OR IGNORE. A partial
file is one transaction and is deleted only after its commit; killed anywhere
and run again, the result is the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from minicov_lsp.errors import DataError
from minicov_lsp.store.connection import check_identity, open_merged
from minicov_lsp.store.partials import find_partials, is_being_written
from minicov_tracer import sources
from minicov_tracer.partial import signature_digest

_FORGET = """
    DELETE FROM hit; DELETE FROM outcome; DELETE FROM context; DELETE FROM signature;
    DELETE FROM code; DELETE FROM file; DELETE FROM source;
"""

_MERGE = """
    INSERT OR IGNORE INTO main.source (digest, size, text) SELECT digest, size, text FROM part.source;

    INSERT OR IGNORE INTO main.file (path, source_id)
        SELECT renamed(f.path), m.id
        FROM part.file f JOIN part.source s ON s.id = f.source_id JOIN main.source m ON m.digest = s.digest;
    CREATE TEMP TABLE file_map (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
    INSERT INTO file_map
        SELECT f.id, n.id
        FROM part.file f JOIN part.source s ON s.id = f.source_id JOIN main.source m ON m.digest = s.digest
        JOIN main.file n ON n.path = renamed(f.path) AND n.source_id = m.id;

    INSERT OR IGNORE INTO main.code (file_id, digest, name, first_line, python, probes)
        SELECT m.new, c.digest, c.name, c.first_line, c.python, c.probes
        FROM part.code c JOIN file_map m ON m.old = c.file_id;
    CREATE TEMP TABLE code_map (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
    INSERT INTO code_map
        SELECT c.id, n.id
        FROM part.code c JOIN file_map m ON m.old = c.file_id JOIN main.code n ON n.file_id = m.new AND n.digest = c.digest;

    INSERT OR IGNORE INTO main.signature (code_id, digest, bits, arcs)
        SELECT m.new, s.digest, s.bits, s.arcs FROM part.signature s JOIN code_map m ON m.old = s.code_id;
    CREATE TEMP TABLE signature_map (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
    INSERT INTO signature_map
        SELECT s.id, n.id
        FROM part.signature s JOIN code_map m ON m.old = s.code_id
        JOIN main.signature n ON n.code_id = m.new AND n.digest = s.digest;

    INSERT OR IGNORE INTO main.context (label, run) SELECT label, '' FROM part.context;
    CREATE TEMP TABLE context_map (old INTEGER PRIMARY KEY, new INTEGER NOT NULL, is_rerun INTEGER NOT NULL);
    INSERT INTO context_map
        SELECT c.id, n.id, n.run NOT IN ('', c.run)
        FROM part.context c JOIN main.context n ON n.label = c.label;
"""

# Only a test that ran anew is replaced: what ran outside of tests (label '') is nobody's alone.
_REPLACE = """
    DELETE FROM main.hit WHERE context_id IN (
        SELECT m.new FROM context_map m JOIN part.context c ON c.id = m.old WHERE m.is_rerun AND c.label <> '');
"""

_MERGE_HITS = """
    UPDATE main.context SET run = (SELECT c.run FROM part.context c WHERE c.label = context.label)
        WHERE id IN (SELECT new FROM context_map);
    INSERT OR IGNORE INTO main.hit (signature_id, context_id)
        SELECT s.new, c.new FROM part.hit h
        JOIN signature_map s ON s.old = h.signature_id JOIN context_map c ON c.old = h.context_id;
    INSERT OR REPLACE INTO main.outcome (context_id, outcome, duration)
        SELECT c.new, o.outcome, o.duration FROM part.outcome o JOIN context_map c ON c.old = o.context_id;
    DROP TABLE file_map; DROP TABLE code_map; DROP TABLE signature_map; DROP TABLE context_map;
"""

# Which files changed is known exactly: merging the same facts again touches none.
_WATCH_CHANGES = """
    CREATE TEMP TABLE changed_signature (id INTEGER PRIMARY KEY);
    CREATE TEMP TRIGGER hit_added AFTER INSERT ON main.hit
        BEGIN INSERT OR IGNORE INTO changed_signature VALUES (new.signature_id); END;
    CREATE TEMP TRIGGER hit_removed AFTER DELETE ON main.hit
        BEGIN INSERT OR IGNORE INTO changed_signature VALUES (old.signature_id); END;
"""

_STAMP_CHANGES = """
    UPDATE main.meta SET value = value + 1 WHERE key = 'generation' AND EXISTS (SELECT 1 FROM changed_signature);
    UPDATE main.file SET generation = (SELECT value + 0 FROM main.meta WHERE key = 'generation')
        WHERE id IN (SELECT c.file_id FROM changed_signature x JOIN signature s ON s.id = x.id JOIN code c ON c.id = s.code_id);
    DELETE FROM changed_signature;
"""


@dataclass(frozen=True)
class CombineResult:
    """What became of the partial files."""

    merged: int
    """How many were merged."""
    damaged: tuple[Path, ...]
    """Where those that can't be read were set aside: `<partial>.bad`."""


def combine(
    data_file: Path,
    partials: Iterable[Path] | None = None,
    *,
    append: bool = True,
    keep: bool = False,
    root: Path | None = None,
    rename: Callable[[str], str] = str,
    progress: Callable[[int, int], None] | None = None,
) -> CombineResult:
    """Merge partial files (by default those beside it) into a data file.

    Without `append` what the data file held is forgotten, in the same
    transaction in which the new facts arrive. A damaged partial is set aside as
    `.bad`, the rest is merged. Partials are deleted after their commit, unless
    `keep`, or their process is still running. `rename` maps recorded paths;
    `progress` is told (done, of). Raises DataError where the data file itself is
    damaged, foreign or can't be written; then nothing is lost.
    """
    wanted = tuple(find_partials(data_file) if partials is None else partials)
    if not wanted:
        return CombineResult(0, ())
    if not append and len(wanted) > 1:
        return _combine_anew(data_file, wanted, keep=keep, root=root, rename=rename, progress=progress)
    connection = open_merged(data_file, str(root or data_file.absolute().parent))
    with contextlib.closing(connection):
        connection.create_function("renamed", 1, rename, deterministic=True)
        connection.create_function("is_sound", 3, _is_sound_signature, deterministic=True)
        connection.create_function("is_sound_text", 2, _is_sound_text, deterministic=True)
        connection.executescript(_WATCH_CHANGES)
        merged, bad = 0, []
        for done, partial in enumerate(wanted, 1):
            if _merge_one(connection, data_file, partial, forget=not append):
                merged += 1
                if not keep and not is_being_written(partial):
                    partial.unlink(missing_ok=True)
            elif partial.exists():
                bad.append(_set_aside(partial))
            if progress is not None:
                progress(done, len(wanted))
    return CombineResult(merged, tuple(bad))


def add_never_run(data_file: Path, files: Iterable[Path], root: Path) -> int:
    """Make files known that nothing ran, so that reports count them; how many were new.

    Raises DataError where the data file is damaged, foreign or can't be written.
    """
    connection = open_merged(data_file, str(root))
    added = 0
    with contextlib.closing(connection), _transaction(connection, data_file):
        (kept_root,) = connection.execute("SELECT value FROM meta WHERE key = 'root'").fetchone()
        known = {path for (path,) in connection.execute("SELECT DISTINCT path FROM file")}
        for file in files:
            path = recorded_path(file, kept_root)
            text = None if path in known else sources.read(str(file))
            if text is None:
                continue
            data = text.encode("utf-8", "surrogatepass")
            digest = hashlib.sha256(data).hexdigest()
            connection.execute(
                "INSERT OR IGNORE INTO source (digest, size, text) VALUES (?, ?, ?)",
                (digest, len(data), zlib.compress(data)),
            )
            connection.execute(
                "INSERT INTO file (path, source_id) SELECT ?, id FROM source WHERE digest = ?", (path, digest)
            )
            added += 1
    return added


def recorded_path(file: Path, root: str) -> str:
    """How a data file with this root names a file: relative with `/` below the root, else absolute."""
    prefix = root.rstrip(os.sep) + os.sep
    name = str(file)
    return name[len(prefix) :].replace(os.sep, "/") if name.startswith(prefix) else name


def _combine_anew(
    data_file: Path,
    partials: tuple[Path, ...],
    *,
    keep: bool,
    root: Path | None,
    rename: Callable[[str], str],
    progress: Callable[[int, int], None] | None,
) -> CombineResult:
    """Merge several partials into a scratch file, and that into the data file: readers never see a half of it."""
    scratch = data_file.with_name(f"{data_file.name}.merging.{os.getpid()}")
    try:
        _remove(scratch)
        gathered = combine(scratch, partials, keep=True, root=root, rename=rename, progress=progress)
        combine(data_file, [scratch], append=False, keep=True, root=root)
    finally:
        _remove(scratch)
    for partial in partials:
        if not keep and not is_being_written(partial):
            partial.unlink(missing_ok=True)
    return gathered


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection, data_file: Path) -> Iterator[None]:
    """One transaction on the data file; DataError where that fails."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise DataError(f"{data_file}: can't be written ({error}); nothing was lost, try again") from error


def _merge_one(connection: sqlite3.Connection, data_file: Path, partial: Path, *, forget: bool) -> bool:
    """Merge one partial in one transaction; False where it is damaged."""
    if not partial.is_file():
        return False
    try:
        connection.execute("ATTACH ? AS part", (str(partial),))
    except sqlite3.Error:
        return False
    try:
        if not _is_sound(connection, partial):
            return False
        (replaces,) = connection.execute(
            "SELECT coalesce((SELECT value FROM part.meta WHERE key = 'replaces'), '0')"
        ).fetchone()
        with _transaction(connection, data_file):
            steps = (
                _FORGET if forget else "",
                _MERGE,
                _REPLACE if replaces == "1" else "",
                _MERGE_HITS,
                _STAMP_CHANGES,
            )
            for step in steps:
                for statement in step.split(";"):  # executescript would commit first
                    connection.execute(statement)
        return True
    finally:
        connection.execute("DETACH part")


def _is_sound(connection: sqlite3.Connection, partial: Path) -> bool:
    """Whether an attached partial is whole: SQLite's check misses a third of flipped bits, so hashes are compared too."""
    try:
        check_identity(connection, "part", partial)
        if connection.execute("PRAGMA part.quick_check(1)").fetchone()[0] != "ok":
            return False
        (spoilt,) = connection.execute(
            "SELECT (SELECT count(*) FROM part.signature WHERE NOT is_sound(digest, bits, arcs))"
            " + (SELECT count(*) FROM part.source WHERE NOT is_sound_text(digest, text))"
        ).fetchone()
    except (sqlite3.DatabaseError, DataError, OverflowError, UnicodeDecodeError):
        return False
    return bool(spoilt == 0)


def _is_sound_signature(digest: object, bits: object, arcs: object) -> bool:
    return isinstance(bits, bytes) and isinstance(arcs, str) and digest == signature_digest(bits, arcs)


def _is_sound_text(digest: object, text: object) -> bool:
    if text is None:
        return digest == ""
    if not isinstance(text, bytes):
        return False
    try:
        decompressor = zlib.decompressobj()
        data = decompressor.decompress(text, sources.MAX_SOURCE_BYTES * 3 + 1)
    except zlib.error:
        return False
    return hashlib.sha256(data).hexdigest() == digest


def _set_aside(partial: Path) -> Path:
    """Rename a damaged partial, with its journal, so that it is neither merged nor lost."""
    bad = partial.with_name(f"{partial.name}.bad")
    journal = Path(f"{partial}-journal")
    partial.replace(bad)
    if journal.exists():
        journal.replace(f"{bad}-journal")
    return bad
