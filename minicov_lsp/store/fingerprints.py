"""What tells without reading them that a file's facts are those that were read before, from whichever data file."""

from __future__ import annotations

import hashlib
import sqlite3

_CODES = "SELECT digest FROM code WHERE file_id = ? ORDER BY first_line, id"
_HITS = (
    "SELECT p.digest, x.digest FROM footprint p"
    " JOIN hit h ON h.footprint_id = p.id JOIN context x ON x.id = h.context_id"
    " WHERE p.file_id = ? ORDER BY p.digest, x.digest"
)
_COUNTS = "SELECT lines FROM line_count WHERE file_id = ? ORDER BY lines"


def fingerprint(connection: sqlite3.Connection, path: str) -> str:
    """A digest of all that `Database.facts` gives for a recorded path: two data files that agree in it agree there."""
    found = hashlib.sha256()
    rows = connection.execute("SELECT id, digest FROM file WHERE path = ? ORDER BY generation DESC, id DESC", (path,))
    for file, digest in rows.fetchall():
        found.update(b"file %d " % len(digest) + digest)
        for query in (_CODES, _HITS, _COUNTS):
            for row in connection.execute(query, (file,)):
                found.update(repr(row).encode())
            found.update(b";")
    return found.hexdigest()
