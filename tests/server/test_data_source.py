"""What is known of files, with a real traced process and a real merge."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import CoverageData

from minicov_lsp.config import Config
from minicov_lsp.errors import DataError
from minicov_lsp.project import Project
from minicov_lsp.server.data_source import DataSource
from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_lsp.store.importing import adopt_coverage_py
from minicov_tracer.launch import environment
from minicov_tracer.settings import Settings

PROGRAM = """\
def f(x):
    return x

print(f(1), flush=True)
input()
print(f(2), flush=True)
"""


@pytest.fixture
def source(tmp_path):
    return DataSource(Project(tmp_path, Config()))


@pytest.fixture
def program(tmp_path):
    """A traced process that waits for a line in the middle."""
    file = tmp_path / "m.py"
    file.write_text(PROGRAM)
    settings = Settings(data_file=str(tmp_path / ".coverage.db"), root=str(tmp_path), run_id="r")
    process = subprocess.Popen(
        [sys.executable, str(file)],
        env=environment(settings, os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "1\n"
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def lines(source, file):
    return sorted({line for facts in source.recorded(file).facts for line in facts.lines()})


def open_logs():
    """The hit logs that this process has open, as far as the system tells."""
    names = [str(each.readlink()) for each in Path("/proc/self/fd").glob("*") if each.is_symlink()]
    return [name for name in names if ".hits" in name or ".probes" in name]


def test_a_running_process_is_seen_and_nothing_is_lost_at_its_end(source, program, tmp_path):
    """From its memory map first, from the data file at last, and at no time from neither.

    What it hit since the last look is read from the map that it deleted, where a file that is open can be deleted.
    """
    file = tmp_path / "m.py"
    if not list(tmp_path.glob("*.hits")):
        pytest.skip("this core keeps no hit log")
    assert file in source.refresh()
    assert lines(source, file)[:3] == [1, 2, 4]  # it may have come to line 5 by now, or not
    assert (source.is_live, source.live_files) == (True, {file})
    program.communicate("\n", timeout=60)
    source.refresh()
    assert (source.is_live, source.live_files) == (False, frozenset())
    assert not list(tmp_path.glob("*.hits"))
    assert lines(source, file) == [1, 2, 4, 5, 6] or (os.name != "posix" and lines(source, file)[:3] == [1, 2, 4])
    assert open_logs() == []
    combine(tmp_path / ".coverage.db")
    assert file in source.refresh()
    assert lines(source, file) == [1, 2, 4, 5, 6]
    assert source.refresh() == frozenset()
    assert source.files() == (file,)


def test_a_file_that_was_moved_is_told_of_when_data_of_its_text_comes(source, program, tmp_path):
    """Whoever asked for it before there was any must ask again."""
    moved = tmp_path / "moved.py"
    program.communicate("\n", timeout=60)
    (tmp_path / "m.py").rename(moved)
    assert source.recorded(moved).facts == ()
    combine(tmp_path / ".coverage.db")
    assert moved in source.refresh()
    assert lines(source, moved) == [1, 2, 4, 5, 6]


def test_a_replaced_or_deleted_data_file_changes_what_it_had(source, program, tmp_path):
    """Every file that was known, whatever the new one's numbers say."""
    data, file = tmp_path / ".coverage.db", tmp_path / "m.py"
    program.communicate("\n", timeout=60)
    combine(data)
    source.refresh()
    Path(tmp_path / "copy").write_bytes(data.read_bytes())
    Path(tmp_path / "copy").replace(data)
    assert file in source.refresh()
    data.unlink()
    assert file in source.refresh()
    assert source.recorded(file).facts == ()


def test_damage_is_an_error_each_time_and_what_was_known_stays(source, program, tmp_path):
    """Until the file is whole again."""
    data, file = tmp_path / ".coverage.db", tmp_path / "m.py"
    program.communicate("\n", timeout=60)
    combine(data)
    source.refresh()
    known = source.recorded(file)
    Path(tmp_path / "bad").write_bytes(b"nonsense" * 1000)
    Path(tmp_path / "bad").replace(data)
    for _ in range(2):
        with pytest.raises(DataError, match=r"coverage\.db"):
            source.refresh()
    assert source.recorded(file) == known


def test_coverage_pys_data_is_read_until_there_is_ours(source, tmp_path):
    """What coverage.py recorded lights up, another run of it too; our own data takes its place."""
    theirs, file = tmp_path / ".coverage", tmp_path / "m.py"
    file.write_text(PROGRAM)
    os.utime(file, (1, 1))
    write_coverage_py(theirs, file, [1, 4])
    assert source.refresh() == {file}
    assert lines(source, file) == [1, 4]
    assert source.recorded(file).facts[0].text == PROGRAM
    assert source.refresh() == frozenset()
    theirs.unlink()
    write_coverage_py(theirs, file, [1, 2, 4])
    os.utime(theirs, (2_000_000_000, 2_000_000_000))
    assert source.refresh() == {file}
    assert lines(source, file) == [1, 2, 4]
    subprocess.run([sys.executable, "-m", "minicov_lsp", "run", "-q", "m.py"], cwd=tmp_path, input="\n", text=True)
    assert source.refresh() == {file}
    assert lines(source, file) == [1, 2, 4, 5, 6]


def test_run_adds_to_coverage_pys_data(tmp_path):
    """The first merge that adds begins the data file with what coverage.py's said."""
    file, data = tmp_path / "m.py", tmp_path / ".coverage.db"
    file.write_text(PROGRAM)
    write_coverage_py(tmp_path / ".coverage", file, [6])
    for _ in range(2):
        adopt_coverage_py(data, tmp_path)
    with Database(data) as database:
        assert [facts.lines() for facts in database.facts("m.py")] == [{6}]


def write_coverage_py(path, file, lines):
    data = CoverageData(basename=str(path))
    data.add_lines({str(file): lines})
    data.close()


def test_an_empty_file_is_an_empty_database(source, tmp_path):
    """It is no damage."""
    (tmp_path / ".coverage.db").touch()
    assert source.refresh() == frozenset()
