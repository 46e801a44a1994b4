"""Footprints that the data file lacks, with the signatures and code objects below them.

Each new row is checked on its way. What has a digest or key that the data file
knows already is not looked at: it adds nothing, whatever is in it.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from minicov_lsp.store.footprints import keys
from minicov_lsp.store.soundness import UnsoundError, is_whole_code
from minicov_tracer import seals

_TEMPORARY = """
    CREATE TEMP TABLE incomplete (old INTEGER PRIMARY KEY, file INTEGER NOT NULL);
    CREATE TEMP TABLE lacking (
        file INTEGER NOT NULL, key BLOB NOT NULL, code INTEGER NOT NULL, bits BLOB NOT NULL, arcs TEXT NOT NULL);
    CREATE TEMP TABLE code_map (
        old INTEGER PRIMARY KEY, file INTEGER NOT NULL, digest BLOB NOT NULL, new INTEGER, is_new INTEGER);
"""

# Of which files there are new footprints, and which signatures `main` lacks of those.
_FIND_FILES = """
    INSERT OR IGNORE INTO incomplete
        SELECT p.file_id, x.file FROM footprint_map x JOIN part.footprint p ON p.id = x.old WHERE x.new IS NULL
"""
_FIND = """
    INSERT INTO lacking
        SELECT n.file, s.key, s.code_id, s.bits, s.arcs
        FROM incomplete n CROSS JOIN part.signature s ON s.file_id = n.old
        WHERE NOT EXISTS (SELECT 1 FROM main.signature k WHERE k.file_id = n.file AND k.key = s.key);
    INSERT INTO code_map
        SELECT l.code, l.file, c.digest, n.id, n.id IS NULL
        FROM (SELECT DISTINCT code, file FROM lacking) l JOIN part.code c ON c.id = l.code
        JOIN file_map f ON f.old = c.file_id AND f.new = l.file
        LEFT JOIN main.code n ON n.file_id = l.file AND n.digest = c.digest;
"""

_ADD_CODES = """
    INSERT OR IGNORE INTO main.code (file_id, digest, name, first_line, python, probes, own_lines, own_digest)
        SELECT m.file, m.digest, c.name, c.first_line, c.python, c.probes, c.own_lines, c.own_digest
        FROM code_map m JOIN part.code c ON c.id = m.old
        WHERE m.is_new
            AND is_whole_code(m.digest, c.name, c.first_line, c.python, c.probes, c.own_lines, c.own_digest);
    UPDATE code_map SET new = (SELECT n.id FROM main.code n WHERE n.file_id = file AND n.digest = code_map.digest)
        WHERE is_new;
"""

_ADD_SIGNATURES = """
    INSERT OR IGNORE INTO main.signature (file_id, key, code_id, bits, arcs)
        SELECT l.file, l.key, m.new, l.bits, l.arcs FROM lacking l JOIN code_map m ON m.old = l.code
        WHERE m.new IS NOT NULL AND is_whole_signature(l.file, l.key, m.digest, l.bits, l.arcs)
"""

_ADD_FOOTPRINTS = """
    INSERT OR IGNORE INTO main.footprint (file_id, digest, signatures)
        SELECT x.file, p.digest, p.signatures FROM footprint_map x JOIN part.footprint p ON p.id = x.old
        WHERE x.new IS NULL AND is_whole_footprint(x.file, p.digest, p.signatures)
"""
_FIND_FOOTPRINTS = """
    UPDATE footprint_map SET new = (
            SELECT n.id FROM part.footprint p JOIN main.footprint n ON n.file_id = file AND n.digest = p.digest
            WHERE p.id = old)
        WHERE new IS NULL
"""

_UNSOUND = """
    SELECT EXISTS (SELECT 1 FROM lacking l WHERE NOT EXISTS (
        SELECT 1 FROM main.signature k WHERE k.file_id = l.file AND k.key = l.key))
"""

_MOST_KNOWN = 500_000
"""Signatures that are remembered, some 100 bytes each."""

_EMPTY = "DELETE FROM incomplete; DELETE FROM lacking; DELETE FROM code_map"


class Footprints:
    """What of signatures and footprints was checked on one connection to the data file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Give the connection what `add` needs; once."""
        self._connection = connection
        self._known: defaultdict[int, set[bytes]] = defaultdict(set)
        """{file's row: keys} of signatures that were seen in `main`, or put there."""
        self._wanted: list[tuple[int, bytes]] = []
        """(file's row, key) of those of new footprints that were not."""
        connection.create_function("is_whole_code", 7, is_whole_code, deterministic=True)
        connection.create_function("is_whole_signature", 5, self._is_whole_signature)
        connection.create_function("is_whole_footprint", 3, self._is_whole_footprint)
        connection.executescript(_TEMPORARY)

    def add(self) -> None:
        """Give each footprint of `footprint_map` that `main` lacks a row there, and all below it. Raises UnsoundError.

        After an error the transaction has to be undone, and this and the connection are of no use any more.
        """
        _add(self._connection)
        # A signature's row says which file it is of, and no digest covers that. A footprint without one of its
        # signatures would be taken for whole by every later merge.
        sql = "SELECT 1 FROM main.signature WHERE file_id = ? AND key = ?"
        for wanted in self._wanted:
            if self._connection.execute(sql, wanted).fetchone() is None:
                raise UnsoundError("a row of table signature is of another file")
            self._known[wanted[0]].add(wanted[1])
        self._wanted.clear()
        if sum(map(len, self._known.values())) > _MOST_KNOWN:
            self._known.clear()

    def _is_whole_signature(self, file: int, key: bytes, code: bytes, bits: bytes, arcs: str) -> bool:
        """Whether a `signature` row is what its key says; a damaged file may hold any type."""
        try:
            is_whole = key == seals.signature_key(code, bits, arcs)
        except (TypeError, AttributeError):
            return False
        if is_whole:
            self._known[file].add(key)
        return is_whole

    def _is_whole_footprint(self, file: int, digest: bytes, signatures: bytes) -> bool:
        """Whether a `footprint` row is what its digest says; whether all its signatures are there is seen later."""
        if not isinstance(signatures, bytes) or digest != seals.footprint_digest(signatures):
            return False
        try:
            shown = keys(signatures)
        except ValueError:
            return False
        known = self._known[file]
        if not known.issuperset(shown):
            self._wanted += ((file, key) for key in shown if key not in known)
        return True


def _add(connection: sqlite3.Connection) -> None:
    if connection.execute(_FIND_FILES).rowcount == 0:
        return
    for statement in (_FIND + _ADD_CODES).split(";"):
        connection.execute(statement)
    added = connection.execute(_ADD_SIGNATURES).rowcount
    (lacking,) = connection.execute("SELECT count(*) FROM lacking").fetchone()
    if added != lacking and connection.execute(_UNSOUND).fetchone()[0]:  # two paths that became one lack the same twice
        raise UnsoundError("a row of table signature or code")
    connection.execute(_ADD_FOOTPRINTS)
    connection.execute(_FIND_FOOTPRINTS)
    for statement in _EMPTY.split(";"):
        connection.execute(statement)
