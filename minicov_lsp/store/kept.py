"""Partial files that stay where they are although they are merged, because that was asked for.

Whoever reads the data merges what lies beside it, and deletes that: not these, unless they were written to since. The
data file names them in its `meta` under `kept`, as JSON: {absolute path: [inode, time in ns, size in bytes]}.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from minicov_lsp.log import Log
from minicov_lsp.store.connection import has_content, open_merged, open_reader, transaction
from minicov_lsp.store.partials import gather_partials, has_company
from minicov_lsp.store.reader import file_stamp

log = Log(__name__)

_KEY = "kept"


def note_kept(data_file: Path, partials: Iterable[Path]) -> None:
    """Remember partial files that a data file now holds and that are to stay. Raises DataError."""
    with contextlib.closing(open_merged(data_file, "")) as connection, transaction(connection, data_file):
        kept = {path: stamp for path, stamp in _kept(connection).items() if _stamp(Path(path)) == stamp}
        kept |= {str(partial.absolute()): _stamp(partial) for partial in partials}
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_KEY, json.dumps(kept)))


def unmerged_partials(data_file: Path, tell: Callable[[str], None] = log.warning) -> tuple[Path, ...]:
    """What `gather_partials` finds, without what was merged and stays. Raises DataError."""
    if not has_company(data_file):
        return ()
    found = gather_partials(data_file, tell)
    if not found or not has_content(data_file):
        return found
    with contextlib.closing(open_reader(data_file)) as connection:
        kept = _kept(connection)
    return tuple(partial for partial in found if kept.get(str(partial.absolute())) != _stamp(partial))


def _stamp(path: Path) -> list[int]:
    return list(file_stamp(path))


def _kept(connection: sqlite3.Connection) -> dict[str, list[int]]:
    """What a data file, which may come from anywhere, says of them."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
    try:
        kept = json.loads(row[0]) if row is not None else {}
    except (TypeError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
