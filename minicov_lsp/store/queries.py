"""Questions that need not unfold a whole file: who ran some lines, and what one context ran."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from minicov_lsp.model import Line
from minicov_lsp.store.merged_schema import FILE_SHIFT, MOST_OF_A_FILE, of_file
from minicov_lsp.store.names import Names, split
from minicov_lsp.store.probes import decode, lines_of

_CODES = f"""
    SELECT id & {MOST_OF_A_FILE}, probes, first_line FROM code WHERE {of_file("id", ":file")}
"""  # noqa: S608  # ours, as below
_SIGNATURES = f"""
    SELECT char(id & {MOST_OF_A_FILE}), code, bits FROM signature WHERE {of_file("id", ":file")}
"""  # noqa: S608
_FOOTPRINTS = f"SELECT signatures, contexts FROM footprint WHERE {of_file('id', ':file')}"  # noqa: S608
_CONTEXT = "SELECT char(id) FROM context WHERE label = ? AND prefix_id IN (SELECT id FROM prefix WHERE label = ?)"
_FOOTPRINTS_OF_CONTEXT = f"""
    SELECT f.path, f.id, p.signatures FROM footprint p CROSS JOIN file f ON f.id = p.id >> {FILE_SHIFT}
    WHERE instr(p.contexts, ?) ORDER BY f.generation, f.id
"""  # noqa: S608
_SHOWN = f"""
    SELECT c.probes, c.first_line, s.bits FROM signature s JOIN code c ON c.id = (:file << {FILE_SHIFT}) + s.code
    WHERE {of_file("s.id", ":file")} AND instr(:shown, char(s.id & {MOST_OF_A_FILE}))
"""  # noqa: S608


def contexts_of_lines(
    connection: sqlite3.Connection, names: Names, path: str, first: Line, last: Line
) -> frozenset[str]:
    """The labels of all contexts that ran any of these lines, in the newest version of a file."""
    row = connection.execute(
        "SELECT id FROM file WHERE path = ? ORDER BY generation DESC, id DESC LIMIT 1", (path,)
    ).fetchone()
    if row is None:
        return frozenset()
    file = {"file": row[0]}
    masks = dict(_masks(connection, row[0], first, last))
    ran = {
        signature
        for signature, code, bits in connection.execute(_SIGNATURES, file)
        if int.from_bytes(bits, "little") & masks.get(code, 0)
    }
    footprints = connection.execute(_FOOTPRINTS, file)
    found = set("".join([contexts for shown, contexts in footprints if not ran.isdisjoint(shown)]))
    return frozenset(map(names.of(connection, "".join(found)).__getitem__, found))


def _masks(connection: sqlite3.Connection, file: int, first: Line, last: Line) -> Iterator[tuple[int, int]]:
    """(code object's number, its probes of these lines as a bit set), of those that have any."""
    for code, probes, first_line in connection.execute(_CODES, {"file": file}):
        lines = lines_of(probes, first_line)
        mask = sum(1 << number for number, line in enumerate(lines, 1) if first <= line <= last)
        if mask:
            yield code, mask


def lines_of_context(connection: sqlite3.Connection, label: str) -> dict[str, frozenset[Line]]:
    """{recorded path: lines} of all that one context ran, in the newest version of each file that it ran."""
    prefix, rest = split(label)
    context = connection.execute(_CONTEXT, (rest, prefix)).fetchone()
    rows = connection.execute(_FOOTPRINTS_OF_CONTEXT, context).fetchall() if context else []
    newest = {path: file for path, file, _ in rows}
    found: dict[str, set[Line]] = {}
    for path, file, shown in rows:
        if newest[path] == file:
            found.setdefault(path, set()).update(_lines_of(connection, file, shown))
    return {path: frozenset(lines) for path, lines in found.items()}


def _lines_of(connection: sqlite3.Connection, file: int, shown: str) -> Iterator[Line]:
    """The lines that the signatures of a footprint stand for."""
    for probes, first_line, bits in connection.execute(_SHOWN, {"file": file, "shown": shown}):
        yield from decode(probes, first_line).ran(int.from_bytes(bits, "little"))[0]
