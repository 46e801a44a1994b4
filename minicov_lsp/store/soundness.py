"""Whether a partial file says what its process wrote: digests and seals, recomputed.

SQLite's own checks pass a third of flipped bits. Only what is new is looked at: a
row whose digest the data file knows already adds nothing, whatever is in it.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib

from minicov_tracer import seals, sources

MOST_TEXT = 3 * sources.MAX_SOURCE_BYTES
"""Bytes of UTF-8 that the largest source can have; what claims more is not unpacked."""


class UnsoundError(Exception):
    """Something in a partial file isn't what was written; the text says what."""


def check_seals(connection: sqlite3.Connection) -> None:
    """Compare an attached partial file's seals; where it has none, let SQLite look. Raises UnsoundError."""
    meta = dict(connection.execute("SELECT key, value FROM part.meta"))
    if "seal" not in meta:
        (found,) = connection.execute("PRAGMA part.quick_check(1)").fetchone()
        if found != "ok":
            raise UnsoundError(str(found))
        return
    files = 0
    rows = connection.execute(
        "SELECT f.path, s.digest FROM part.file f NOT INDEXED LEFT JOIN part.source s ON s.id = f.source_id"
    )
    for path, digest in rows:
        files ^= seals.file_seal(path, digest or "")
    if seals.meta_seal(meta, files) != meta["seal"]:
        raise UnsoundError("its list of files is damaged")
    contexts = connection.execute(
        """
        SELECT c.seal, c.label, c.run, c.time, c.replaces, o.outcome, o.duration, h.number, h.total
        FROM part.context c NOT INDEXED
        LEFT JOIN part.outcome o ON o.context_id = c.id
        JOIN (SELECT context_id, count(*) AS number, sum(footprint_id) AS total FROM part.hit GROUP BY 1
            UNION ALL SELECT id, 0, 0 FROM part.context c WHERE NOT EXISTS
                (SELECT 1 FROM part.hit x WHERE x.context_id = c.id)) h ON h.context_id = c.id
        """
    )
    for seal, *held in contexts:
        if seal != seals.context_seal(*held):
            raise UnsoundError("the hits of a context are damaged")


def is_whole_code(digest: bytes, *row: object) -> bool:
    """Whether a `code` row is what its digest says; `row` is its other columns but the ids, in order."""
    try:
        return digest == seals.code_digest(*row)  # type: ignore[arg-type]  # a damaged file may hold any type
    except (TypeError, AttributeError):
        return False


def is_whole_text(digest: object, size: object, text: object) -> bool:
    """Whether a `source` row is what its digest says."""
    if text is None:
        return digest == "" and size == 0
    try:
        data = unpacked(text) if isinstance(text, bytes) else b""
    except ValueError:
        return False
    return len(data) == size and hashlib.sha256(data).hexdigest() == digest


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
