"""What a dead process left of its hit log, at any moment of the log's making."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

from minicov_lsp.store.combine import combine
from minicov_lsp.store.json_probes import converted
from minicov_lsp.store.recovery import find_logs, recover
from minicov_tracer.recorder import COUNT_AT

CORE = "_monitoring" if sys.version_info >= (3, 12) else "_settrace"
PROGRAM = """\
import os, signal
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The log of a process that was killed."""
    program, data_file = tmp_path / "program.py", tmp_path / ".coverage.db"
    program.write_text(PROGRAM)
    command = [sys.executable, "-m", "minicov_tracer", "run", "--data", str(data_file), str(program)]
    subprocess.run(command, cwd=tmp_path, check=False, timeout=60)
    program.unlink()
    if find_spec(f"minicov_tracer.{CORE}") is None:
        pytest.skip("the core in Python keeps no hit log")
    (log,) = find_logs(data_file)
    return log


def hits(base: Path) -> Path:
    return Path(f"{base}.hits")


def probes(base: Path) -> Path:
    return Path(f"{base}.probes")


def empty_hits(base: Path) -> None:
    """The map with nothing but its header."""
    data = hits(base).read_bytes()
    hits(base).write_bytes(data[:COUNT_AT] + bytes(len(data) - COUNT_AT))


def cut_probes(base: Path) -> None:
    empty_hits(base)
    probes(base).write_bytes(probes(base).read_bytes()[:9])


def no_header(base: Path) -> None:
    probes(base).write_bytes(b"")
    hits(base).write_bytes(bytes(hits(base).stat().st_size))


def no_room_taken(base: Path) -> None:
    probes(base).write_bytes(b"")
    hits(base).write_bytes(b"")


@pytest.mark.parametrize("cut_short", [cut_probes, no_header, no_room_taken])
def test_a_log_that_was_never_finished_is_no_damage(
    base: Path, cut_short: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """A process that was killed while it made its log had logged nothing: nothing stays, and nobody is told."""
    cut_short(base)
    with caplog.at_level(logging.WARNING):
        assert recover(base.parent / ".coverage.db") == ()
    assert (list(base.parent.iterdir()), caplog.messages) == ([], [])


def lost_probes(base: Path) -> None:
    probes(base).write_bytes(b"")


def lost_hits(base: Path) -> None:
    hits(base).write_bytes(b"")


@pytest.mark.parametrize("damage", [lost_probes, lost_hits])
def test_a_log_that_lost_something_is_set_aside(
    base: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """What was logged and can't be told any more, or what may have been, is damage."""
    damage(base)
    with caplog.at_level(logging.WARNING):
        assert recover(base.parent / ".coverage.db") == ()
    assert {path.suffix for path in base.parent.iterdir()} == {".bad"}
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("change", [empty_hits, lambda base: None])
def test_a_whole_log_becomes_a_partial_file(base: Path, change: Callable[[Path], None]) -> None:
    """Of a process that had run something or nothing when it was killed; the log is gone then."""
    change(base)
    assert recover(base.parent / ".coverage.db") == (base,)
    assert list(base.parent.iterdir()) == [base]


@pytest.mark.parametrize("file", [hits, probes])
def test_what_is_no_file_is_no_log(base: Path, file: Callable[[Path], Path]) -> None:
    """A pipe of a log's name is not waited for; what is there stays."""
    file(base).unlink()
    os.mkfifo(file(base))
    assert recover(base.parent / ".coverage.db") == ()
    assert {path.suffix for path in base.parent.iterdir()} == {".hits", ".probes"}


def test_a_log_of_an_earlier_version(base: Path) -> None:
    """Probe tables that are JSON, as they were in logs before version 4 of the data file, say the same."""
    table = [[1, 2], [], [[1, 2], [2], [0, 1]]]
    told = [json.loads(line) for line in probes(base).read_text("utf-8").splitlines()]
    assert any("code" in line for line in told)
    for line in told:
        if "code" in line:
            line["probes"] = table
    probes(base).write_text("".join(f"{json.dumps(line)}\n" for line in told), "utf-8")
    (partial,) = recover(base.parent / ".coverage.db")
    assert combine(base.parent / ".coverage.db", [partial]).problems == ()
    with closing(sqlite3.connect(base.parent / ".coverage.db")) as connection:
        assert set(connection.execute("SELECT probes FROM code")) == {(converted(table, 1),)}
        assert connection.execute("SELECT start_line, end_line FROM arcs").fetchall() == [(-1, 1), (1, 2), (2, -1)]
