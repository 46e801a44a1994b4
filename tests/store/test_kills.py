"""kill -9 of whoever writes, at any moment: every file stays readable, what was committed is there, merging goes on.

MINICOV_KILLS says how many times each is killed; it is modest unless somebody asks for more.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from minicov_lsp.store import connection
from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_lsp.store.partials import find_partials

from .recording import Recorder, lines_by_context

KILLS = int(os.environ.get("MINICOV_KILLS", "6"))
pytestmark = pytest.mark.timeout(300 + 10 * KILLS)

WRITER = """
import sys
from minicov_tracer.naming import RunInfo
from minicov_tracer.partial import CodeRow, PartialFile

partial = PartialFile(sys.argv[1], RunInfo(sys.argv[2], "run", False))
print("ready", flush=True)
for number in range(1, 100_000):
    with partial.transaction():
        row = partial.file(f"{sys.argv[2]}/a.py", "x = 1\\n" * 50)
        code = partial.code(CodeRow(row, "<module>", 1, "3.12", f"[{list(range(1, 51))},[],[]]"))
        signature = partial.signature(code, (1 << number % 50 + 1).to_bytes(8, "little"), "[]")
        partial.hits([(partial.context(f"t{number}"), signature)])
        partial.outcome(partial.context(f"t{number}"), "passed", 0.25)
    print(number, flush=True)
"""

COMBINER = """
import sys
from pathlib import Path
from minicov_lsp.store import connection
from minicov_lsp.store.combine import combine
print("ready", flush=True)
combine(Path(sys.argv[1]), append=sys.argv[2] == "append")
"""


def killed(script: str, *arguments: object, after: float) -> list[str]:
    """What a process said that was killed so many seconds after it was ready, or that had ended by then."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)], stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    timer = threading.Timer(after, process.send_signal, [signal.SIGKILL])
    timer.start()
    said = process.stdout.read().splitlines()
    process.wait()
    timer.cancel()
    return said


def is_whole(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_killed_writer_loses_nothing_that_it_committed(tmp_path):
    """Each test whose commit had returned is in the merged file, of each of the killed processes."""
    chance = random.Random(7)
    committed = []
    for number in range(KILLS):
        data_file = tmp_path / str(number) / ".coverage.db"
        data_file.parent.mkdir()
        partial = data_file.with_name(f"{data_file.name}.elsewhere.1.{number:08x}")
        said = killed(WRITER, partial, tmp_path, after=chance.uniform(0, 0.1))
        assert combine(data_file).problems == ()
        assert is_whole(data_file)
        with Database(data_file) as database:
            known = set(database.contexts())
        # The last line may be cut off, and one more commit may have come than could be told.
        told = [int(line) for line in said[:-1]]
        assert {f"t{test}" for test in told} <= known
        assert len(known) <= len(said) + 1
        committed.append(len(told))
    assert max(committed) > 0


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with twelve partial files of forty tests each; nobody changes it."""
    folder = tmp_path_factory.mktemp("shards")
    recorder = Recorder(folder, folder / ".coverage.db", {f"m{number}.py": "x = 1\n" * 60 for number in range(20)})
    for shard in range(12):
        ran = {
            f"t{test}": {f"m{(test + k) % 20}.py": range(1 + test % 50, 60, 1 + k) for k in range(4)}
            for test in range(40 * shard, 40 * shard + 40)
        }
        recorder.record(ran, run=str(shard), outcomes=dict.fromkeys(ran, ("passed", 0.5)))
    return folder


@pytest.mark.parametrize("how", ["append", "replace"])
def test_killed_combine_is_finished_by_the_next(shards, tmp_path, how):
    """Wherever a merge was killed, the data file is whole, and merging again gives what one merge gives."""
    chance = random.Random(11)
    expected, took = None, 1.0
    for number in range(1 + (KILLS + 1) // 2):
        folder = tmp_path / f"{how}{number}"
        shutil.copytree(shards, folder)
        data_file = folder / ".coverage.db"
        start = time.monotonic()
        killed(COMBINER, data_file, how, after=chance.uniform(0, took) if number else 60.0)
        took = took if number else time.monotonic() - start
        left = find_partials(data_file)
        if data_file.exists():
            assert is_whole(data_file)
            with Database(data_file) as database:
                assert len(database.contexts()) % 40 == 0  # no half of a partial file
        combine(data_file, append=how == "append" or len(left) < 12)
        assert is_whole(data_file)
        found = lines_by_context(data_file)
        expected = expected or found
        assert found == expected
        assert [path.name for path in folder.iterdir() if "elsewhere" in path.name or "merging" in path.name] == []
    assert expected is not None
    assert sum(map(len, expected.values())) == 12 * 40 * 4


def test_reader_never_waits_nor_sees_half_a_merge(shards, tmp_path, monkeypatch):
    """Who looks again and again while partial files are merged sees whole ones only, and no lock is ever in the way."""
    monkeypatch.setattr(connection, "BUSY_TIMEOUT", 0.0)  # whoever would have to wait fails
    shutil.copytree(shards, tmp_path / "data")
    data_file = tmp_path / "data" / ".coverage.db"
    combine(data_file, find_partials(data_file)[:1])
    merging = subprocess.Popen([sys.executable, "-c", COMBINER, str(data_file), "append"], stdout=subprocess.DEVNULL)
    seen = []
    with Database(data_file) as database:
        while merging.poll() is None or not seen:
            database.changed()
            seen.append(len(database.contexts()))
            assert database.facts("m0.py")
            time.sleep(0.002)
        seen.append(len(database.contexts()))
    assert {count % 40 for count in seen} == {0}
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (40, 480)
