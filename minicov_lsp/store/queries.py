"""Questions that need not unfold a whole file: who ran some lines, and what one context ran."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from minicov_lsp.model import Line
from minicov_lsp.store.footprints import MEMBER, members
from minicov_lsp.store.probes import decode, lines_of


def contexts_of_lines(connection: sqlite3.Connection, path: str, first: Line, last: Line) -> frozenset[str]:
    """The labels of all contexts that ran any of these lines, in the newest version of a file."""
    row = connection.execute(
        "SELECT id FROM file WHERE path = ? ORDER BY generation DESC, id DESC LIMIT 1", (path,)
    ).fetchone()
    if row is None:
        return frozenset()
    masks = dict(_masks(connection, row[0], first, last))
    signatures = connection.execute(f"SELECT {MEMBER}, code_id, bits FROM signature WHERE file_id = ?", row)  # noqa: S608  # ours
    ran = {member for member, code, bits in signatures if int.from_bytes(bits, "little") & masks.get(code, 0)}
    footprints = connection.execute("SELECT id, signatures FROM footprint WHERE file_id = ?", row)
    found = [footprint for footprint, shown in footprints if not ran.isdisjoint(members(shown))]
    rows = connection.execute(
        "SELECT label FROM context WHERE id IN"
        " (SELECT context_id FROM hit WHERE footprint_id IN (SELECT value FROM json_each(?)))",
        (json.dumps(found),),
    )
    return frozenset(label for (label,) in rows)


def _masks(connection: sqlite3.Connection, file: int, first: Line, last: Line) -> Iterator[tuple[int, int]]:
    """(code object's row, its probes of these lines as a bit set), of those that have any."""
    for code, probes, first_line in connection.execute(
        "SELECT id, probes, first_line FROM code WHERE file_id = ?", (file,)
    ):
        lines = lines_of(probes, first_line)
        mask = sum(1 << number for number, line in enumerate(lines, 1) if first <= line <= last)
        if mask:
            yield code, mask


def lines_of_context(connection: sqlite3.Connection, label: str) -> dict[str, frozenset[Line]]:
    """{recorded path: lines} of all that one context ran, in the newest version of each file that it ran."""
    rows = connection.execute(
        "SELECT f.path, p.file_id, p.signatures FROM context x JOIN hit h ON h.context_id = x.id"
        " JOIN footprint p ON p.id = h.footprint_id JOIN file f ON f.id = p.file_id"
        " WHERE x.label = ? ORDER BY f.generation, f.id",
        (label,),
    ).fetchall()
    newest = {path: file for path, file, _ in rows}
    found: dict[str, set[Line]] = {}
    for path, file, shown in rows:
        if newest[path] == file:
            found.setdefault(path, set()).update(_lines_of(connection, file, shown))
    return {path: frozenset(lines) for path, lines in found.items()}


def _lines_of(connection: sqlite3.Connection, file: int, shown: bytes | str) -> Iterator[Line]:
    """The lines that the signatures of a footprint stand for."""
    sql = (
        "SELECT c.probes, c.first_line, s.bits FROM signature s JOIN code c ON c.id = s.code_id"  # noqa: S608  # ours
        f" WHERE s.file_id = ? AND instr(?, {MEMBER})"
    )
    for probes, first_line, bits in connection.execute(sql, (file, shown)):
        yield from decode(probes, first_line).ran(int.from_bytes(bits, "little"))[0]
