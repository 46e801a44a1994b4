"""Partial files that are merged many to a transaction, and those among them that are damaged or made otherwise."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from minicov_lsp.store.combine import CombineResult, combine
from minicov_tracer import chunks

from .recording import lines_by_context


def record(recorder, number=5):
    """So many partial files, each of a test of its own; and what they say."""
    partials = [recorder.record({f"t{test}": {"a.py": [2, 3]}}) for test in range(number)]
    return partials, {"a.py": {f"t{test}": [2, 3] for test in range(number)}}


def rearrange(partial: Path) -> None:
    """Make a partial file again with its tables in another order, in a schema that counts as the same."""
    with closing(sqlite3.connect(partial)) as old, closing(sqlite3.connect(f"{partial}.made")) as made:
        tables = old.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        for _, sql in reversed(tables):
            made.execute(sql)
        for name, _ in tables:
            rows = old.execute(f"SELECT * FROM {name}").fetchall()
            marks = ", ".join("?" * len(old.execute(f"SELECT * FROM {name}").description))
            made.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        made.commit()
        for setting in ("application_id", "user_version", "schema_version"):
            made.execute(f"PRAGMA {setting} = {old.execute(f'PRAGMA {setting}').fetchone()[0]}")
    Path(f"{partial}.made").rename(partial)


@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize("is_new", [True, False])
def test_tables_in_other_places(recorder, data_file, place, is_new):
    """Where in its file a partial file has its tables is nobody's concern."""
    if not is_new:
        combine(data_file, [recorder.record({"t0": {"a.py": [2]}})])
    partials, recorded = record(recorder)
    rearrange(partials[place])
    assert combine(data_file) == CombineResult(5, ())
    assert lines_by_context(data_file) == recorded


@pytest.mark.parametrize("is_new", [True, False])
def test_others_are_merged_with_a_damaged_one(recorder, data_file, is_new):
    """One that is found to be damaged when others are merged with it undoes them, and they are merged again."""
    if not is_new:
        combine(data_file, [recorder.record({"t0": {"a.py": [2]}})])
    partials, recorded = record(recorder)
    with closing(sqlite3.connect(partials[3])) as connection:
        connection.execute(f"UPDATE chunk SET rows = rows || x'00000000' WHERE kind = {chunks.CONTEXT}")
        connection.commit()
    result = combine(data_file)
    assert (result.merged, result.damaged) == (4, (Path(f"{partials[3]}.bad"),))
    del recorded["a.py"]["t3"]
    assert lines_by_context(data_file) == recorded


def test_large_ones_among_small_ones(recorder, data_file):
    """How much one says makes no difference to others."""
    partials, recorded = record(recorder)
    partials.insert(2, recorder.record({f"t{number}": {"pkg/b.py": [7, 8]} for number in range(5, 2000)}))
    assert combine(data_file, partials) == CombineResult(6, ())
    found = lines_by_context(data_file)
    assert found["a.py"] == recorded["a.py"]
    assert len(found["pkg/b.py"]) == 1995


def test_more_than_one_transaction_takes(recorder, data_file):
    """However many there are, all are merged, and told of one by one."""
    partials, recorded = record(recorder, 70)
    told = []
    assert combine(data_file, progress=lambda done, of: told.append((done, of))) == CombineResult(70, ())
    assert lines_by_context(data_file) == recorded
    assert told == [(number, 70) for number in range(1, 71)]
    assert [path for path in partials if path.exists()] == []
