"""The store's figures on made-up suites with the shape of real ones (suite.py), in one run.

    python tests/bench/store.py [--tests N] [--partials N] [--shapes NAME ...] [--only combine memory reader polling]

Merging is compared with coverage.py's `combine` of the same facts, recorded with branches and a context a test. Times
are CPU seconds of the call itself in a process of its own, so a busy machine does little harm; ratios are what counts.
What both commands take as whole processes, with their start and end, is a line of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from proportions import proportions
from suite import ROOT, SHAPES, Suite, make_suite, write_coverage_py, write_partials

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database

_MEASURED = """
import json, resource, sys, time
{setup}
start = time.process_time()
{call}
used = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:  # a process that is started by a large one begins with the peak of that
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
except OSError:
    pass
print(json.dumps([used, peak / 1024]))
"""


def our_merge(root: str = ROOT) -> str:
    """A script for `measure` that merges our partial files, which were written below that root."""
    return _MEASURED.format(
        setup="from pathlib import Path; from minicov_lsp.store.combine import combine; at = Path(sys.argv[1])",
        call=f"combine(at / '.coverage.db', root=Path({root!r}))",
    )


def their_merge() -> str:
    """A script for `measure` that combines coverage.py's parallel files."""
    return _MEASURED.format(
        setup="import coverage; at = sys.argv[1]; c = coverage.Coverage(at + '/.coverage', config_file=False)",
        call="c.combine([at], strict=True); c.save()",
    )


def measure(script: str, folder: Path) -> tuple[float, float]:
    """(CPU seconds, peak MB) of a script's call in a process of its own."""
    ran = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True)
    used, peak = json.loads(ran.stdout.splitlines()[-1])
    return used, peak


def command_cpu(
    command: str, data_file: Path, root: Path, configuration: str | None = "[run]\nbranch = true\n"
) -> float:
    """CPU seconds of `minicov combine` or `coverage combine` beside `data_file` as a whole process, started in `root`.

    It reads the project's own configuration where there is no other. Raises CalledProcessError.
    """
    options = [f"--data-file={data_file}"]
    if configuration is not None:
        file = data_file.with_name("configuration")
        file.write_text(configuration)
        options.append(f"--rcfile={file}")
    folders = [] if command == "minicov" else [str(data_file.parent)]
    return process_cpu([str(Path(sys.executable).with_name(command)), "combine", *options, *folders], root)


def process_cpu(command: Sequence[str], folder: Path) -> float:
    """CPU seconds of a command from its start to its end, without our own settings of Python: bytecode is kept."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COVERAGE_"))}
    child = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return used.ru_utime + used.ru_stime


def size_of(data_file: Path) -> float:
    """MB on disk, its journal included."""
    return sum(path.stat().st_size for path in data_file.parent.glob(f"{data_file.name}*")) / 1e6


def size_of_the_same(data_file: Path) -> float:
    """MB of a data file, packed, without what only ours has a place for: texts, outcomes, runs."""
    with contextlib.closing(sqlite3.connect(data_file)) as whole:
        whole.execute("VACUUM INTO ?", (str(data_file.with_name("same")),))
    with contextlib.closing(sqlite3.connect(data_file.with_name("same"), isolation_level=None)) as same:
        tables = {name for (name,) in same.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for name in tables.intersection(("source", "pack", "run")):
            same.execute(f"DELETE FROM {name}")
        if "pack" in tables:
            same.execute("UPDATE context SET outcome = NULL, duration = NULL, ended = NULL")
        same.execute("VACUUM")
    return size_of(data_file.with_name("same"))


def table(title: str, header: str, rows: Iterator[str]) -> None:
    """Print a table, a row at a time."""
    print(f"\n{title}\n{header}", flush=True)
    for row in rows:
        print(row, flush=True)


def merging(suites: dict[str, Suite], partials: int, folder: Path) -> Iterator[str]:
    """Four rows for each suite: the figures, both commands, the sizes of what both files hold, and its proportions."""
    for name, suite in suites.items():
        ours, theirs = folder / f"{name}-ours", folder / f"{name}-theirs"
        ours.mkdir()
        theirs.mkdir()
        write_partials(suite, partials, ours / ".coverage.db")
        write_coverage_py(suite, partials, theirs / ".coverage")
        whole, their_whole = _as_commands(ours / ".coverage.db", theirs / ".coverage")
        our_cpu, our_peak = measure(our_merge(), ours)
        their_cpu, their_peak = measure(their_merge(), theirs)
        our_size, their_size = size_of(ours / ".coverage.db"), size_of(theirs / ".coverage")
        yield (
            f"{name:10} {our_cpu:7.2f} {their_cpu:8.2f} {their_cpu / our_cpu:6.1f}x"
            f" {our_size:8.2f} {their_size:8.1f} {their_size / our_size:6.1f}x {our_peak:6.0f} {their_peak:7.0f}"
        )
        yield f"{'':10} as whole processes: {whole:.2f} {their_whole:.2f} {their_whole / whole:.1f}x"
        our_size, their_size = size_of_the_same(ours / ".coverage.db"), size_of_the_same(theirs / ".coverage")
        yield f"{'':10} facts and names alone, packed: {our_size:.2f} {their_size:.1f} {their_size / our_size:.1f}x"
        yield f"{'':10} {json.dumps(proportions(ours / '.coverage.db'))}"
        shutil.rmtree(theirs)


def _as_commands(*data_files: Path) -> Iterator[float]:
    """CPU seconds of each command, which merges a copy."""
    for command, data_file in zip(("minicov", "coverage"), data_files, strict=True):
        copy = data_file.parent.with_name("copy")
        shutil.copytree(data_file.parent, copy)
        yield command_cpu(command, copy / data_file.name, copy)
        shutil.rmtree(copy)


def memory(suite: Suite, folder: Path) -> Iterator[str]:
    """A row for each number of partial files."""
    for number in (10, 100, 500):
        at = folder / f"memory-{number}"
        at.mkdir()
        write_partials(suite, number, at / ".coverage.db")
        used, peak = measure(our_merge(), at)
        yield f"{number:8} {used:8.2f} {peak:8.0f}"
        shutil.rmtree(at)


def reading(data_file: Path) -> Iterator[str]:
    """A row for each question that the language server lives on."""
    chance = random.Random(1)
    with Database(data_file) as database:
        files = database.files()
        lines = {path: sorted(database.facts(path)[0].lines()) for path in chance.sample(files, min(200, len(files)))}
        generation = database.generation()
        questions: dict[str, Callable[[], object]] = {
            "all of one file": lambda: database.facts(chance.choice(list(lines))),
            "contexts of a line": lambda: _contexts(database, *_place(lines, chance)),
            "what changed? (nothing)": database.changed,
            "which files changed": lambda: database.files_changed_since(generation),
        }
        for title, ask in questions.items():
            times = sorted(_timed(ask) for _ in range(300))
            yield f"{title:26} {1000 * statistics.median(times):8.3f} {1000 * times[int(len(times) * 0.95)]:8.3f}"


def _place(lines: dict[str, list[int]], chance: random.Random) -> tuple[str, int]:
    path = chance.choice([path for path, found in lines.items() if found])
    return path, chance.choice(lines[path])


def _contexts(database: Database, path: str, line: int) -> object:
    return database.contexts_of_lines(path, line, line)


def _timed(ask: Callable[[], object]) -> float:
    """CPU seconds: on a quiet machine the clock says the same, on a busy one it tells of others."""
    start = time.process_time()
    ask()
    return time.process_time() - start


def polling(suite: Suite, folder: Path) -> Iterator[str]:
    """What a reader that looks 20 times a second sees of a merge of 100 partial files.

    Where that is allowed it comes before all other processes, so that it waits for locks and not for the machine.
    """
    data_file = folder / "polled" / ".coverage.db"
    data_file.parent.mkdir()
    partials = write_partials(suite, 100, data_file)
    combine(data_file, partials[:1])
    shards = [len(tests) for tests in suite.shards(100)]
    whole = {1 + sum(shards[:number]) for number in range(len(shards) + 1)}
    waits, own, seen, stop = [], [], set(), threading.Event()
    merge = subprocess.Popen([sys.executable, "-c", our_merge(), str(data_file.parent)], stdout=subprocess.DEVNULL)
    with before_all_others(), Database(data_file) as database:
        while merge.poll() is None and not stop.wait(0.05):
            start, used = time.perf_counter(), time.thread_time()
            database.changed()
            seen.add(len(database.contexts()))
            database.facts(database.files()[0])
            waits.append(time.perf_counter() - start)
            own.append(time.thread_time() - used)
    waits.sort()
    yield f"looks {len(waits)}, longest {1000 * waits[-1]:.1f} ms, median {1000 * statistics.median(waits):.1f} ms"
    yield f"of its own CPU: longest {1000 * max(own):.1f} ms, median {1000 * statistics.median(own):.1f} ms"
    yield f"states seen {len(seen)}, of them between two commits {len(seen - whole)}"


@contextlib.contextmanager
def before_all_others() -> Iterator[None]:
    """Run at real-time priority within, where the system has it and allows it."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except (AttributeError, OSError):
        yield
        return
    yield
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=10_000)
    parser.add_argument("--partials", type=int, default=40)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--only", nargs="+", choices=("combine", "memory", "reader", "polling"))
    options = parser.parse_args()
    only = options.only or ("combine", "memory", "reader", "polling")
    share = options.tests / 10_000
    suites = {
        name: make_suite(replace(SHAPES[name], tests=options.tests, files=max(20, round(SHAPES[name].files * share))))
        for name in options.shapes
    }
    largest = suites[options.shapes[-1]]
    print(f"Python {sys.version.split()[0]}; {options.tests} tests")
    with tempfile.TemporaryDirectory(prefix="minicov-bench-") as name:
        folder = Path(name)
        if "combine" in only:
            header = "suite       CPU s   theirs  ratio       MB   theirs   ratio  peak MB  theirs"
            table(f"combine of {options.partials} partial files", header, merging(suites, options.partials, folder))
        if "memory" in only:
            table("peak memory", "partials    CPU s  peak MB", memory(largest, folder))
        if "reader" in only:
            data_file = folder / "read" / ".coverage.db"
            data_file.parent.mkdir()
            write_partials(largest, 4, data_file)
            combine(data_file)
            table("reader", "question                  median ms   p95 ms", reading(data_file))
        if "polling" in only:
            table("a reader at 20 Hz during a combine of 100 partial files", "", polling(largest, folder))


if __name__ == "__main__":
    main()
