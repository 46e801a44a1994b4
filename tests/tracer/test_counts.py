"""How often each line ran: the same on every core, and added up over processes exactly once."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType

import pytest

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_lsp.store.partials import find_partials
from minicov_tracer.bytecode import line_probes

from .measuring import FILENAME, in_program

PROGRAM = textwrap.dedent("""\
    def work(n):
        total = 0
        for i in range(n):
            if i % 3 == 0:
                continue
            try:
                if i % 2:
                    raise ValueError
            except ValueError:
                total += 1
            yield total
    while True:
        sum(work(10))
        sum(work(4))
        break
    """)
COUNTS = {1: 1, 2: 2, 3: 16, 4: 14, 5: 6, 6: 8, 7: 8, 8: 4, 9: 4, 10: 4, 11: 8, 12: 1, 13: 1, 14: 1, 15: 1}


def counted(core: ModuleType, *, flushes: int = 0) -> dict[int, int]:
    """How often the program's lines ran, by one core."""
    watcher = core.Core(in_program, None, True)
    program = compile(PROGRAM, FILENAME, "exec", dont_inherit=True)
    counts: dict[int, int] = {}
    watcher.start()
    try:
        exec(program, {"__name__": "measured", "sum": lambda values: [watcher.flush() for _ in values if flushes]})
    finally:
        watcher.stop()
    for code, numbers in watcher.take_counts():
        for line, number in zip(line_probes(code), numbers, strict=True):
            counts[line] = counts.get(line, 0) + number
    return counts


def test_every_time_is_counted(core: ModuleType) -> None:
    """A line counts each time that control comes to it: loops, exceptions and generators as they run."""
    found = counted(core)
    found.pop(12, None)  # `while True` is no instruction
    assert found == {line: count for line, count in COUNTS.items() if line != 12}


def test_a_flush_forgets_no_count(core: ModuleType) -> None:
    """Counts go on over the edges of contexts."""
    assert counted(core, flushes=1)[3] == COUNTS[3]


def test_counts_are_told_once(core: ModuleType) -> None:
    """What was taken begins anew, and without counting there is nothing to take."""
    watcher = core.Core(in_program, None, True)
    silent = core.Core(in_program)
    for one in (watcher, silent):
        one.start()
        exec(compile("x = 1\n", FILENAME, "exec", dont_inherit=True), {})
        one.stop()
    assert [numbers for _, numbers in watcher.take_counts()] == [(1,)]
    assert [sum(numbers) for _, numbers in watcher.take_counts()] in ([], [0])
    assert silent.take_counts() == []


@pytest.fixture
def family(tmp_path: Path) -> Path:
    """A folder in which a program with a child process was run and counted; the partial files are still there."""
    (tmp_path / "program.py").write_text(
        "import subprocess, sys\n"
        "for _ in range(5):\n"
        "    x = 1\n"
        "if len(sys.argv) == 1:\n"
        "    subprocess.run([sys.executable, __file__, 'child'], check=True)\n"
    )
    command = [sys.executable, "-m", "minicov_tracer", "run", "--counts", "program.py"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    return tmp_path


def test_processes_add_up_once(family: Path) -> None:
    """Each partial counts once, however often it is merged."""
    data_file = family / ".coverage.db"
    assert len(find_partials(data_file)) == 2
    for _ in range(2):
        combine(data_file, keep=True)
        with Database(data_file) as database:
            (facts,) = database.facts("program.py")
            assert facts.counts == {1: 2, 2: 12, 3: 10, 4: 2, 5: 1}
            assert database.facts_of_text("program.py", facts.text or "").counts == facts.counts
            generation = database.generation()
    combine(data_file)
    with Database(data_file) as database:
        assert database.generation() == generation
        assert database.facts("program.py")[0].counts[3] == 10


def test_the_report_has_them(tmp_path: Path) -> None:
    """`minicov run --counts` and `minicov json`; a second run with --append adds, one without begins anew."""
    (tmp_path / "program.py").write_text("for _ in range(3):\n    x = 1\n")
    told = []
    for options in ([], ["--append"], []):
        for command in (["run", "--counts", *options, "program.py"], ["json", "-q", "-o", "out.json"]):
            subprocess.run([sys.executable, "-m", "minicov_lsp", *command], cwd=tmp_path, check=True, timeout=60)
        report = json.loads((tmp_path / "out.json").read_text())
        told.append(report["files"]["program.py"]["counts"])
    assert told == [{"1": 4, "2": 3}, {"1": 8, "2": 6}, {"1": 4, "2": 3}]
