"""What measuring adds to the start and the end of a short process: milliseconds of CPU time, medians, in one go.

    python tests/bench/starts.py [--python EXE] [--rounds N]

In overhead.py's environment. A child does nothing, or imports a module of 300 lines with its bytecode cached. It is
started as each tool has children measured: minicov and coverage.py by their environment variables, slipcover, which
doesn't follow children, by its command.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import overhead

FUNCTION = """\
def f{n}(a, b):
    if a and b:
        return [x for x in range(a) if x % 2]
    elif a or b:
        for i in range(3):
            b += i
    else:
        b = 1
    return b
f{n}({n} % 2, {n} % 3)
"""
PROGRAMS = {"nothing": "pass", "300 lines": "import module"}
ENVIRONMENT = """\
import json, os
from minicov_tracer.launch import environment
from minicov_tracer.settings import Settings
settings = Settings(data_file=os.path.abspath("data/minicov"), root=os.getcwd(), run_id="bench")
print(json.dumps(environment(settings, {})))
"""


class Way(NamedTuple):
    """How a child is started."""

    name: str
    command: str
    variables: dict[str, str]


def ways(python: Path, folder: Path) -> list[Way]:
    """The bare child first."""
    told = subprocess.run([python, "-c", ENVIRONMENT], cwd=folder, check=True, capture_output=True)
    (folder / "coveragerc").write_text("[run]\nbranch = true\nparallel = true\ndata_file = data/coverage\nsource = .\n")
    script = f"{python} -m slipcover --branch --json --out data/slipcover {{script}}"
    return [
        Way("bare", f"{python} -c {{code}}", {}),
        Way("minicov", f"{python} -c {{code}}", json.loads(told.stdout)),
        Way("slipcover", script, {}),
        Way("coverage.py", f"{python} -c {{code}}", {"COVERAGE_PROCESS_START": str(folder / "coveragerc")}),
    ]


def start(way: Way, code: str, folder: Path) -> tuple[float, float]:
    """Milliseconds of CPU and of wall time that a child takes. Raises RuntimeError where it fails."""
    (folder / "script.py").write_text(f"{code}\n")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COVERAGE_", "PYTEST_"))}
    command = shlex.split(way.command.format(code=shlex.quote(code), script="script.py"))
    began = time.perf_counter()
    child = subprocess.Popen(
        command, cwd=folder, env=environ | way.variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(child.pid, 0)
    ended = time.perf_counter()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{way.name}: status {child.returncode}")
    for left in (folder / "data").iterdir():
        left.unlink()
    return 1000 * (used.ru_utime + used.ru_stime), 1000 * (ended - began)


def measure(found: list[Way], code: str, folder: Path, rounds: int) -> dict[str, tuple[float, float]]:
    """{way: medians of what it adds to the bare child of the same round}; for "bare" its own times."""
    times: dict[str, list[tuple[float, float]]] = {way.name: [] for way in found}
    for number in range(rounds + 1):
        for way in found:
            taken = start(way, code, folder)
            if number:  # what is compiled and cached in the first round is so for all
                times[way.name].append(taken)
    bare = times.pop("bare")
    medians = {"bare": tuple(statistics.median(each) for each in zip(*bare, strict=True))}
    for name, taken_times in times.items():
        added = [(a - c, b - d) for (a, b), (c, d) in zip(taken_times, bare, strict=True)]
        medians[name] = tuple(statistics.median(each) for each in zip(*added, strict=True))
    return {name: (each[0], each[1]) for name, each in medians.items()}


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="the interpreter (default: this one)")
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args()
    python = overhead.environment(options.python)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "module.py").write_text("".join(FUNCTION.format(n=n) for n in range(30)))
        found = ways(python, folder)
        print("| child | bare, ms of CPU (wall) |", *(f"{way.name} adds |" for way in found[1:]))
        print("| --- |", *("--: |" for _ in found))
        for title, code in PROGRAMS.items():
            row = measure(found, code, folder, options.rounds)
            cells = (f"{cpu:.1f} ({wall:.1f}) |" for cpu, wall in (row[way.name] for way in found))
            print(f"| {title} |", *cells, flush=True)


if __name__ == "__main__":
    main()
