"""What a merge remembers of the data file: only what is still so, and of the right file."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from minicov_lsp.store.combine import combine

from .recording import lines_by_context


def test_paths_of_one_partial_that_become_one(recorder, data_file):
    """What a partial file has of two paths that are one after renaming is united, also where both ran the same way."""
    recorder.texts["b/a.py"] = recorder.texts["a.py"]
    shown = {"t1": {"a.py": [2]}, "t2": {"b/a.py": [2]}, "t3": {"a.py": [4]}, "t4": {"b/a.py": [8]}}
    recorder.record(shown)
    assert combine(data_file, rename=lambda path: path.removeprefix("b/")).problems == ()
    assert lines_by_context(data_file) == {"a.py": {"t1": [2], "t2": [2], "t3": [4], "t4": [8]}}


def test_other_merge_between_two_partials(recorder, data_file):
    """What another process drops from the data file while partial files are merged is not taken for still there."""
    recorder.record({"t0": {"a.py": [2]}})
    combine(data_file)
    partials = [recorder.record({label: {"a.py": [2, 3], "pkg/b.py": [8]}}) for label in ("t1", "t2")]
    other = recorder.record({"t3": {"a.py": [4]}})

    def replace(done: int, total: int) -> None:
        if done == 1:
            combine(data_file, [other], append=False)

    assert combine(data_file, partials, progress=replace).problems == ()
    assert lines_by_context(data_file) == {"a.py": {"t2": [2, 3], "t3": [4]}, "pkg/b.py": {"t2": [8]}}


def test_data_files_that_number_otherwise(recorder, data_file, tmp_path):
    """Signatures have other numbers in each data file; merged with each other, in any order, they say the same."""
    shown = [{"t1": {"a.py": [2, 3]}, "t2": {"a.py": [2, 4]}}, {"t3": {"a.py": [2]}, "t4": {"a.py": [2, 4, 8]}}]
    partials = [recorder.record(contexts) for contexts in shown]
    expected = {"a.py": {"t1": [2, 3], "t2": [2, 4], "t3": [2], "t4": [2, 4, 8]}}
    files = [tmp_path / "one", tmp_path / "other"]
    for file, order in zip(files, (partials, partials[::-1]), strict=True):
        assert combine(file, order[:1], keep=True).problems == ()
    assert combine(files[0], files[1:], keep=True).problems == ()
    assert combine(files[1], partials[:1], keep=True).problems == ()
    assert combine(data_file, files, keep=True).problems == ()
    for file in (*files, data_file):
        assert lines_by_context(file) == expected
    for file in files:
        assert combine(file, [data_file], append=False, keep=True).problems == ()
        assert lines_by_context(file) == expected
    with closing(sqlite3.connect(data_file)) as connection:
        rows = connection.execute(
            "SELECT DISTINCT label, line_no FROM lines JOIN contexts ON id = context_id"
        ).fetchall()
    assert sorted(rows) == sorted((label, line) for label, lines in expected["a.py"].items() for line in lines)
