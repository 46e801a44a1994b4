"""What a process writes into its partial file: chunks of rows, that a seal covers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from struct import unpack_from

import pytest

from minicov_lsp.store import chunk_rows
from minicov_tracer import chunks, seals
from minicov_tracer.naming import RunInfo
from minicov_tracer.partial import CodeRow, PartialFile


@pytest.fixture
def partial(tmp_path: Path) -> PartialFile:
    """One without rows."""
    return PartialFile(str(tmp_path / "partial"), RunInfo(str(tmp_path), "run", False))


def footprints(partial: PartialFile, count: int) -> list[int]:
    """Rows of that many footprints of one file."""
    code = partial.code(CodeRow(partial.file(f"{partial.path}.py", "x = 1\n"), "f", 1, "3.12", ""))
    return [partial.footprint([partial.signature(code, bytes([bits]), "[]")]) for bits in range(1, count + 1)]


def rows_of(connection: sqlite3.Connection, kind: int) -> bytes:
    """All rows of a kind."""
    return b"".join(
        rows for (rows,) in connection.execute("SELECT rows FROM chunk WHERE kind = ? ORDER BY id", (kind,))
    )


def notes(connection: sqlite3.Connection) -> list[tuple[int, str | None, float, list[int]]]:
    """(context, outcome, duration, footprints) of each note."""
    rows, place, found = rows_of(connection, chunks.NOTE), 0, []
    while place < len(rows):
        context, outcome, count, _, duration = chunks.NOTE_HEAD.unpack_from(rows, place)
        place += chunks.NOTE_HEAD.size
        word = None if outcome == chunks.NO_OUTCOME else chunks.OUTCOMES[outcome]
        found.append((context, word, duration, list(unpack_from(f"<{count}I", rows, place))))
        place += 4 * count
    return found


def is_sealed(connection: sqlite3.Connection) -> bool:
    """Whether the seal is that of the rows; there are no counts."""
    tally = seals.Tally()
    for kind, rows in connection.execute("SELECT kind, rows FROM chunk ORDER BY id"):
        tally.add(kind, rows)
    meta: dict[str, str] = dict(connection.execute("SELECT key, value FROM meta"))
    return seals.seal(meta, connection.execute("SELECT name, replaces FROM run").fetchall(), tally) == meta["seal"]


def test_names_are_numbered_over_transactions(partial: PartialFile) -> None:
    """A context is there once, under what UTF-8 can hold of its name, and so is a version of a file."""
    for names in (["", "t.py::test_a", "\ud800"], ["t.py::test_a", "t.py::test_b"]):
        with partial.transaction():
            for name in names:
                partial.outcome(partial.context(name), "passed", 0.5)
            for text in ("x = 1\n", None):
                partial.file(f"{partial.path}.py", text)
    assert [partial.context(name) for name in ("", "t.py::test_b")] == [1, 4]
    partial.close()
    with closing(sqlite3.connect(partial.path)) as found:
        names = ["", "t.py::test_a", "\\ud800", "t.py::test_b"]
        assert chunk_rows.contexts(rows_of(found, chunks.CONTEXT)) == names
        (digest,) = found.execute("SELECT digest FROM source").fetchone()
        path = "partial.py"
        assert chunk_rows.files(rows_of(found, chunks.FILE)) == [(path, digest), (path, b"")]
        assert is_sealed(found)


def test_a_note_is_what_is_new(partial: PartialFile) -> None:
    """In a transaction a context has one note; another has what it did since; one that did nothing has one too."""
    with partial.transaction():
        first, second, third = footprints(partial, 3)
        partial.left(partial.context("t"), [first])
        partial.left(partial.context("t"), [third, first])
        partial.left(partial.context("u"), [])
        partial.outcome(partial.context("t"), "failed", 0.25)
    with partial.transaction():
        partial.left(partial.context("t"), [second])
    with partial.transaction():
        partial.outcome(partial.context("u"), "odd", 1)
    partial.close()
    with closing(sqlite3.connect(partial.path)) as found:
        assert notes(found) == [
            (1, "failed", 0.25, [first, third, first]),
            (2, None, 0.0, []),
            (1, None, 0.0, [second]),
            (2, None, 0.0, []),
        ]
        assert is_sealed(found)


def test_many_notes_and_long_chunks(partial: PartialFile) -> None:
    """Whatever is written before a transaction ends, each context has its footprints and its outcome."""
    with partial.transaction():
        (row,) = footprints(partial, 1)
        for number in range(2000):
            context = partial.context(f"{number} {'x' * 100}")
            partial.outcome(context, "passed", number)
            partial.left(context, [row] * 10)
    partial.close()
    with closing(sqlite3.connect(partial.path)) as found:
        assert notes(found) == [(number + 1, "passed", number, [row] * 10) for number in range(2000)]
        kinds = [kind for (kind,) in found.execute("SELECT kind FROM chunk")]
        assert (kinds.count(chunks.CONTEXT), kinds.count(chunks.NOTE)) == (4, 3)
        assert is_sealed(found)


@pytest.mark.parametrize("kind", [kind for kind in chunks.KINDS if kind != chunks.CODE])
@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM chunk WHERE kind = ?",
        "UPDATE chunk SET rows = CAST(rows || x'00' AS BLOB) WHERE kind = ?",
        "UPDATE chunk SET kind = kind % 6 + 1 WHERE kind = ?",
        "INSERT INTO chunk (kind, rows) SELECT kind, rows FROM chunk WHERE kind = ?",
    ],
)
def test_seal_covers_chunks(partial: PartialFile, damage: str, kind: int) -> None:
    """Chunks that are others than those that were written make another seal."""
    with partial.transaction():
        partial.left(partial.context("t.py::test_a"), footprints(partial, 1))
    partial.close()
    with closing(sqlite3.connect(partial.path)) as found:
        assert is_sealed(found)
        assert found.execute(damage, (kind,)).rowcount == 1
        assert not is_sealed(found)
