"""Killed at any moment: whatever ran before is in the merged data file.

MINICOV_KILLS says how many processes are killed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database

from .test_lives import KEEPS_LOG

KILLS = int(os.environ.get("MINICOV_KILLS", "6"))
pytestmark = [
    pytest.mark.skipif(not KEEPS_LOG, reason="only what the hit log has survives a kill"),
    pytest.mark.timeout(300 + 10 * KILLS),
]

FUNCTIONS = 600
HEAD = """\
import os, threading
progress = os.open("progress", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def load():
    while True:
        sum(n * n if n % 3 else n for n in range(100))
for _ in range(2):
    threading.Thread(target=load, daemon=True).start()
"""
BODY = """\
def f{n}(x):
    if x:
        y = [x + z for z in range(9)]
    os.write(progress, b"{n} ")
f{n}(1)
"""
"""A number is written when all before it in its function has run."""


def kill_one(folder: Path, after: float) -> int:
    """Start a process and kill it so many seconds after it has begun; how much it had reported by then."""
    command = [sys.executable, "-m", "minicov_tracer", "run", "program.py"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        progress = folder / "progress"
        while process.poll() is None and not (progress.exists() and progress.stat().st_size):
            time.sleep(0.001)
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    return len(progress.read_bytes().split())


def test_nothing_older_than_the_kill_is_lost(tmp_path: Path) -> None:
    """Every function that had reported itself has all its lines in the data file, at each of many moments."""
    (tmp_path / "program.py").write_text(HEAD + "".join(BODY.format(n=n) for n in range(FUNCTIONS)))
    first, length = HEAD.count("\n"), BODY.count("\n")
    moments = random.Random(7)
    reported = []
    for _ in range(KILLS):
        (tmp_path / "progress").unlink(missing_ok=True)
        done = kill_one(tmp_path, moments.random() * 0.8)
        assert combine(tmp_path / ".coverage.db", append=False).problems == ()
        with Database(tmp_path / ".coverage.db") as database:
            found = {line for facts in database.facts("program.py") for line in facts.lines()}
        expected = {first + length * n + line for n in range(done) for line in range(1, length + 1)}
        assert expected - found == set(), f"{done} functions had run"
        reported.append(done)
    assert min(reported) > 0
