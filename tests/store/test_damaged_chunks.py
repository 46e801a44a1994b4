"""Chunks of rows that no process wrote: whatever is in them, a partial file that has them is set aside."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from minicov_lsp.store.combine import combine
from minicov_tracer import chunks, seals

from .recording import Recorder, lines_by_context

Change = Callable[[bytes], bytes]


def with_number(place: int, number: int) -> Change:
    """Another number of four bytes at a place of the first row, from 0."""

    def change(rows: bytes) -> bytes:
        changed = bytearray(rows)
        struct.pack_into("<I", changed, 4 * place, number)
        return bytes(changed)

    return change


def with_bytes(old: bytes, new: bytes) -> Change:
    """Other bytes in the place of some."""

    def change(rows: bytes) -> bytes:
        assert old in rows
        return rows.replace(old, new, 1)

    return change


def rewrite(path: Path, kind: int, change: Change, *, is_sealed: bool) -> None:
    """Change the rows of a kind; if `is_sealed`, the seal is made what it has to be of that."""
    tally = seals.Tally()
    with closing(sqlite3.connect(path)) as connection, connection:
        for row, found, rows in connection.execute("SELECT id, kind, rows FROM chunk ORDER BY id").fetchall():
            new = change(rows) if found == kind else rows
            tally.add(found, new)
            connection.execute("UPDATE chunk SET rows = ? WHERE id = ?", (new, row))
        if is_sealed:
            meta = dict(connection.execute("SELECT key, value FROM meta"))
            runs = connection.execute("SELECT name, replaces FROM run").fetchall()
            connection.execute("UPDATE meta SET value = ? WHERE key = 'seal'", (seals.seal(meta, runs, tally),))


NAMES = {number: name for name, number in vars(chunks).items() if number in chunks.KINDS and name.isupper()}
EACH: dict[str, Change] = {
    "nothing": lambda rows: b"",
    "a byte less": lambda rows: rows[:-1],
    "a byte more": lambda rows: rows + b"\0",
    "half of a row": lambda rows: rows[: len(rows) // 2 + 1],
    "a first number of zero": with_number(0, 0),
    "a first number of nothing": with_number(0, 99),
    "a first number that is too large": with_number(0, 0xFFFF_FFFF),
    "a second number that is too large": with_number(1, 0xFFFF_FFFF),
}
"""What is done to each kind."""
SEALED: dict[str, tuple[int, Change]] = {
    "a path that is no text": (chunks.FILE, with_bytes(b"a.py", b"\xff\xfe\xfd\xfc")),
    "another name of a code object": (chunks.CODE, with_bytes(b"first", b"other")),
    "another digest": (chunks.CODE, lambda rows: rows[:28] + bytes(8) + rows[36:]),
    "a size that is too large": (chunks.CODE, with_number(4, 0xFFFF_FFFF)),
    "a code object that is not there": (chunks.SIGNATURE, with_number(1, 99)),
    "a code object of another file": (chunks.SIGNATURE, with_number(0, 2)),
    "another key": (chunks.SIGNATURE, lambda rows: rows[:16] + bytes(6) + rows[22:]),
    "a footprint of another file": (chunks.FOOTPRINT, with_number(0, 2)),
    "a footprint of other signatures": (chunks.FOOTPRINT, lambda rows: rows[:16] + bytes(6) + rows[22:]),
    "a footprint of another digest": (chunks.FOOTPRINT, lambda rows: rows[:8] + bytes(8) + rows[16:]),
    "a context that is no text": (chunks.CONTEXT, with_bytes(b"t1", b"\xff\xff")),
    "an outcome that is none": (chunks.NOTE, with_number(1, 77)),
    "more footprints than there are": (chunks.NOTE, with_number(2, 9)),
    "a footprint that is not there": (chunks.NOTE, with_number(7, 99)),
    "a footprint of number zero": (chunks.NOTE, with_number(7, 0)),
}
"""Of a kind, and sealed as if a process had written it."""


@pytest.fixture
def partial(recorder: Recorder) -> Path:
    """A partial file of two files and two contexts."""
    return recorder.record(
        {"t1": {"a.py": [2, 3], "pkg/b.py": [8]}, "": {"a.py": [1, 7]}}, outcomes={"t1": ("passed", 0.5)}
    )


def assert_set_aside(partial: Path, recorder: Recorder) -> None:
    """That it is, and that the rest is merged."""
    recorder.record({"t2": {"a.py": [2]}})
    result = combine(recorder.data_file)
    (problem,) = result.problems
    assert (result.merged, result.damaged) == (1, (Path(f"{partial}.bad"),))
    assert "damaged" in problem.message
    assert "\n" not in problem.message
    assert lines_by_context(recorder.data_file) == {"a.py": {"t2": [2]}}


@pytest.mark.parametrize("kind", chunks.KINDS, ids=lambda kind: NAMES[kind].lower())
@pytest.mark.parametrize("damage", EACH)
def test_rows_that_were_not_written(partial, recorder, kind, damage):
    """Other rows than those that were written are found by the seal, or by the digests of code objects."""
    rewrite(partial, kind, EACH[damage], is_sealed=False)
    assert_set_aside(partial, recorder)


@pytest.mark.parametrize("kind", chunks.KINDS, ids=lambda kind: NAMES[kind].lower())
@pytest.mark.parametrize("damage", ["a byte less", "a byte more", "half of a row", "a second number that is too large"])
def test_sealed_rows_that_are_none(partial, recorder, kind, damage):
    """Rows of no form are found, even with the right seal."""
    rewrite(partial, kind, EACH[damage], is_sealed=True)
    assert_set_aside(partial, recorder)


@pytest.mark.parametrize("damage", SEALED)
def test_sealed_rows_that_do_not_fit(partial, recorder, damage):
    """Rows that contradict each other are found, even with the right seal."""
    rewrite(partial, *SEALED[damage], is_sealed=True)
    assert_set_aside(partial, recorder)


@pytest.mark.parametrize("change", ["kind = 9", "kind = 0", "kind = 'x'", "rows = 'abc'", "rows = 7"])
def test_chunk_of_nothing_known(partial, recorder, change):
    """A chunk of another kind, or one that is no bytes, is no chunk that was written."""
    with closing(sqlite3.connect(partial)) as connection, connection:
        connection.execute(f"UPDATE chunk SET {change} WHERE id = 5")
    assert_set_aside(partial, recorder)
