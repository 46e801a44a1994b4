"""Every kind of damage: one clear message, the damaged file set aside, the rest merged, nothing lost."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from minicov_lsp.errors import DataError
from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_lsp.store.recorded import open_recorded
from minicov_tracer import schema

from .recording import TEXT, Recorder, lines_by_context

FLIPS = int(os.environ.get("MINICOV_FLIPS", "40"))
"""How many bits are flipped, each in a file of its own."""


def execute(path: Path, *statements: str) -> None:
    """Change a database by hand."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def overwrite_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[8192:12288] = bytes(4096)
    path.write_bytes(data)


def make_foreign(path: Path) -> None:
    path.unlink()
    execute(path, "CREATE TABLE bookmark (url)", "PRAGMA application_id = 1234")


def replace_by_view(path: Path) -> None:
    execute(
        path,
        "CREATE TABLE other AS SELECT * FROM run",
        "DROP TABLE run",
        "CREATE VIEW run AS SELECT id, name, replaces FROM other",
    )


def replace_by_virtual_table(path: Path) -> None:
    execute(path, "DROP TABLE run", "CREATE VIRTUAL TABLE run USING fts5(id, name, replaces)")


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no bytes": (lambda path: path.write_bytes(b""), "is empty"),
    "no database": (lambda path: path.write_text("something else entirely, 40 bytes long.."), "not a database"),
    "a folder": (make_folder, "is not a file"),
    "a part of it": (truncate, "damaged"),
    "a page of zeros": (overwrite_page, "damaged|tables are not those"),
    "another application": (make_foreign, "not a minicov data file"),
    "a newer version": (lambda path: execute(path, "PRAGMA user_version = 99"), "newer minicov .schema 99"),
    "a version that never was": (lambda path: execute(path, "PRAGMA user_version = 0"), "schema 0"),
    "a table missing": (lambda path: execute(path, "DROP TABLE chunk"), "tables are not those"),
    "a column missing": (lambda path: execute(path, "ALTER TABLE chunk RENAME COLUMN kind TO x"), "not those"),
    "a view": (replace_by_view, "tables are not those"),
    "a virtual table": (replace_by_virtual_table, "tables are not those"),
    "a chunk lost": (lambda path: execute(path, "DELETE FROM chunk WHERE id = 2"), "damaged"),
    "another run": (lambda path: execute(path, "UPDATE run SET replaces = 1"), "damaged"),
    "another root": (
        lambda path: execute(path, "UPDATE meta SET value = '/' WHERE key = 'root'"),
        "its rows are not those that were written",
    ),
    "another text": (lambda path: execute(path, "UPDATE source SET text = x'00'"), "damaged"),
    "another digest": (lambda path: execute(path, "UPDATE source SET digest = x'11'"), "damaged"),
}


@pytest.fixture
def partials(recorder: Recorder) -> tuple[Path, Path, Path]:
    """Three partial files, of which the first will be damaged: what is in it is new when it is merged."""
    return tuple(  # type: ignore[return-value]
        recorder.record(
            {f"t{number}": {"a.py": [2, number + 2], "pkg/b.py": [8]}, "": {"a.py": [1, 7]}},
            outcomes={f"t{number}": ("passed", 0.5)},
        )
        for number in (1, 2, 3)
    )


@pytest.mark.parametrize("kind", DAMAGES)
def test_damaged_partial_is_set_aside_and_the_rest_merged(partials, data_file, kind):
    """A damaged partial file is renamed to `.bad` as it was; the others are merged; one line says so."""
    damage, message = DAMAGES[kind]
    damaged = partials[0]
    damage(damaged)
    held = damaged.read_bytes() if damaged.is_file() else None
    result = combine(data_file)
    bad = Path(f"{damaged}.bad")
    assert (result.merged, result.damaged) == (2, (bad,))
    assert bad.is_dir() if held is None else bad.read_bytes() == held
    (problem,) = result.problems
    assert problem.partial == bad
    assert str(damaged) in problem.message
    assert re.search(message, problem.message), problem.message
    assert "\n" not in problem.message
    assert lines_by_context(data_file) == {
        "a.py": {"": [1, 7], "t2": [2, 4], "t3": [2]},
        "pkg/b.py": {"t2": [8], "t3": [8]},
    }


def test_set_aside_never_overwrites(partials, data_file):
    """A damaged file of the name of an earlier one gets another name: none is lost."""
    Path(f"{partials[1]}.bad").write_text("an earlier one")
    partials[1].write_text("x" * 100)
    (problem,) = combine(data_file).problems
    assert problem.partial == Path(f"{partials[1]}.bad2")
    assert Path(f"{partials[1]}.bad").read_text() == "an earlier one"


@pytest.mark.timeout(300 + 5 * FLIPS)
def test_flipped_bits_never_change_facts(partials, data_file, tmp_path):
    """With any one bit of a partial file flipped it is either set aside, or what it says is what it said before."""
    random_bits = random.Random(5)
    flipped = partials[0]
    whole = flipped.read_bytes()
    used = [place for place, value in enumerate(whole) if value]  # most of so small a file is empty
    expected = None
    outcomes = {"merged": 0, "set aside": 0}
    for number in range(1 + FLIPS):
        data = bytearray(whole)
        if number:
            data[random_bits.choice(used)] ^= 1 << random_bits.randrange(8)
        flipped.write_bytes(data)
        target = tmp_path / f"data{number}"
        result = combine(target, partials, keep=True)
        found = (lines_by_context(target), _outcomes(target), _texts(target))
        expected = expected or found
        if result.damaged:
            assert result.merged == 2
            assert "t1" not in str(found[0])
            outcomes["set aside"] += 1
        else:
            assert (found, result.problems) == (expected, ())
            outcomes["merged"] += 1
    assert min(outcomes.values()) > 0


def _outcomes(data_file: Path) -> dict[str, tuple[str, float]]:
    with Database(data_file) as database:
        return database.outcomes()


def _texts(data_file: Path) -> set[str | None]:
    with Database(data_file) as database:
        return {facts.text for path in database.files() for facts in database.facts(path)}


DAMAGED_DATA_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    kind: DAMAGES[kind]
    for kind in ("no database", "another application", "a newer version", "a version that never was", "a view")
} | {
    "a folder": (make_folder, "is not a file"),
    "a part of it": (truncate, "can't be read as a data file"),
    "its first page": (lambda path: path.write_bytes(path.read_bytes()[:4096]), "can't be read as a data file"),
}


@pytest.mark.parametrize("kind", DAMAGED_DATA_FILES)
def test_damaged_data_file_is_never_overwritten(recorder, partials, data_file, kind):
    """A data file that isn't whole, or isn't ours, keeps every byte, and so do the partial files."""
    damage, message = DAMAGED_DATA_FILES[kind]
    combine(data_file)
    damage(data_file)
    held = data_file.read_bytes() if data_file.is_file() else None
    partial = recorder.record({"t4": {"a.py": [2]}})
    for append in (True, False):
        with pytest.raises(DataError, match=message) as raised:
            combine(data_file, append=append)
        assert str(data_file) in str(raised.value)
        assert "\n" not in str(raised.value)
    assert partial.is_file()
    assert held is None or data_file.read_bytes() == held


@pytest.mark.parametrize("kind", DAMAGED_DATA_FILES)
def test_damaged_data_file_is_told_to_readers(partials, data_file, kind):
    """Each question to a damaged data file raises one DataError that names it, and says what is wrong."""
    combine(data_file)
    damage, message = DAMAGED_DATA_FILES[kind]
    damage(data_file)
    with Database(data_file) as database, pytest.raises(DataError, match=rf"\.coverage\.db: .*({message}|damaged)"):
        _ = [database.facts(path) for path in database.files()]


@pytest.mark.parametrize("path", ["x" * 4_000, "folder/" * 570 + "x", "no\0name"])
def test_impossible_path_is_told(tmp_path, path):
    """A path that no system can open is one message, from reading and from merging."""
    partial = Recorder(tmp_path, tmp_path / "data", {"a.py": TEXT}).record({"t1": {"a.py": [2]}})
    with Database(tmp_path / path) as database, pytest.raises(DataError):
        database.files()
    with pytest.raises(DataError):
        combine(tmp_path / path, [partial])
    assert partial.exists()


def test_pipe_is_not_waited_for(tmp_path):
    """A data file that is none is told at once, also where it is looked at for coverage.py's mark."""
    os.mkfifo(tmp_path / "pipe")
    data = open_recorded(tmp_path / "pipe", tmp_path, Path)
    with pytest.raises(DataError, match="is not a file"):
        data.files()


def test_empty_data_file_is_one_that_is_not_there_yet(recorder, data_file):
    """No bytes are what SQLite makes of a data file that nothing was written to: merging fills it."""
    data_file.touch()
    recorder.record({"t1": {"a.py": [2]}})
    assert combine(data_file).merged == 1


def test_missing_data_file_is_told(data_file):
    """Reading where there is no data file says how to get one, and makes none."""
    with Database(data_file) as database, pytest.raises(DataError, match="no data file; run `minicov run`"):
        database.files()
    assert not data_file.exists()


KILLED_IN_A_COMMIT = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = TRUNCATE")
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN")
connection.execute("UPDATE chunk SET rows = randomblob(100000)")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def cut_off(recorder: Recorder) -> Path:
    """A partial file whose process was killed in the middle of a commit, so that a journal has to make it whole."""
    partial = recorder.record({"t1": {"a.py": [2, 3]}})
    subprocess.run([sys.executable, "-c", KILLED_IN_A_COMMIT, partial], check=False)
    assert Path(f"{partial}-journal").stat().st_size > 0
    return partial


def test_commit_that_was_cut_off_is_undone(cut_off, data_file):
    """What was committed before a kill is merged, nothing of the commit that the kill cut off."""
    assert combine(data_file).merged == 1
    assert lines_by_context(data_file) == {"a.py": {"t1": [2, 3]}}
    assert [path.name for path in data_file.parent.glob("*elsewhere*")] == []


MERGE_AS_NOBODY = """
import os, shutil, sys, tempfile, urllib.parse  # what is imported later, nobody may not be allowed to read
from pathlib import Path
from minicov_lsp.store.combine import combine
if os.geteuid() == 0:
    os.setuid(65534)
result = combine(Path(sys.argv[2]), [Path(sys.argv[1])], keep=True)
print(result.merged, [problem.message for problem in result.problems])
"""


def test_commit_that_was_cut_off_in_a_folder_that_cannot_be_written(cut_off):
    """Where the folder can't be written the file is copied with its journal, and neither is touched."""
    with tempfile.TemporaryDirectory() as folder:
        closed, target = Path(folder, "closed"), Path(folder, "open")
        shutil.copytree(cut_off.parent, closed)
        target.mkdir()
        target.chmod(0o777)
        for path in (closed, Path(folder)):
            path.chmod(0o555)
        partial = closed / cut_off.name
        held = partial.read_bytes(), Path(f"{partial}-journal").read_bytes()
        command = [sys.executable, "-c", MERGE_AS_NOBODY, partial, target / "data"]
        merged = subprocess.run(command, capture_output=True, text=True, check=False)
        closed.chmod(0o755)
        Path(folder).chmod(0o755)
        assert merged.stdout == "1 []\n", merged.stderr
        assert (partial.read_bytes(), Path(f"{partial}-journal").read_bytes()) == held
        assert lines_by_context(target / "data") == {"a.py": {"t1": [2, 3]}}


def test_version_is_the_one_that_is_damaged_above():
    """The versions called newer and unknown are that."""
    assert 0 < schema.VERSION < 99
