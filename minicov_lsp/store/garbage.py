"""Taking out of the data file what nothing refers to any more, within a transaction of the caller's.

A footprint that no context left has '' for `contexts`: whoever takes contexts away leaves it so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from minicov_lsp.store.merged_schema import MOST_OF_A_FILE, of_file
from minicov_lsp.store.packs import drop_unused_sources

_OF_FILE = of_file("id", ":file")
_SIGNATURES_OF = f"SELECT signatures FROM main.footprint WHERE {_OF_FILE}"  # noqa: S608  # ours
_CODES_OF = f"""
    DELETE FROM main.code WHERE {_OF_FILE}
        AND id & {MOST_OF_A_FILE} NOT IN (SELECT code FROM main.signature WHERE {_OF_FILE})
"""  # noqa: S608

# The generation is about to be raised by one.
_GONE = """
    INSERT OR REPLACE INTO main.gone (path, generation)
        SELECT path, (SELECT value + 1 FROM main.meta WHERE key = 'generation') FROM main.file f
        WHERE id = :file AND NOT EXISTS (SELECT 1 FROM main.file o WHERE o.path = f.path AND o.id <> f.id)
"""
_PREFIXES = "DELETE FROM main.prefix WHERE id NOT IN (SELECT prefix_id FROM main.context)"


def drop_unused(connection: sqlite3.Connection, files: Iterable[int]) -> None:
    """Drop of these files, told by their rows, footprints without contexts and what only they told of.

    These are signatures, and code objects of which no signature tells.
    """
    for file in files:
        connection.execute(f"DELETE FROM main.footprint WHERE {_OF_FILE} AND contexts = ''", {"file": file})  # noqa: S608  # ours
        drop_untold(connection, file)


def drop_untold(connection: sqlite3.Connection, file: int) -> None:
    """Drop a file's signatures that are in none of its footprints, and its code objects of which no signature tells."""
    used: set[str] = set()
    for (signatures,) in connection.execute(_SIGNATURES_OF, {"file": file}):
        used.update(signatures)
    rows = connection.execute(f"SELECT id FROM main.signature WHERE {_OF_FILE}", {"file": file}).fetchall()  # noqa: S608  # ours
    unused = [row for row in rows if chr(row[0] & MOST_OF_A_FILE) not in used]
    connection.executemany("DELETE FROM main.signature WHERE id = ?", unused)
    connection.execute(_CODES_OF, {"file": file})


def drop_files(connection: sqlite3.Connection, files: Iterable[int]) -> None:
    """Drop versions of files, told by their rows, with all below them; `gone` gets what has no other version.

    Called within a transaction that raises the generation by one.
    """
    is_dropping = False
    for file in files:
        is_dropping = True
        for table in ("footprint", "signature", "code"):
            connection.execute(f"DELETE FROM main.{table} WHERE {_OF_FILE}", {"file": file})  # noqa: S608  # ours
        connection.execute("DELETE FROM main.line_count WHERE file_id = :file", {"file": file})
        connection.execute(_GONE, {"file": file})
        connection.execute("DELETE FROM main.file WHERE id = :file", {"file": file})
    if is_dropping:
        drop_unused_sources(connection)


def drop_unused_contexts(connection: sqlite3.Connection) -> int:
    """Drop contexts that no footprint tells and that have no outcome, and prefixes that no name has; how many contexts.

    Goes through all footprints if there is a context without an outcome.
    """
    candidates = [number for (number,) in connection.execute("SELECT id FROM main.context WHERE outcome IS NULL")]
    if not candidates:
        return 0
    used: set[str] = set()
    for (contexts,) in connection.execute("SELECT contexts FROM main.footprint"):
        used.update(contexts)
    unused = [(number,) for number in candidates if chr(number) not in used]
    connection.executemany("DELETE FROM main.context WHERE id = ?", unused)
    if unused:
        drop_unused_prefixes(connection)
    return len(unused)


def drop_unused_prefixes(connection: sqlite3.Connection) -> None:
    """Drop prefixes that no context has."""
    connection.execute(_PREFIXES)
