"""Whether a partial file says what its process wrote: digests and seals, recomputed.

SQLite's own checks pass a third of flipped bits. Only what is new is looked at: a
row whose digest the data file knows already adds nothing, whatever is in it.
"""

from __future__ import annotations

import sqlite3
import zlib

from minicov_tracer import seals, sources

_HEAD = "SELECT NULL, key, value FROM meta UNION ALL SELECT id, name, replaces FROM run"
"""At once: to compile a statement takes longer than to read these few rows."""

MOST_TEXT = 3 * sources.MAX_SOURCE_BYTES
"""Bytes of UTF-8 that the largest source can have; what claims more is not unpacked."""


class UnsoundError(Exception):
    """Something in a partial file isn't what was written; the text says what."""


class Seal:
    """The seal of a partial file, and what was found in it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Where a file has no seal, SQLite looks at it. Raises UnsoundError."""
        self.meta: dict[str, str] = {}
        self.runs: list[tuple[int, str, int]] = []
        for run, key, value in connection.execute(_HEAD):
            if run is None:
                self.meta[key] = value
            else:
                self.runs.append((run, key, value))
        if "seal" not in self.meta:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise UnsoundError(str(found))
        self.tally = seals.Tally()
        """What was found."""

    def check(self) -> None:
        """Raise UnsoundError where that is not what was written."""
        if "seal" in self.meta:
            runs = [(name, replaces) for _, name, replaces in self.runs]
            if seals.seal(self.meta, runs, self.tally) != self.meta["seal"]:
                raise UnsoundError("its rows are not those that were written")


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
