"""Taking out of the data file what nothing refers to any more."""

from __future__ import annotations

import sqlite3

from minicov_lsp.store.footprints import MEMBER, members


def drop_footprints(connection: sqlite3.Connection, footprints: str) -> None:
    """Drop footprints, given as SQL for their ids, with their hits and the code objects that only they told of.

    Called within a transaction.
    """
    connection.execute("CREATE TEMP TABLE unused (id INTEGER PRIMARY KEY, file INTEGER NOT NULL)")
    connection.execute(f"INSERT INTO unused SELECT id, file_id FROM main.footprint WHERE id IN ({footprints})")  # noqa: S608  # ours
    connection.execute("DELETE FROM main.hit WHERE footprint_id IN (SELECT id FROM unused)")
    connection.execute("DELETE FROM main.footprint WHERE id IN (SELECT id FROM unused)")
    for (file,) in connection.execute("SELECT DISTINCT file FROM unused").fetchall():
        _drop_signatures(connection, file)
    connection.execute(
        "DELETE FROM main.code WHERE file_id IN (SELECT file FROM unused)"
        " AND id NOT IN (SELECT s.code_id FROM unused u JOIN main.signature s ON s.file_id = u.file)"
    )
    connection.execute("DROP TABLE unused")


def drop_files(connection: sqlite3.Connection, files: str) -> None:
    """Drop versions of files that have no code objects, given as SQL for their ids; `gone` gets what has no other.

    Called within a transaction, which raises the generation by one.
    """
    connection.execute("CREATE TEMP TABLE dropped (id INTEGER PRIMARY KEY)")
    connection.execute(f"INSERT INTO dropped {files}")
    connection.execute(
        """
        INSERT OR REPLACE INTO main.gone (path, generation)
            SELECT DISTINCT path, (SELECT value + 1 FROM main.meta WHERE key = 'generation') FROM main.file
            WHERE id IN (SELECT id FROM dropped)
                AND path NOT IN (SELECT path FROM main.file WHERE id NOT IN (SELECT id FROM dropped))
        """
    )
    connection.execute("DELETE FROM main.line_count WHERE file_id IN (SELECT id FROM dropped)")
    connection.execute("DELETE FROM main.file WHERE id IN (SELECT id FROM dropped)")
    connection.execute("DELETE FROM main.source WHERE digest NOT IN (SELECT digest FROM main.file)")
    connection.execute("DROP TABLE dropped")


def _drop_signatures(connection: sqlite3.Connection, file: int) -> None:
    """Drop the signatures of a file that are in no footprint of it."""
    rows = connection.execute("SELECT signatures FROM main.footprint WHERE file_id = ?", (file,))
    used = {member for (signatures,) in rows for member in members(signatures)}
    found = connection.execute(f"SELECT key, {MEMBER} FROM main.signature WHERE file_id = ?", (file,)).fetchall()  # noqa: S608  # ours
    unused = [(file, key) for key, member in found if member not in used]
    connection.executemany("DELETE FROM main.signature WHERE file_id = ? AND key = ?", unused)
