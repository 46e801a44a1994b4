"""Data files that earlier versions wrote say the same after they are brought to this one.

version_3/ has what `minicov run -m pytest` of version 3 left on Python 3.12, as SQL: a partial file and the merged one.
"""

from __future__ import annotations

import sqlite3
import sys
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from minicov_lsp.store.combine import combine
from minicov_lsp.store.connection import open_merged
from minicov_lsp.store.database import Database
from minicov_tracer import schema, seals
from minicov_tracer.bytecode import describe

from .recording import codes_of

WRITTEN = Path(__file__).with_name("version_3")
VIEWS = ("contexts", "lines", "arcs", "instruction_arcs")
CHANGES = {
    "a name": "UPDATE code SET name = 'other' WHERE name = 'price'",
    "a probe table": "UPDATE code SET probes = replace(probes, '12', '13') WHERE name = 'price'",
    "own lines": "UPDATE code SET own_lines = '[[8,21]]' WHERE name = 'price'",
    "a probe table that is none": "UPDATE code SET probes = '{}' WHERE name = 'price'",
    "a bitmap": "UPDATE signature SET bits = x'0102' WHERE code_id = (SELECT id FROM code WHERE name = 'price')",
    "a footprint": "UPDATE footprint SET signatures = substr(signatures, 7) WHERE length(signatures) > 6",
}


def written(name: str, path: Path) -> Path:
    """The file that was written so, at that path."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((WRITTEN / f"{name}.sql").read_text("utf-8"))
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 3")
    return path


def views(data_file: Path) -> dict[str, list[tuple[object, ...]]]:
    """{view: its rows}, with labels for contexts."""
    with closing(sqlite3.connect(data_file)) as connection:
        labels = dict(connection.execute("SELECT id, label FROM contexts"))
        rows = {view: connection.execute(f"SELECT * FROM {view}").fetchall() for view in VIEWS}
    rows["contexts"] = [(label,) for _, label in rows["contexts"]]
    for view in VIEWS[1:]:
        rows[view] = [(path, labels[context], *rest) for path, context, *rest in rows[view]]
    return {view: sorted(found) for view, found in rows.items()}


def test_merged_file_says_the_same(tmp_path):
    """What its views showed they show still, and every digest is right: a merge of it checks them all."""
    data_file = written("merged", tmp_path / "data")
    before = views(data_file)
    assert all(before.values())
    open_merged(data_file, "").close()
    assert views(data_file) == before
    assert combine(tmp_path / "new", [data_file], keep=True).problems == ()
    assert views(tmp_path / "new") == before


def test_it_is_read_where_it_is(tmp_path):
    """A file of an earlier version is read without being changed."""
    data_file = written("merged", tmp_path / "data")
    with Database(data_file) as database:
        assert database.has_arcs
        assert database.has_conditions
        (facts,) = database.facts("shop/basket.py")
        assert database.contexts_of_lines("shop/basket.py", 13, 13) == {"test_basket.py::test_bad"}
        # What is not the text that ran is taken over by own lines.
        moved = database.facts_of_text("shop/basket.py", f"# more\n{facts.text}")
    (price,) = [code for code in facts.codes if code.name == "price"]
    assert {line for lines, _ in price.hits for line in lines} == set(range(10, 22))
    assert price.jumps[0] == (10, 14, 60, 11, 4, 14, 21)
    assert price.tests[1].span == (12, 11, 12, 19)
    assert price.conditions[0] == (15, 7, 15, 27)
    assert [code.first_line for code in moved.codes if code.name == "Basket.take"] == [29]
    with closing(sqlite3.connect(data_file)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)


def test_partial_file_is_merged(tmp_path):
    """A partial file of an earlier version adds what the merged file of that version has."""
    partial = written("partial", tmp_path / "data.elsewhere.1.00000000")
    assert combine(tmp_path / "data").problems == ()
    assert not partial.exists()
    assert views(tmp_path / "data") == views(written("merged", tmp_path / "merged"))


@pytest.mark.skipif(sys.version_info[:2] != (3, 12), reason="bytecode of Python 3.12")
def test_rows_are_those_that_are_written_now(tmp_path):
    """A code object has the digest that it would get today, so that facts of both versions are of one."""
    data_file = written("merged", tmp_path / "data")
    with closing(open_merged(data_file, "")) as connection:
        rows = connection.execute("SELECT name, probes, own_lines, own_digest, digest FROM code").fetchall()
        ((text,),) = connection.execute(
            "SELECT text FROM source JOIN file USING (digest) WHERE path LIKE '%basket.py'"
        ).fetchall()
    codes = {code.co_qualname: code for code in codes_of(compile(zlib.decompress(text), "x", "exec"))}
    for name, probes, own_lines, own_digest, digest in rows:
        if name in ("cached", "Basket", "Basket.take"):
            assert probes == describe(codes[name])
            first_line = codes[name].co_firstlineno
            assert digest == seals.code_digest(name, first_line, "3.12", probes, own_lines, own_digest)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_damage_stays_damage(tmp_path, change):
    """A row that was not what its digest said is not made whole by giving it another."""
    partial = written("partial", tmp_path / "data.elsewhere.1.00000000")
    with closing(sqlite3.connect(partial)) as connection, connection:
        assert connection.execute(change).rowcount > 0
    (problem,) = combine(tmp_path / "data").problems
    assert "damaged" in problem.message
    assert problem.is_set_aside
