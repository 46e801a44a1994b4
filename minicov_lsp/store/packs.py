"""Packs of texts in a merged file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import accumulate

PACK_BYTES = 64 * 1024
"""With so many a pack is full: it leaves little of its pages unused, and is read in microseconds."""

_UNUSED = "FROM main.source WHERE digest NOT IN (SELECT digest FROM main.file)"
_OF_PACK = """
    SELECT s.digest, s.crc, substr(p.texts, s.place, s.size) FROM main.source s JOIN main.pack p ON p.id = s.pack_id
    WHERE s.pack_id = ? ORDER BY s.place
"""


def write_pack(connection: sqlite3.Connection, sources: Sequence[tuple[bytes, int, bytes]]) -> None:
    """Add sources (digest, CRC, text as it is packed) whose texts lie together."""
    texts = b"".join([text for _, _, text in sources])
    pack = connection.execute("INSERT INTO pack (texts) VALUES (?)", (texts,)).lastrowid
    ends = accumulate(len(text) for _, _, text in sources)
    rows = [
        (digest, crc, pack, end - len(text) + 1, len(text))
        for (digest, crc, text), end in zip(sources, ends, strict=True)
    ]
    connection.executemany("INSERT INTO source (digest, crc, pack_id, place, size) VALUES (?, ?, ?, ?, ?)", rows)


def write_packs(connection: sqlite3.Connection, sources: Iterable[tuple[bytes, int, bytes]]) -> None:
    """Add sources (digest, CRC, text as it is packed), in as few packs as they fill."""
    waiting: list[tuple[bytes, int, bytes]] = []
    size = 0
    for source in sources:
        waiting.append(source)
        size += len(source[2])
        if size >= PACK_BYTES:
            write_pack(connection, waiting)
            waiting, size = [], 0
    if waiting:
        write_pack(connection, waiting)


def drop_unused_sources(connection: sqlite3.Connection) -> None:
    """Drop sources that no file has; what is left of packs that lost some is packed anew. Within a transaction."""
    packs = connection.execute(f"SELECT DISTINCT pack_id {_UNUSED}").fetchall()
    connection.execute(f"DELETE {_UNUSED}")
    left = [source for pack in packs for source in connection.execute(_OF_PACK, pack).fetchall()]
    connection.executemany("DELETE FROM main.source WHERE digest = ?", [(digest,) for digest, _, _ in left])
    connection.executemany("DELETE FROM main.pack WHERE id = ?", packs)
    write_packs(connection, left)
