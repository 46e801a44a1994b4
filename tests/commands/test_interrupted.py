"""Ctrl-C in the middle of `combine` and `import`: a word, status 130, and nothing that doing it again doesn't mend."""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_lsp.store.partials import find_partials
from tests.store.recording import Recorder, lines_by_context

from .conftest import clean_environment

SHARDS = 20
ATTEMPTS = 20
"""On a busy machine a command may be done before anybody could interrupt it."""


def interrupted(folder: Path, *command: str, when: Callable[[], bool], **environment: str) -> tuple[int, str]:
    """(status, what it said) of a command that gets a SIGINT as soon as something is so."""
    process = subprocess.Popen(
        [sys.executable, "-m", "minicov_lsp", *command],
        cwd=folder,
        env=clean_environment(**environment),
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while process.poll() is None and not when():
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    return process.wait(timeout=60), process.communicate()[1]


def test_interrupted_combine_is_finished_by_the_next(tmp_path, minicov):
    """What was merged before Ctrl-C is kept, the rest is merged by the next; no partial file is taken for damaged."""
    shards, data_file = tmp_path / "shards", tmp_path / ".coverage.db"
    shards.mkdir()
    recorder = Recorder(tmp_path, data_file, {f"m{number}.py": "x = 1\n" * 20 for number in range(SHARDS)})
    for shard in range(SHARDS):
        ran = {f"t{shard}.{test}": {f"m{shard}.py": range(1, 2 + test)} for test in range(10)}
        path = recorder.record(ran, run=str(shard))
        path.rename(shards / path.name)
    combine(tmp_path / "expected", find_partials(shards / data_file.name), keep=True)
    for attempt in itertools.count(1):
        for path in shards.iterdir():
            shutil.copy(path, tmp_path)
        first, *rest = find_partials(data_file)
        data_file.unlink(missing_ok=True)
        combine(data_file, [first])
        done = rest[2]
        status, said = interrupted(tmp_path, "combine", "--append", when=lambda done=done: not done.exists())
        if status != 0:
            break
        assert attempt < ATTEMPTS
    assert (status, said.count("\n")) == (130, 1)
    assert said.startswith("minicov: interrupted; ")
    left = find_partials(data_file)
    assert 0 < len(left) < SHARDS - 2
    with Database(data_file) as database:
        assert len(database.contexts()) == 10 * (SHARDS - len(left))
    assert minicov("combine", "--append").returncode == 0
    assert lines_by_context(data_file) == lines_by_context(tmp_path / "expected")
    assert list(tmp_path.glob("*.bad")) == []


def test_interrupted_import_adds_nothing(tmp_path, minicov):
    """Ctrl-C leaves the data file as it was, and no temporary file; the next import gives all."""
    records = (f"SF:m{number}.py\nDA:1,1\nDA:2,0\nend_of_record\n" for number in range(600))
    (tmp_path / "lcov.info").write_text("TN:\n" + "".join(records))
    scratch, data_file = tmp_path / "scratch", tmp_path / ".coverage.db"
    scratch.mkdir()
    for attempt in itertools.count(1):
        data_file.unlink(missing_ok=True)
        status, said = interrupted(
            tmp_path,
            "import",
            "lcov.info",
            when=lambda: any(scratch.glob("minicov-*/imported")),
            TMPDIR=str(scratch),
        )
        if status != 0:
            break
        assert attempt < ATTEMPTS
    assert status == 130
    assert said.startswith("minicov: interrupted; ")
    assert said.count("\n") == 1
    assert list(scratch.iterdir()) == []
    assert not data_file.exists()
    assert minicov("import", "lcov.info").returncode == 0
    with Database(data_file) as database:
        assert len(database.files()) == 600
