"""What is known of files, with a real traced process and a real merge."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from minicov_lsp.config import Config
from minicov_lsp.errors import DataError
from minicov_lsp.project import Project
from minicov_lsp.server.data_source import DataSource
from minicov_lsp.store.combine import combine
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


def test_a_running_process_is_seen_and_nothing_is_lost_at_its_end(source, program, tmp_path):
    """From its memory map first, from the data file at last, and at no time from neither."""
    file = tmp_path / "m.py"
    if not list(tmp_path.glob("*.hits")):
        pytest.skip("this core keeps no hit log")
    assert file in source.refresh()
    assert lines(source, file)[:3] == [1, 2, 4]  # it may have come to line 5 by now, or not
    assert (source.is_live, source.live_files) == (True, {file})
    program.communicate("\n", timeout=60)
    source.refresh()
    assert (source.is_live, source.live_files) == (False, frozenset())
    assert lines(source, file)[:3] == [1, 2, 4]
    combine(tmp_path / ".coverage.db")
    assert file in source.refresh()
    assert lines(source, file) == [1, 2, 4, 5, 6]
    assert source.refresh() == frozenset()
    assert source.files() == (file,)


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


def test_an_empty_file_is_an_empty_database(source, tmp_path):
    """It is no damage."""
    (tmp_path / ".coverage.db").touch()
    assert source.refresh() == frozenset()
