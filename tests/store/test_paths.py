"""Which files a data file is about, before anything else of it is read."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from minicov_lsp.errors import DataError
from minicov_lsp.store.combine import combine
from minicov_lsp.store.paths import recorded_paths


def test_files_of_a_merged_file(recorder, data_file):
    """Each file is told once, however many versions of it ran."""
    recorder.record({"t1": {"pkg/b.py": [8], "a.py": [2]}})
    combine(data_file)
    assert recorded_paths(data_file) == ("a.py", "pkg/b.py")


def test_files_of_a_partial_file(recorder, tmp_path):
    """Their paths are told where other rows are damaged, which merging tells of; no file, or half, is an error."""
    partial = recorder.record({"t1": {"a.py": [2], "pkg/b.py": [8]}})
    with closing(sqlite3.connect(partial)) as connection, connection:
        connection.execute("UPDATE chunk SET rows = x'00' WHERE kind <> 1")
    assert recorded_paths(partial) == ("a.py", "pkg/b.py")
    with pytest.raises(DataError, match="no data file"):
        recorded_paths(tmp_path / "gone")
    for rows in ("x'00'", "'text'", "7"):
        with closing(sqlite3.connect(partial)) as connection, connection:
            connection.execute(f"UPDATE chunk SET rows = {rows} WHERE kind = 1")
        with pytest.raises(DataError, match="can't be read as a data file"):
            recorded_paths(partial)
    partial.write_bytes(partial.read_bytes()[:5000])
    with pytest.raises(DataError, match="can't be read as a data file"):
        recorded_paths(partial)
