"""Footprints of a partial file in the data file, with the signatures and code objects below those that are new.

Each new row is checked on its way. What has a digest or key that the data file
knows already is not looked at: it adds nothing, whatever is in it. New footprints
tell which signatures they are of; those that were seen before are remembered, so
that of the signatures of partial files, which are mostly the same, few are looked for.
"""

from __future__ import annotations

import sqlite3
from operator import length_hint

from minicov_lsp.store import checks
from minicov_lsp.store.soundness import UnsoundError

_TEMPORARY = """
    CREATE TEMP TABLE wanted (
        old_file INTEGER NOT NULL, file INTEGER NOT NULL, key BLOB NOT NULL, number INTEGER NOT NULL);
    CREATE TEMP TABLE lacking (
        old_file INTEGER NOT NULL, file INTEGER NOT NULL, key BLOB NOT NULL, number INTEGER NOT NULL,
        code INTEGER NOT NULL, bits BLOB NOT NULL, arcs TEXT NOT NULL);
    CREATE TEMP TABLE code_map (old INTEGER PRIMARY KEY, new INTEGER, file INTEGER NOT NULL, digest BLOB NOT NULL);
"""

_EMPTY = "DELETE FROM wanted; DELETE FROM lacking; DELETE FROM code_map"

# What `main` lacks gets the next number: it is larger than :last.
_MAP_FOOTPRINTS = """
    INSERT INTO footprint_map
        SELECT p.id, coalesce(n.id, next_footprint()), m.new
        FROM part.footprint p NOT INDEXED JOIN file_map m ON m.old = p.file_id
        LEFT JOIN main.footprint n ON n.file_id = m.new AND n.digest = p.digest
"""
_ADD_FOOTPRINTS = """
    INSERT OR IGNORE INTO main.footprint (id, file_id, digest, signatures)
        SELECT x.new, x.file, p.digest, characters(x.file, p.signatures)
        FROM footprint_map x CROSS JOIN part.footprint p ON p.id = x.old
        WHERE x.new > :last AND is_whole_footprint(p.file_id, x.file, p.digest, p.signatures)
"""
# The same of a merged file, whose numbers are others.
_ADD_NUMBERED = _ADD_FOOTPRINTS.replace("p.signatures", "keys_of(p.file_id, p.signatures)")
_FILES_WITH_NEW = """
    SELECT DISTINCT file FROM footprint_map WHERE new > :last AND file <= :last_file
"""
_NUMBERED = """
    SELECT s.file_id, s.number, s.key FROM part.signature s WHERE s.file_id IN
        (SELECT p.file_id FROM footprint_map x CROSS JOIN part.footprint p ON p.id = x.old WHERE x.new > :last)
"""
# Two paths that became one lack the same twice.
_FIND_FOOTPRINTS = """
    UPDATE footprint_map SET new = (
            SELECT n.id FROM part.footprint p JOIN main.footprint n ON n.file_id = file AND n.digest = p.digest
            WHERE p.id = old)
        WHERE new > :last
"""

_FIND_SIGNATURES = """
    INSERT INTO lacking
        SELECT w.old_file, w.file, w.key, w.number, s.code_id, s.bits, s.arcs
        FROM wanted w CROSS JOIN part.signature s ON s.file_id = w.old_file AND s.key = w.key
"""
_MAP_CODES = """
    INSERT INTO code_map
        SELECT l.code, coalesce(n.id, next_code()), l.file, c.digest
        FROM (SELECT code, old_file, file FROM lacking GROUP BY code) l
        CROSS JOIN part.code c ON c.id = l.code AND c.file_id = l.old_file
        LEFT JOIN main.code n ON n.file_id = l.file AND n.digest = c.digest
"""
_ADD_CODES = """
    INSERT OR IGNORE INTO main.code (id, file_id, digest, name, first_line, python, probes, own_lines, own_digest)
        SELECT m.new, m.file, m.digest, c.name, c.first_line, c.python, c.probes, c.own_lines, c.own_digest
        FROM code_map m CROSS JOIN part.code c ON c.id = m.old
        WHERE m.new > :last
            AND is_whole_code(m.digest, c.name, c.first_line, c.python, c.probes, c.own_lines, c.own_digest)
"""
_FIND_CODES = """
    UPDATE code_map SET new = (SELECT n.id FROM main.code n WHERE n.file_id = file AND n.digest = code_map.digest)
        WHERE new > :last
"""
_ADD_SIGNATURES = """
    INSERT INTO main.signature (file_id, key, code_id, bits, arcs, number)
        SELECT l.file, l.key, m.new, l.bits, l.arcs, l.number FROM lacking l
        CROSS JOIN code_map m ON m.old = l.code AND m.file = l.file
        WHERE m.new IS NOT NULL AND is_whole_signature(l.key, m.digest, l.bits, l.arcs)
"""

_MOST_KNOWN = 500_000
"""Signatures that are remembered, some 100 bytes each."""
_LAST_NUMBER = 2**62
"""No row gets a larger one."""


class _Numbers:
    """Numbers of new rows of a table, which SQL asks for one by one, as `next_<table>()`."""

    def __init__(self, connection: sqlite3.Connection, table: str) -> None:
        self._left = iter(range(last_number(connection, table) + 1, _LAST_NUMBER + 1))
        connection.create_function(f"next_{table}", 0, self._left.__next__)

    def last(self) -> int:
        """The last number that is in use."""
        return _LAST_NUMBER - length_hint(self._left)


def last_number(connection: sqlite3.Connection, table: str) -> int:
    """The largest number of a row of the data file."""
    (found,) = connection.execute(f"SELECT coalesce(max(id), 0) FROM main.{table}").fetchone()  # noqa: S608  # ours
    return int(found)


class Footprints:
    """What of signatures and footprints was checked on one connection to the data file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Give the connection what `add` needs; once."""
        self._connection = connection
        self._seen = checks.CHOSEN.seen()
        """The signatures that are in `main`, or wanted there, of new footprints."""
        self._version: int | None = None
        """The data file's, while what is remembered is true of it."""
        self._last_file = 0
        """The data file's last when nothing was remembered: of later ones all is."""
        self._loaded: set[int] = set()
        """Files of those before, of which all is remembered."""
        self._keys: dict[tuple[int, str], bytes] = {}
        """{(a file's row in `part`, a signature's character there): its key}, where `part` is a merged file."""
        connection.create_function("is_whole_code", 7, checks.CHOSEN.is_whole_code, deterministic=True)
        connection.create_function("is_whole_signature", 4, checks.CHOSEN.is_whole_signature, deterministic=True)
        connection.create_function("is_whole_footprint", 4, self._seen.add)
        connection.create_function("characters", 2, self._seen.characters)
        connection.create_function("keys_of", 2, self._keys_of)
        connection.executescript(_TEMPORARY)

    def begin(self) -> None:
        """Forget what another process may have changed, or what would be too much; before files are added."""
        (version,) = self._connection.execute("PRAGMA main.data_version").fetchone()
        if version != self._version or self._seen.number() > _MOST_KNOWN:
            self._seen.clear()
            self._loaded.clear()
            self._version, self._last_file = version, last_number(self._connection, "file")
            self._footprints = _Numbers(self._connection, "footprint")
            self._codes = _Numbers(self._connection, "code")

    def forget(self) -> None:
        """Remember nothing: the data file lost something."""
        self._version = None

    def add(self, number: int, *, are_numbered: bool) -> None:
        """Fill `footprint_map`, and give what `main` lacks of it a row there, and all below it. Raises UnsoundError.

        `number` is how many footprints `part` has, which tell signatures by numbers if it is a merged file. After an
        error the transaction has to be undone, and this and the connection are of no use any more.
        """
        last = self._footprints.last()
        mapped = self._connection.execute(_MAP_FOOTPRINTS).rowcount
        if self._footprints.last() > last:
            self._load(last)
            if are_numbered:
                rows = self._connection.execute(_NUMBERED, {"last": last})
                self._keys = {(file, chr(number)): key for file, number, key in rows}
            if self._lacks_some(_ADD_NUMBERED if are_numbered else _ADD_FOOTPRINTS, self._footprints, last):
                self._connection.execute(_FIND_FOOTPRINTS, {"last": last})
                (mapped,) = self._connection.execute("SELECT count(new) FROM footprint_map").fetchone()
            wanted = self._seen.take()  # rows that are put in by order fill the data file's pages better
            self._connection.executemany("INSERT INTO wanted VALUES (?, ?, ?, ?)", wanted)
            self._add_signatures(len(wanted))
            for statement in _EMPTY.split(";"):
                self._connection.execute(statement)
            self._keys.clear()
        if mapped != number:
            raise UnsoundError(f"{number - mapped} rows of table footprint")

    def _load(self, last: int) -> None:
        """Remember what `main` has of the files that new footprints are of."""
        if not self._last_file:
            return
        numbers = {"last": last, "last_file": self._last_file}
        for (file,) in self._connection.execute(_FILES_WITH_NEW, numbers).fetchall():
            if file not in self._loaded:
                self._loaded.add(file)
                known = self._connection.execute("SELECT key, number FROM main.signature WHERE file_id = ?", (file,))
                for key, number in known:
                    self._seen.load(file, key, number)

    def _keys_of(self, file: int, characters: str) -> bytes:
        """The keys of a footprint of `part`. Raises KeyError or TypeError where there are none."""
        return b"".join(sorted([self._keys[file, character] for character in characters]))

    def _add_signatures(self, number: int) -> None:
        """Add what is wanted, so many."""
        connection = self._connection
        lacking = connection.execute(_FIND_SIGNATURES).rowcount
        # A signature's row says which file it is of, and no digest covers that. A footprint without one of its
        # signatures would be taken for whole by every later merge.
        if lacking != number:
            raise UnsoundError("a row of table signature is not there, or of another file")
        if lacking:
            last = self._codes.last()
            connection.execute(_MAP_CODES)
            if self._codes.last() > last and self._lacks_some(_ADD_CODES, self._codes, last):
                connection.execute(_FIND_CODES, {"last": last})
            if connection.execute(_ADD_SIGNATURES).rowcount != lacking:
                raise UnsoundError("a row of table signature or code")

    def _lacks_some(self, add: str, numbers: _Numbers, last: int) -> bool:
        """Add the rows that were numbered after the last; whether that was not possible with all of them."""
        return self._connection.execute(add, {"last": last}).rowcount != numbers.last() - last
