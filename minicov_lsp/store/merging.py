"""One attached partial file into the data file, within a transaction of the caller's.

The partial is the attached database `part`, the data file `main`. Each table of
`part` gets a map from its rows to rows of `main`. A footprint that `main` knows by
its digest tells that all below it is known; what is below a new one is gone
through, checked and added (new_footprints.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from minicov_lsp.store.garbage import drop_files, drop_footprints
from minicov_lsp.store.new_footprints import Footprints, last_number
from minicov_lsp.store.soundness import UnsoundError, is_whole_text

_TEMPORARY = """
    CREATE TEMP TABLE file_map (old INTEGER PRIMARY KEY, new INTEGER, path TEXT, digest BLOB);
    CREATE TEMP TABLE footprint_map (old INTEGER PRIMARY KEY, new INTEGER, file INTEGER NOT NULL);
    CREATE TEMP TABLE run_map (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
    CREATE TEMP TABLE context_map (
        old INTEGER PRIMARY KEY, new INTEGER UNIQUE, run INTEGER, time REAL, is_later INTEGER, rule INTEGER);
    CREATE TEMP TABLE kept (footprint INTEGER, context INTEGER, PRIMARY KEY (footprint, context)) WITHOUT ROWID;
    CREATE TEMP TABLE changed (file INTEGER PRIMARY KEY)
"""

# Numbers of rows and what else is asked of `part`, at once: each statement is compiled again for each partial file.
_SIZES = """
    SELECT (SELECT value FROM part.meta WHERE key = 'root'), (SELECT value FROM main.meta WHERE key = 'root'),
        (SELECT count(*) FROM part.footprint), (SELECT count(*) FROM part.run), count(*), min(id), max(id),
        EXISTS (SELECT 1 FROM part.run WHERE replaces), EXISTS (SELECT 1 FROM part.line_count),
        (SELECT typeof(signatures) = 'text' FROM part.footprint LIMIT 1)
    FROM part.context
"""

_FILES = """
    INSERT INTO file_map
        SELECT f.id, n.id, f.new_path, f.digest
        FROM (SELECT id, renamed(path) AS new_path, digest FROM part.file NOT INDEXED) f
        LEFT JOIN main.file n ON n.path = f.new_path AND n.digest = f.digest
"""
_NEW_FILES = """
    INSERT OR IGNORE INTO main.source (digest, crc, text)
        SELECT s.digest, s.crc, s.text FROM file_map f JOIN part.source s ON s.digest = f.digest
        WHERE f.new IS NULL AND CASE WHEN EXISTS (SELECT 1 FROM main.source m WHERE m.digest = s.digest) THEN 0
            ELSE is_whole_text(crc, text) END;
    INSERT OR IGNORE INTO main.file (path, digest)
        SELECT f.path, f.digest FROM file_map f
        WHERE f.new IS NULL AND (f.digest = x'' OR f.digest IN (SELECT digest FROM main.source));
    UPDATE file_map SET new = (SELECT n.id FROM main.file n WHERE n.path = file_map.path AND n.digest = file_map.digest)
        WHERE new IS NULL
"""

_RUNS = """
    INSERT OR IGNORE INTO main.run (name, replaces) SELECT name, replaces FROM part.run NOT INDEXED
"""
_MAP_RUNS = """
    INSERT INTO run_map SELECT r.id, n.id FROM part.run r NOT INDEXED JOIN main.run n ON n.name = r.name
"""

# Numbers of contexts that `part` has without gaps are the same in `main`, counted from :before. Then only contexts that
# were known need a row in `context_map`; else :before is NULL, :last is 0, and each has one.
_NEW_CONTEXTS = """
    INSERT OR IGNORE INTO main.context (id, digest, label, run_id, time)
        SELECT :before + c.id, c.digest, c.label, r.new, c.time
        FROM part.context c NOT INDEXED JOIN run_map r ON r.old = c.run_id
"""

# rule 0: joins what is there; 1: replaces it; 2: was itself replaced by what is there.
# What ran outside of tests (label '') is nobody's alone, so it is never replaced.
_KNOWN_CONTEXTS = """
    INSERT INTO context_map
        SELECT c.id, n.id, r.new, c.time, (c.time, theirs.name) > (n.time, ours.name), CASE
            WHEN c.label = '' OR r.new = n.run_id THEN 0
            WHEN (c.time, theirs.name) > (n.time, ours.name) THEN theirs.replaces
            ELSE 2 * ours.replaces END
        FROM part.context c NOT INDEXED CROSS JOIN run_map r ON r.old = c.run_id
        JOIN main.context n ON n.digest = c.digest
        JOIN main.run theirs ON theirs.id = r.new JOIN main.run ours ON ours.id = n.run_id
        WHERE :before IS NULL OR NOT EXISTS (SELECT 1 FROM main.context x WHERE x.id = :before + c.id)
"""

_LATER_CONTEXTS = """
    UPDATE main.context SET (run_id, time) = (SELECT m.run, m.time FROM context_map m WHERE m.new = context.id)
        WHERE id IN (SELECT new FROM context_map WHERE is_later);
    INSERT INTO main.outcome (context_id, outcome, duration, time)
        SELECT coalesce(m.new, :before + o.context_id), o.outcome, o.duration, o.time
        FROM part.outcome o LEFT JOIN context_map m ON m.old = o.context_id
        WHERE m.new IS NOT NULL OR o.context_id BETWEEN 1 AND :last
        ON CONFLICT (context_id) DO UPDATE
            SET outcome = excluded.outcome, duration = excluded.duration, time = excluded.time
            WHERE (excluded.time, excluded.outcome) > (outcome.time, outcome.outcome)
"""

# Which files changed is known exactly: facts that are there already change none.
_CHANGES = """
    INSERT OR IGNORE INTO changed
        SELECT p.file FROM footprint_map p WHERE p.file NOT IN (SELECT file FROM changed) AND EXISTS (
            SELECT 1 FROM part.hit h LEFT JOIN context_map c ON c.old = h.context_id
            WHERE h.footprint_id = p.old AND c.rule IS NOT 2 AND CASE WHEN c.new IS NULL
                THEN h.context_id BETWEEN 1 AND :last
                ELSE NOT EXISTS (SELECT 1 FROM main.hit x WHERE x.footprint_id = p.new AND x.context_id = c.new) END)
"""

_HITS = """
    INSERT OR IGNORE INTO main.hit (footprint_id, context_id)
        SELECT p.new, coalesce(c.new, :before + h.context_id)
        FROM part.hit h CROSS JOIN footprint_map p ON p.old = h.footprint_id
        LEFT JOIN context_map c ON c.old = h.context_id
        WHERE c.rule IS NOT 2 AND (c.new IS NOT NULL OR h.context_id BETWEEN 1 AND :last)
"""

# One process's counts grow until it ends; who merges them twice adds nothing.
_COUNTS = """
    INSERT OR IGNORE INTO changed
        SELECT m.new FROM part.line_count n JOIN file_map m ON m.old = n.file_id
        WHERE NOT EXISTS (SELECT 1 FROM main.line_count x
            WHERE x.file_id = m.new AND x.part = n.part AND x.total >= n.total);
    INSERT INTO main.line_count (file_id, part, total, lines)
        SELECT m.new, n.part, n.total, n.lines FROM part.line_count n JOIN file_map m ON m.old = n.file_id
        WHERE true
        ON CONFLICT (file_id, part) DO UPDATE SET total = excluded.total, lines = excluded.lines
            WHERE excluded.total > line_count.total
"""

_KEPT = """
    INSERT OR IGNORE INTO kept
        SELECT p.new, c.new FROM part.hit h
        JOIN context_map c ON c.old = h.context_id JOIN footprint_map p ON p.old = h.footprint_id
"""

# The condition is put in where it says so.
_DROP_REPLACED = """
    INSERT OR IGNORE INTO changed
        SELECT p.file_id FROM main.hit h JOIN main.footprint p ON p.id = h.footprint_id
        WHERE {replaced} AND NOT EXISTS
            (SELECT 1 FROM kept k WHERE k.footprint = h.footprint_id AND k.context = h.context_id);
    DELETE FROM main.hit AS h WHERE {replaced} AND NOT EXISTS
        (SELECT 1 FROM kept k WHERE k.footprint = h.footprint_id AND k.context = h.context_id);
    DELETE FROM kept
"""

_DROP_ALL_ELSE = """
    INSERT OR IGNORE INTO changed
        SELECT file_id FROM main.line_count WHERE part NOT IN (SELECT part FROM part.line_count);
    DELETE FROM main.line_count WHERE part NOT IN (SELECT part FROM part.line_count);
    DELETE FROM main.outcome WHERE context_id NOT IN
        (SELECT c.new FROM part.outcome o JOIN context_map c ON c.old = o.context_id);
    DELETE FROM main.context WHERE id NOT IN (SELECT new FROM context_map);
    UPDATE main.context SET (run_id, time) = (SELECT m.run, m.time FROM context_map m WHERE m.new = context.id);
    DELETE FROM main.run WHERE id NOT IN (SELECT new FROM run_map);
    UPDATE main.meta SET value = (SELECT p.value FROM part.meta p WHERE p.key = 'root') WHERE key = 'root'
"""

_STAMP_CHANGES = """
    UPDATE main.meta SET value = value + 1 WHERE key = 'generation' AND (EXISTS (SELECT 1 FROM changed)
        OR EXISTS (SELECT 1 FROM main.file WHERE generation = 0)
        OR EXISTS (SELECT 1 FROM main.gone WHERE generation > value));
    UPDATE main.file SET generation = (SELECT value + 0 FROM main.meta WHERE key = 'generation')
        WHERE generation = 0 OR id IN (SELECT file FROM changed);
    DELETE FROM main.gone WHERE EXISTS (SELECT 1 FROM main.file f WHERE f.path = gone.path);
    DELETE FROM changed
"""

_LAST_NUMBER = 2**48
"""Numbers of rows that are larger are not ours."""


class _Sizes(NamedTuple):
    """What `_SIZES` tells."""

    root: object
    new_root: object
    footprints: int
    runs: int
    contexts: int
    first_context: int | None
    last_context: int | None
    is_replacing: bool
    """Whether a run of it replaces what the same tests gave in others."""
    has_counts: bool
    are_numbered: bool
    """Whether its footprints tell signatures by numbers, as in a merged file."""


class Merger:
    """Merges into one data file by one connection, on which nothing else is done in between."""

    def __init__(
        self, connection: sqlite3.Connection, rename: Callable[[str], str], *, notes_changes: bool = True
    ) -> None:
        """Take a connection to the data file; `rename` maps recorded paths.

        Without `notes_changes` every file of the data file counts as new, until `stamp_changes` is called.
        """
        self._connection = connection
        self._rename = rename
        self._notes_changes = notes_changes
        self._numbers: dict[str, int | None] = {"before": None, "last": 0}
        connection.execute("PRAGMA temp_store = MEMORY")
        self._roots = ["", ""]
        """Of `part` and of `main`."""
        connection.create_function("is_whole_text", 2, is_whole_text, deterministic=True)
        connection.create_function("renamed", 1, self._renamed)  # another for each file would compile all anew
        connection.executescript(_TEMPORARY)
        self._footprints = Footprints(connection)

    def merge(self, *, anew: bool = False) -> None:
        """Merge `part` into `main`; if `anew`, what only `main` knows is dropped.

        Raises UnsoundError, and sqlite3.Error for damage of other kinds.
        """
        self._footprints.begin()
        sizes = _Sizes(*self._connection.execute(_SIZES).fetchone())
        self._merge_files(sizes)
        # Files that a run never ran come in a partial file of their own, which says nothing else.
        if anew or sizes.contexts or sizes.footprints or sizes.has_counts:
            self._merge_facts(sizes, anew=anew)
        self._run("DELETE FROM file_map")
        if self._notes_changes:
            self.stamp_changes()

    def _merge_files(self, sizes: _Sizes) -> None:
        """Give each file of `part` a row in `main`. Raises UnsoundError where the text of one is not there."""
        lacking = "SELECT count(*) FROM file_map WHERE new IS NULL"
        self._run(self._files_script(sizes))
        if self._connection.execute(lacking).fetchone()[0]:
            self._run(_NEW_FILES)
            (left,) = self._connection.execute(lacking).fetchone()
            if left:
                raise UnsoundError(f"{left} rows of table file")

    def _merge_facts(self, sizes: _Sizes, *, anew: bool) -> None:
        """Merge what ran of the files of `part`. Raises UnsoundError."""
        connection = self._connection
        self._footprints.add(sizes.footprints, are_numbered=bool(sizes.are_numbered))
        self._run(_RUNS)
        unknown = sizes.runs - connection.execute(_MAP_RUNS).rowcount
        if unknown:
            raise UnsoundError(f"{unknown} rows of table run")
        self._merge_contexts(sizes, keeps_numbers=not anew)
        if anew or sizes.is_replacing:
            self._replace(anew=anew)
        if self._notes_changes:
            self._run(_CHANGES)
        self._run(_HITS)
        if sizes.has_counts:
            self._run(_COUNTS)
        if anew:
            self._run(_DROP_ALL_ELSE)
            drop_footprints(connection, "SELECT id FROM main.footprint WHERE id NOT IN (SELECT new FROM footprint_map)")
            drop_files(connection, "SELECT id FROM main.file WHERE id NOT IN (SELECT new FROM file_map)")
            self._footprints.forget()
        self._run("DELETE FROM footprint_map; DELETE FROM run_map; DELETE FROM context_map")

    def stamp_changes(self) -> None:
        """Give files that changed, and those that are new, the next generation."""
        self._run(_STAMP_CHANGES)

    def _files_script(self, sizes: _Sizes) -> str:
        """How files are merged: where paths stay as they are, no function is called for each."""
        rename = self._rename
        roots = [str(root or "").replace("\\", "/") for root in (sizes.root, sizes.new_root)]
        if rename is str and roots[0] == roots[1]:
            return _FILES.replace("renamed(path)", "path")
        self._roots = roots
        return _FILES

    def _renamed(self, path: str) -> str:
        return self._rename(rebased(path, *self._roots))

    def _merge_contexts(self, sizes: _Sizes, *, keeps_numbers: bool) -> None:
        """Give each context of `part` a row in `main`. Raises UnsoundError where one is of no run."""
        before = last_number(self._connection, "context")
        has_gaps = (sizes.first_context, sizes.last_context) != (1, sizes.contexts)
        if not keeps_numbers or has_gaps or before > _LAST_NUMBER:
            self._numbers = {"before": None, "last": 0}
        else:
            self._numbers = {"before": before, "last": sizes.contexts}
        added = self._connection.execute(_NEW_CONTEXTS, self._numbers).rowcount
        mapped = self._connection.execute(_KNOWN_CONTEXTS, self._numbers).rowcount
        if self._numbers["before"] is not None:
            mapped += added
        if mapped != sizes.contexts:
            raise UnsoundError(f"{sizes.contexts - mapped} rows of table context")
        self._run(_LATER_CONTEXTS)

    def _replace(self, *, anew: bool) -> None:
        """Drop what the tests of a replacing run, or (if `anew`) all contexts, gave before and do not give now."""
        replaced = "1" if anew else "h.context_id IN (SELECT new FROM context_map WHERE rule = 1)"
        self._run(f"{_KEPT};{_DROP_REPLACED.format(replaced=replaced)}")

    def _run(self, script: str) -> None:
        """Run statements one by one (executescript would commit first); none may have a semicolon within."""
        for statement in _statements(script):
            self._connection.execute(statement, self._numbers)


@lru_cache(maxsize=64)
def _statements(script: str) -> tuple[str, ...]:
    return tuple(script.split(";"))


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
