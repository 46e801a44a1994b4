"""What a process writes into its partial file: plain rows, that a seal covers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from struct import unpack

import pytest

from minicov_tracer import seals
from minicov_tracer.naming import RunInfo
from minicov_tracer.partial import CodeRow, PartialFile

NAMES = ("", "unit|t.py::T::test_a[x::y]", "t.py::T::test_b", "t.py::T::test_c", "no-folder")


@pytest.fixture
def partial(tmp_path: Path) -> PartialFile:
    """One without rows."""
    return PartialFile(str(tmp_path / "partial"), RunInfo(str(tmp_path), "run", False))


def footprints(partial: PartialFile, count: int) -> list[int]:
    """Rows of that many footprints of one file."""
    code = partial.code(CodeRow(partial.file(partial.path + ".py", "x = 1\n"), "f", 1, "3.12", ""))
    return [partial.footprint([partial.signature(code, bytes([bits]), "[]")]) for bits in range(1, count + 1)]


def hits(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """(context, footprint), as often as it was noted."""
    rows = connection.execute("SELECT context_id, footprints FROM hit ORDER BY rowid")
    return [(context, row) for context, packed in rows for row in unpack(f"<{len(packed) // 4}I", packed)]


def is_sealed(connection: sqlite3.Connection) -> bool:
    """Whether the seal is that of the rows; there are no counts."""
    contexts = files = 0
    for row in connection.execute(
        "SELECT c.digest, p.label || c.label, r.name, c.time, o.outcome, o.duration, o.time"
        " FROM context c JOIN prefix p ON p.id = c.prefix_id JOIN run r ON r.id = c.run_id"
        " LEFT JOIN outcome o ON o.context_id = c.id"
    ):
        contexts ^= seals.context_share(*row)
    for path, digest in connection.execute("SELECT path, digest FROM file"):
        files ^= seals.file_share(path, digest)
    told = hits(connection)
    (signatures,) = connection.execute("SELECT count(*) FROM signature").fetchone()
    tally = seals.Tally(files, contexts, sum(context * 8191 + row for context, row in told), len(told), signatures)
    meta: dict[str, str] = dict(connection.execute("SELECT key, value FROM meta"))
    return seals.seal(meta, connection.execute("SELECT name, replaces FROM run").fetchall(), tally) == meta["seal"]


def test_names_are_kept_in_two_parts(partial: PartialFile) -> None:
    """What contexts' names have in common up to their last "::" is there once, over transactions; digests are whole."""
    for names in (NAMES[:3], NAMES[2:]):
        with partial.transaction():
            for name in names:
                partial.outcome(partial.context(name), "passed", 0.5)
    partial.close()
    with closing(sqlite3.connect(partial.path)) as found:
        sql = "SELECT p.label || c.label, c.digest FROM context c JOIN prefix p ON p.id = c.prefix_id ORDER BY c.id"
        assert found.execute(sql).fetchall() == [(name, seals.context_digest(name)) for name in NAMES]
        prefixes = [label for (label,) in found.execute("SELECT label FROM prefix ORDER BY label")]
        assert prefixes == ["", "t.py::T::", "unit|t.py::T::test_a[x::"]
        assert is_sealed(found)


def test_each_note_of_hits_is_a_row(partial: PartialFile) -> None:
    """A context's footprints are one list each time that they are noted; what was noted before is there again."""
    with partial.transaction():
        first, second, third = footprints(partial, 3)
        partial.left(partial.context("t"), [first, third])
        partial.left(partial.context("u"), [])
    with partial.transaction():
        partial.left(partial.context("t"), [third, second])
    partial.close()
    with closing(sqlite3.connect(partial.path)) as found:
        assert found.execute("SELECT count(*) FROM hit").fetchone() == (2,)
        assert hits(found) == [(1, first), (1, third), (1, third), (1, second)]
        assert is_sealed(found)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE prefix SET label = 'u.py::' WHERE label <> ''",
        "UPDATE context SET prefix_id = 3 - prefix_id",
        "UPDATE hit SET footprints = x'02000000'",
        "UPDATE hit SET footprints = x'0100000001000000'",
        "UPDATE hit SET context_id = 2",
    ],
)
def test_seal_covers_prefixes_and_hits(partial: PartialFile, damage: str) -> None:
    """A row that is another one makes another seal."""
    with partial.transaction():
        partial.left(partial.context("t.py::test_a"), footprints(partial, 1))
        partial.context("")
    partial.close()
    with closing(sqlite3.connect(partial.path)) as found:
        assert is_sealed(found)
        assert found.execute(damage).rowcount > 0
        assert not is_sealed(found)
