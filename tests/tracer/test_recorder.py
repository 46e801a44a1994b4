"""The flight recorder's files while they are written."""

from __future__ import annotations

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
    recorder = Recorder(str(tmp_path / "log"), RunInfo(str(tmp_path), "run", replaces=False), NoCode(), NoCode())
    written = b"".join(number.to_bytes(4, "little") for number in range(ENTRIES))
    recorder.map[ENTRIES_AT : ENTRIES_AT + len(written)] = written
    recorder.map[COUNT_AT : COUNT_AT + 8] = ENTRIES.to_bytes(8, "little")
    before = resident("log.hits")
    recorder.begin("test")
    assert before >= len(written) // 1024 > resident("log.hits") * 10
    assert (tmp_path / "log.hits").read_bytes()[ENTRIES_AT : ENTRIES_AT + len(written)] == written
    recorder.remove()
