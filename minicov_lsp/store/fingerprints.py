"""What tells without reading them that a file's facts are those that were read before, from whichever data file."""

from __future__ import annotations

import hashlib
import sqlite3

from minicov_lsp.store.merged_schema import MOST_OF_A_FILE, of_file
from minicov_lsp.store.names import Names

_CODES = f"SELECT digest FROM code WHERE {of_file('id', ':file')} ORDER BY first_line, digest"  # noqa: S608  # ours, as below
_KEYS = f"SELECT char(id & {MOST_OF_A_FILE}), key FROM signature WHERE {of_file('id', ':file')}"  # noqa: S608
_FOOTPRINTS = f"SELECT signatures, contexts FROM footprint WHERE {of_file('id', ':file')}"  # noqa: S608
_COUNTS = "SELECT lines FROM line_count WHERE file_id = :file ORDER BY lines"


def fingerprint(connection: sqlite3.Connection, names: Names, path: str) -> str:
    """A digest of all that `Database.facts` gives for a recorded path: two data files that agree in it agree there.

    Numbers of rows, and characters made of them, are not in it: they are others in each data file.
    """
    found = hashlib.sha256()
    rows = connection.execute("SELECT id, digest FROM file WHERE path = ? ORDER BY generation DESC, id DESC", (path,))
    for row, digest in rows.fetchall():
        file = {"file": row}
        found.update(b"file %d " % len(digest) + digest)
        found.update(repr(connection.execute(_CODES, file).fetchall()).encode())
        key = dict(connection.execute(_KEYS, file)).__getitem__
        footprints = connection.execute(_FOOTPRINTS, file).fetchall()
        label = names.of(connection, "".join([contexts for _, contexts in footprints])).__getitem__
        shown = [(sorted(map(key, shown)), sorted(map(label, contexts))) for shown, contexts in footprints if contexts]
        found.update(repr(sorted(shown)).encode())
        found.update(repr(connection.execute(_COUNTS, file).fetchall()).encode())
    return found.hexdigest()
