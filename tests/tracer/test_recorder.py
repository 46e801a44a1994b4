"""The flight recorder's files while they are written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import CodeType

import pytest

from minicov_tracer.naming import RunInfo
from minicov_tracer.recorder import COUNT_AT, ENTRIES_AT, Recorder

ENTRIES = 100_000


class NoCode:
    """The source and the room of a log that no code object comes to, and that does not get full."""

    def describe(self, code: CodeType) -> str:
        raise NotImplementedError

    def raised_at(self, code: CodeType, offset: int) -> tuple[int, int] | None:
        raise NotImplementedError

    def path(self, code: CodeType) -> str:
        raise NotImplementedError

    def text(self, path: str) -> str | None:
        raise NotImplementedError

    def checkpoint(self) -> None:
        raise NotImplementedError

    def let_go(self) -> None:
        raise NotImplementedError

    def lose_log(self, error: OSError) -> None:
        raise error


def resident(name: str) -> int:
    """Kilobytes of a mapped file that count as this process's memory (proc(5), smaps)."""
    lines = iter(Path("/proc/self/smaps").read_text().splitlines())
    for line in lines:
        if line.endswith(name):
            return next(int(found.split()[1]) for found in lines if found.startswith("Rss:"))
    raise LookupError(name)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_pages_are_given_back_and_kept_in_the_file(tmp_path: Path) -> None:
    """At the edge of a context the log's pages leave the process's memory; what was written stays."""
    recorder = Recorder(
        str(tmp_path / "log"), RunInfo(str(tmp_path), "run", replaces=False), NoCode(), NoCode(), os.write
    )
    written = b"".join(number.to_bytes(4, "little") for number in range(ENTRIES))
    recorder.map[ENTRIES_AT : ENTRIES_AT + len(written)] = written
    recorder.map[COUNT_AT : COUNT_AT + 8] = ENTRIES.to_bytes(8, "little")
    before = resident("log.hits")
    recorder.begin("test")
    assert before >= len(written) // 1024 > resident("log.hits") * 10
    assert (tmp_path / "log.hits").read_bytes()[ENTRIES_AT : ENTRIES_AT + len(written)] == written
    recorder.remove()


TURNS = """
import _thread, sys

def choose(x):
    if x > 1:
        y = [n for n in range(x) if n]
    else:
        y = []
    for _ in y:
        x += 1
    return (lambda: x)()

sys.setswitchinterval(60)
turns = []
_thread.start_new_thread(turns.append, (1,))
for x in range(5):
    choose(x)
print(len(turns))
"""


def test_no_thread_gets_a_turn_that_it_would_not_have_had(tmp_path):
    """While the program meets code and takes new ways, whoever waits for the interpreter still waits."""
    program = tmp_path / "program.py"
    program.write_text(TURNS)
    measured = [sys.executable, "-m", "minicov_tracer", "run", "--data", str(tmp_path / "data"), str(program)]
    for command in ([sys.executable, str(program)], measured):
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
        assert ended.stdout == "0\n", command
    assert list(tmp_path.glob("data.*"))
