"""Files that nothing ran, made known to a data file so that reports count them."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from minicov_lsp.store.connection import open_merged, transaction
from minicov_tracer import partial, sources


def add_never_run(data_file: Path, files: Iterable[Path], root: Path) -> int:
    """Make files known that nothing ran; how many were new.

    Raises DataError where the data file is damaged, foreign or can't be written.
    """
    added = 0
    with closing(open_merged(data_file, str(root))) as connection, transaction(connection, data_file):
        (kept_root,) = connection.execute("SELECT value FROM meta WHERE key = 'root'").fetchone()
        (generation,) = connection.execute("SELECT value + 1 FROM meta WHERE key = 'generation'").fetchone()
        known = {path for (path,) in connection.execute("SELECT DISTINCT path FROM file")}
        for file in files:
            path = recorded_path(file, kept_root)
            text = None if path in known else sources.read(str(file))
            if text is None:
                continue
            data = text.encode("utf-8", "surrogatepass")
            digest, packed = hashlib.sha256(data).digest(), zlib.compress(data)
            sql = "INSERT OR IGNORE INTO source (digest, crc, text) VALUES (?, ?, ?)"
            connection.execute(sql, (digest, zlib.crc32(packed), packed))
            sql = "INSERT INTO file (path, digest, generation) VALUES (?, ?, ?)"
            connection.execute(sql, (path, digest, generation))
            connection.execute("DELETE FROM gone WHERE path = ?", (path,))
            known.add(path)
            added += 1
        if added:
            connection.execute("UPDATE meta SET value = ? WHERE key = 'generation'", (str(generation),))
    return added


def recorded_path(file: Path, root: str) -> str:
    """How a data file with this root names a file: relative with `/` below the root, else absolute."""
    return partial.storable(partial.recorded_path(str(file), root))
