"""What versions 2 to 5 digested and later ones do not: names of contexts, and rows of a partial file by its seal."""

from __future__ import annotations

import sqlite3
import zlib

from minicov_tracer import seals
from minicov_tracer.digests import blake2b

_HITS = "SELECT coalesce(sum(context_id * 8191 + footprint_id), 0), count(*) FROM old_hit"
_FILES = "SELECT path, digest FROM old_file"
_CONTEXTS = """
    SELECT c.digest, c.label, r.name, c.time, o.outcome, o.duration, o.time
    FROM old_context c LEFT JOIN run r ON r.id = c.run_id LEFT JOIN old_outcome o ON o.context_id = c.id
"""
_COUNTS = """
    SELECT f.path, f.digest, n.part, n.total, n.lines FROM old_line_count n LEFT JOIN old_file f ON f.id = n.file_id
"""


def context_digest(label: str) -> bytes:
    """What `context.digest` must be."""
    return blake2b(label.encode("utf-8", "surrogatepass"), digest_size=seals.SIZE).digest()


def check_seal_5(connection: sqlite3.Connection) -> int | None:
    """Check the seal of a partial file, whose tables that became chunks are called old_…; None if it has none.

    What it has of `line_count` is in the seals of later versions too. Raises ValueError where it is not right, and
    TypeError or AttributeError for values of other types.
    """
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    if "seal" not in meta:
        return None
    files = contexts = counts = 0
    for path, digest in connection.execute(_FILES):
        files ^= zlib.crc32(path.encode(), zlib.crc32(digest))
    for digest, *others in connection.execute(_CONTEXTS):
        contexts ^= zlib.crc32("\0".join(map(str, others)).encode(), zlib.crc32(digest))
    for row in connection.execute(_COUNTS):
        counts ^= seals.count_share(*row)
    hits = connection.execute(_HITS).fetchone()
    (signatures,) = connection.execute("SELECT count(*) FROM old_signature").fetchone()
    rest = [(key, value) for key, value in sorted(meta.items()) if key != "seal"]
    runs = sorted(connection.execute("SELECT name, replaces FROM run"))
    sealed = (files, contexts, *hits, signatures, *([counts] if counts else []))
    if meta["seal"] != context_digest(repr((rest, runs, sealed))).hex():
        raise ValueError("its lists of files, contexts and hits are not those that were written")
    return counts
