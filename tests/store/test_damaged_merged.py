"""Merged files that are merged into another, and damaged: nothing of them is taken, and nobody is misled."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from minicov_lsp.store.combine import combine

from .recording import Recorder, lines_by_context

DAMAGE = {
    "an outcome that is none": "UPDATE context SET outcome = 77 WHERE label = 't1'",
    "an outcome of text": "UPDATE context SET outcome = 'passed' WHERE label = 't1'",
    "no duration": "UPDATE context SET duration = NULL WHERE label = 't1'",
    "a time of text": "UPDATE context SET time = 'noon'",
    "no run": "UPDATE context SET run_id = 99",
    "no prefix": "DELETE FROM prefix",
    "a signature of another code object": "UPDATE signature SET code = 3 - code",
    "a signature of none": "UPDATE signature SET code = 99",
    "another bitmap": "UPDATE signature SET bits = x'ffff'",
    "another line": "UPDATE code SET first_line = first_line + 1",
    "a footprint of a signature that is not there": "UPDATE footprint SET signatures = signatures || 'z'",
    "a footprint of a blob": "UPDATE footprint SET signatures = x'23'",
    "contexts of a number": "UPDATE footprint SET contexts = 7",
    "a text cut off": "UPDATE source SET size = size - 1",
    "no pack": "DELETE FROM pack",
}


@pytest.fixture
def other(recorder: Recorder, data_file: Path, tmp_path: Path) -> Path:
    """A merged file of another machine."""
    recorder.record({"t1": {"a.py": [2, 8]}, "t2": {"a.py": [3]}}, outcomes={"t1": ("passed", 0.5)})
    combine(data_file)
    return data_file.rename(tmp_path / "other")


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("is_known", [True, False])
def test_damaged_merged_file_is_set_aside(recorder, data_file, other, kind, is_known):
    """It is told of and kept, whether or not its tests are known here, and what is here stays what it was."""
    name = "t1" if is_known else "t3"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute(DAMAGE[kind])
    recorder.texts["pkg/b.py"] += "third = 3\n"  # a text that is known here is not looked at there
    here = recorder.record({name: {"pkg/b.py": [8]}}, outcomes={name: ("failed", 0.5)})
    result = combine(data_file, [here, other])
    assert (result.merged, [path.name for path in result.damaged]) == (1, ["other.bad"])
    assert lines_by_context(data_file) == {"pkg/b.py": {name: [8]}}


def test_whole_merged_file_is_merged(recorder, data_file, other):
    """Without damage all of it is there."""
    here = recorder.record({"t1": {"pkg/b.py": [8]}})
    assert combine(data_file, [here, other]).problems == ()
    assert lines_by_context(data_file) == {"a.py": {"t1": [2, 8], "t2": [3]}, "pkg/b.py": {"t1": [8]}}
