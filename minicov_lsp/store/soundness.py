"""Whether a partial file says what its process wrote: digests and seals, recomputed.

SQLite's own checks pass a third of flipped bits. Only what is new is looked at: a
row whose digest the data file knows already adds nothing, whatever is in it.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from functools import lru_cache

from minicov_tracer import seals, sources

_TALLY = (
    f"SELECT {seals.HIT_TALLY}, count(*), (SELECT count(*) FROM part.signature),"  # noqa: S608  # ours
    " EXISTS (SELECT 1 FROM part.line_count) FROM part.hit"
)
_FILES = "SELECT path, digest FROM part.file NOT INDEXED"
_CONTEXTS = """
    SELECT c.digest, c.label, r.name, c.time, o.outcome, o.duration, o.time
    FROM part.context c NOT INDEXED LEFT JOIN part.run r ON r.id = c.run_id
    LEFT JOIN part.outcome o ON o.context_id = c.id
"""
_COUNTS = """
    SELECT f.path, f.digest, n.part, n.total, n.lines
    FROM part.line_count n NOT INDEXED LEFT JOIN part.file f ON f.id = n.file_id
"""

MOST_TEXT = 3 * sources.MAX_SOURCE_BYTES
"""Bytes of UTF-8 that the largest source can have; what claims more is not unpacked."""


_file_share = lru_cache(maxsize=10_000)(seals.file_share)
"""The partial files of one run have mostly the same files."""
_told = lru_cache(maxsize=100)(str)
"""Of many contexts the time is the same."""


class UnsoundError(Exception):
    """Something in a partial file isn't what was written; the text says what."""


def check_seal(connection: sqlite3.Connection) -> None:
    """Compare an attached partial file's seal; where it has none, let SQLite look. Raises UnsoundError."""
    meta = dict(connection.execute("SELECT key, value FROM part.meta"))
    if "seal" not in meta:
        (found,) = connection.execute("PRAGMA part.quick_check(1)").fetchone()
        if found != "ok":
            raise UnsoundError(str(found))
        return
    hits, hit_count, signatures, has_counts = connection.execute(_TALLY).fetchone()
    files = _shares(connection, _FILES, _file_share)
    contexts = _shares(connection, _CONTEXTS, _context_share)
    runs = connection.execute("SELECT name, replaces FROM part.run NOT INDEXED").fetchall()
    counts = _shares(connection, _COUNTS, seals.count_share) if has_counts else 0
    if seals.seal(meta, runs, seals.Tally(files, contexts, hits, hit_count, signatures, counts)) != meta["seal"]:
        raise UnsoundError("its lists of files, contexts and hits are not those that were written")


def _shares(connection: sqlite3.Connection, sql: str, share: Callable[..., int]) -> int:
    """Exclusive or of the shares of rows. Raises TypeError and the like where a value is of another type."""
    combined = 0
    for row in connection.execute(sql):
        combined ^= share(*row)
    return combined


def _context_share(
    digest: bytes, label: str, run: str, time: float, outcome: str | None, duration: float | None, ended: float | None
) -> int:
    return seals.context_share(digest, label, run, _told(time), outcome, duration, _told(ended))


def is_whole_text(crc: object, text: object) -> bool:
    """Whether the text of a `source` row is the one that was written; the seal says so of its digest."""
    return isinstance(text, bytes) and zlib.crc32(text) == crc


def unpacked(text: bytes) -> bytes:
    """The UTF-8 of a source row's text; bounded, because the file may come from anywhere. Raises ValueError."""
    decompressor = zlib.decompressobj()
    try:
        data = decompressor.decompress(text, MOST_TEXT + 1)
    except zlib.error as error:
        raise ValueError(f"a source text is damaged: {error}") from error
    if len(data) > MOST_TEXT or not decompressor.eof:
        raise ValueError("a source text is damaged or too large")
    return data
