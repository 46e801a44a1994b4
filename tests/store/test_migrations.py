"""Data files that earlier versions wrote say the same after they are brought to this one.

version_N/ has what `minicov run -m pytest` of version N left on Python 3.12, as SQL: a partial file and the merged one.
Version 3 had tests of its own; the others ran with `--context nightly`, version 5 with `--counts` too.
"""

from __future__ import annotations

import sqlite3
import struct
import sys
from contextlib import closing
from pathlib import Path

import pytest

from minicov_lsp.errors import DataError
from minicov_lsp.store import old_seals
from minicov_lsp.store.chunk_rows import Reader
from minicov_lsp.store.combine import combine
from minicov_lsp.store.connection import open_merged
from minicov_lsp.store.database import Database
from minicov_lsp.store.migrations import migrate
from minicov_tracer import chunks, schema, seals
from minicov_tracer.bytecode import describe

from .recording import codes_of

VERSIONS = (1, 2, 3, 4, 5)
VIEWS = ("contexts", "lines", "arcs", "instruction_arcs")
CHANGES = {
    "a name": "UPDATE code SET name = 'other' WHERE name = 'price'",
    "a probe table": "UPDATE code SET probes = replace(probes, '12', '13') WHERE name = 'price'",
    "own lines": "UPDATE code SET own_lines = '[[8,21]]' WHERE name = 'price'",
    "a probe table that is none": "UPDATE code SET probes = '{}' WHERE name = 'price'",
    "a bitmap": "UPDATE signature SET bits = x'0102' WHERE code_id = (SELECT id FROM code WHERE name = 'price')",
    "a footprint": "UPDATE footprint SET signatures = substr(signatures, 7) WHERE length(signatures) > 6",
}


CHANGES_OF_HITS = {
    "another context": "UPDATE hit SET context_id = 1 WHERE context_id = 4",
    "a context that is not there": "UPDATE hit SET context_id = 99 WHERE context_id = 4",
    "another footprint": "UPDATE hit SET footprint_id = 4 WHERE context_id = 4",
    "a footprint that is not there": "UPDATE hit SET footprint_id = 99 WHERE context_id = 4",
    "a footprint beyond four bytes": "UPDATE hit SET footprint_id = footprint_id + 4294967296 WHERE context_id = 4",
    "a footprint below zero": "UPDATE hit SET footprint_id = -footprint_id WHERE context_id = 4",
    "a footprint that is a text": "UPDATE hit SET footprint_id = 'x' WHERE context_id = 4",
    "a context that is a text": "UPDATE hit SET context_id = 'x' WHERE context_id = 4",
    "a lost hit": "DELETE FROM hit WHERE context_id = 4",
    "another name": "UPDATE context SET label = replace(label, '::', ':::') WHERE id = 4",
    "a name that is none": "UPDATE context SET label = x'00' WHERE id = 4",
    "another outcome": "UPDATE outcome SET outcome = 'failed' WHERE context_id = 4",
}
CHANGES_OF_MERGED = {
    "an outcome that is none": "UPDATE outcome SET outcome = 'odd'",
    "a duration that is none": "UPDATE outcome SET duration = 'odd'",
    "a duration without end": "UPDATE outcome SET duration = 9e999",
    "a name that is none": "UPDATE context SET label = x'00'",
    "another name": "UPDATE context SET label = replace(label, '::', ':::')",
    "another footprint": "UPDATE footprint SET signatures = '$#' WHERE id = 1",
    "a signature that is not there": "DELETE FROM signature WHERE number = 35",
    "a code object of another file": "UPDATE code SET file_id = 2 WHERE name = 'price'",
    "a text that is none": "UPDATE source SET text = 1",
    "no arcs": "UPDATE signature SET arcs = '' WHERE number = 35",
    "a number that is none": "UPDATE signature SET number = 'odd'",
    "a number that is another's": "UPDATE signature SET number = 36 WHERE number = 35",
    "a number that no text has": "UPDATE signature SET number = 1114112",
    "a file of a large number": "UPDATE file SET id = 9223372036854775807 WHERE id = 1",
    "no table of footprints": "DROP TABLE footprint",
}


def written(name: str, path: Path, version: int = 3) -> Path:
    """The file that was written so, at that path."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).with_name(f"version_{version}") / f"{name}.sql").read_text("utf-8"))
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
    return path


def changed(path: Path, change: str) -> Path:
    """The same file after one statement that changed something."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.create_function("context_digest", 1, old_seals.context_digest)
        assert connection.execute(change).rowcount
    return path


def brought(path: Path, version: int = 5) -> sqlite3.Connection:
    """A connection to a file that was brought to the present version."""
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, version)
    return connection


def views(data_file: Path) -> dict[str, list[tuple[object, ...]]]:
    """{view: its rows}, with labels for contexts."""
    with closing(sqlite3.connect(data_file)) as connection:
        labels = dict(connection.execute("SELECT id, label FROM contexts"))
        rows = {view: connection.execute(f"SELECT * FROM {view}").fetchall() for view in VIEWS}
    rows["contexts"] = [(label,) for _, label in rows["contexts"]]
    for view in VIEWS[1:]:
        rows[view] = [(path, labels[context], *rest) for path, context, *rest in rows[view]]
    return {view: sorted(found) for view, found in rows.items()}


@pytest.mark.parametrize("version", VERSIONS)
def test_merged_file_says_the_same(tmp_path, version):
    """What its views showed they show still, and every digest is right: a merge of it checks them all."""
    data_file = written("merged", tmp_path / "data", version)
    before = views(data_file)
    assert all(before.values())
    open_merged(data_file, "").close()
    after = views(data_file)
    # Then a bit past the end of a bitmap was seen as set: outcomes of jumps that came after all that ran.
    assert set(after["instruction_arcs"]) < set(before["instruction_arcs"])
    assert {**after, "instruction_arcs": before["instruction_arcs"]} == before
    assert combine(tmp_path / "new", [data_file], keep=True).problems == ()
    assert views(tmp_path / "new") == after


def test_how_tests_ended_and_lines_were_counted(tmp_path):
    """Outcomes, durations to the microsecond, when tests ended, and counts are told as before."""
    data_file = changed(
        written("merged", tmp_path / "data", 5), "UPDATE outcome SET time = time + 1 WHERE outcome = 'xfailed'"
    )
    with closing(sqlite3.connect(data_file)) as connection:
        before = connection.execute(
            "SELECT label, outcome, duration, o.time, o.time <> c.time FROM context c"
            " JOIN outcome o ON o.context_id = c.id"
        ).fetchall()
        counts = connection.execute("SELECT * FROM line_count").fetchall()
    with closing(brought(data_file)) as connection:
        sql = "SELECT * FROM context JOIN contexts USING (id) WHERE outcome IS NOT NULL"
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute(sql)]
        assert [tuple(row) for row in connection.execute("SELECT * FROM line_count")] == counts
    told = [
        (chunks.OUTCOMES[row["outcome"]], row["duration"], row["ended"] or row["time"], row["ended"] is not None)
        for row in rows
    ]
    assert told == [(word, round(seconds * 1e6), ended, is_later) for _, word, seconds, ended, is_later in before]
    with Database(data_file) as database:
        assert database.outcomes() == {name: (word, pytest.approx(time, abs=1e-6)) for name, word, time, *_ in before}


def test_footprints_that_nothing_left(tmp_path):
    """A footprint without hits goes with what only it told; the code object stays, and was not run."""
    data_file = changed(written("merged", tmp_path / "data", 5), "DELETE FROM hit WHERE footprint_id IN (3, 6)")
    with closing(brought(data_file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM footprint WHERE contexts = ''").fetchone() == (0,)
        told = connection.execute(
            "SELECT name, count(s.id) FROM code c LEFT JOIN signature s ON c.id = (s.id >> 21 << 21) + s.code"
            " WHERE name IN ('price', 'Basket.take') GROUP BY name ORDER BY name"
        ).fetchall()
    assert told == [("Basket.take", 0), ("price", 2)]


def test_many_contexts(tmp_path):
    """Contexts have characters that a text may have, in order, whatever their numbers were."""
    more = """
        INSERT INTO context WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
            SELECT i * 10, context_digest('many::' || i), 'many::' || i, 1, 0 FROM n
    """
    data_file = changed(written("merged", tmp_path / "data", 5), more)
    changed(data_file, "INSERT INTO hit SELECT 2, id FROM context WHERE id >= 100")
    with closing(brought(data_file)) as connection:
        sql = "SELECT contexts FROM footprint ORDER BY length(contexts) DESC LIMIT 1"
        (contexts,) = connection.execute(sql).fetchone()
        names = dict(connection.execute("SELECT id, label FROM contexts"))
        assert connection.execute("SELECT count(*) FROM prefix WHERE label = 'many::'").fetchone() == (1,)
    assert [names[ord(context)] for context in contexts] == ["nightly", *(f"many::{i}" for i in range(10, 60001))]
    assert list(contexts) == sorted(contexts)


def test_many_hits_of_a_context(tmp_path):
    """Each hit of a partial file is noted once, in however many notes, and the outcome too."""
    more = """
        WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
            INSERT INTO footprint SELECT i, 1, randomblob(8), x'' FROM n
    """
    partial = changed(written("partial", tmp_path / "data", 5), more)
    changed(partial, "INSERT INTO hit SELECT id, 2 FROM footprint WHERE id >= 100")
    changed(partial, "DELETE FROM meta WHERE key = 'seal'")
    shown, outcomes = [], []
    with closing(brought(partial)) as connection:
        for (rows,) in connection.execute("SELECT rows FROM chunk WHERE kind = ? ORDER BY id", (chunks.NOTE,)):
            reader = Reader(rows)
            while reader.is_left():
                context, outcome, count, *_ = reader.head(chunks.NOTE_HEAD)
                footprints = struct.unpack(f"<{count}I", reader.bytes(4 * count))
                if context == 2:
                    shown.append(footprints)
                    outcomes.append(outcome)
    # Numbers of footprints are without the gap that their ids have.
    assert [footprint for some in shown for footprint in some] == [3, *range(7, 24908)]
    assert outcomes == [0, chunks.NO_OUTCOME, chunks.NO_OUTCOME]


@pytest.mark.parametrize("version", VERSIONS)
def test_partial_file_is_no_data_file(tmp_path, version):
    """A partial file of an earlier version is not merged into, and is left as it was."""
    partial = written("partial", tmp_path / "data", version)
    before = partial.read_bytes()
    with pytest.raises(DataError, match="what one process left"):
        open_merged(partial, "")
    assert partial.read_bytes() == before


def test_space_is_given_back(tmp_path):
    """What the old tables took is not kept in the file."""
    data_file = written("merged", tmp_path / "data", 5)
    open_merged(data_file, "").close()
    with closing(sqlite3.connect(data_file)) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)


@pytest.mark.parametrize("version", VERSIONS)
def test_partial_file_is_merged(tmp_path, version):
    """A partial file of an earlier version adds what the merged file of that version has."""
    partial = written("partial", tmp_path / "data.elsewhere.1.00000000", version)
    assert combine(tmp_path / "data").problems == ()
    assert not partial.exists()
    merged = written("merged", tmp_path / "merged", version)
    open_merged(merged, "").close()
    assert views(tmp_path / "data") == views(merged)


@pytest.mark.skipif(sys.version_info[:2] != (3, 12), reason="bytecode of Python 3.12")
def test_rows_are_those_that_are_written_now(tmp_path):
    """A code object has the digest that it would get today, so that facts of both versions are of one."""
    data_file = written("merged", tmp_path / "data")
    with closing(open_merged(data_file, "")) as connection:
        rows = connection.execute("SELECT name, probes, own_lines, own_digest, digest FROM code").fetchall()
    with Database(data_file) as database:
        text = database.facts("shop/basket.py")[0].text
    codes = {code.co_qualname: code for code in codes_of(compile(text, "x", "exec"))}
    for name, probes, own_lines, own_digest, digest in rows:
        if name in ("cached", "Basket", "Basket.take"):
            assert probes == describe(codes[name])
            first_line = codes[name].co_firstlineno
            assert digest == seals.code_digest(name, first_line, "3.12", probes, own_lines, own_digest)


@pytest.mark.parametrize(
    ("version", "change"),
    [*((3, change) for change in CHANGES.values()), *((5, change) for change in CHANGES_OF_HITS.values())],
    ids=[*CHANGES, *CHANGES_OF_HITS],
)
def test_damage_stays_damage(tmp_path, version, change):
    """A row that was not what its digest or the seal said is not made whole by bringing it to another version."""
    changed(written("partial", tmp_path / "data.elsewhere.1.00000000", version), change)
    (problem,) = combine(tmp_path / "data").problems
    assert "damaged" in problem.message
    assert problem.is_set_aside


@pytest.mark.parametrize("change", CHANGES_OF_MERGED.values(), ids=CHANGES_OF_MERGED)
def test_damaged_merged_file(tmp_path, change):
    """Where values can't be brought over, that is said, and the file is left as it was."""
    data_file = changed(written("merged", tmp_path / "data", 5), change)
    with pytest.raises(DataError, match="can't be read as a data file"), Database(data_file) as database:
        database.files()
    with pytest.raises(DataError, match="can't be read as a data file"):
        open_merged(data_file, "")
    with closing(sqlite3.connect(data_file)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (5,)


def test_no_seal_and_no_order(tmp_path):
    """What has no seal is looked at by SQLite before it is written anew: then rows that were out of order are not."""
    partial = changed(
        written("partial", tmp_path / "data.elsewhere.1.00000000", 5), "DELETE FROM meta WHERE key = 'seal'"
    )
    with closing(sqlite3.connect(partial)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outcome'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    data = bytearray(partial.read_bytes())
    cells = (root - 1) * size + 8  # sqlite.org/fileformat2.html#b_tree_pages: where each cell is, two bytes for each
    data[cells : cells + 4] = data[cells + 2 : cells + 4] + data[cells : cells + 2]
    partial.write_bytes(data)
    (problem,) = combine(tmp_path / "data").problems
    assert "out of order" in problem.message
    assert problem.is_set_aside
