"""What tools that measure coverage make a program cost: their CPU time over the bare program's, in one go.

    python tests/bench/overhead.py [--python EXE] [--rounds N] [--only NAME,…]

In an environment of their own, made once in .cache/bench: this project, coverage.py, slipcover and pytest-cov. What is
run: the programs in kernels/, and the test suite of mistune, fetched by pip. Each round runs the bare program and then
every tool, in turn, so that what disturbs the machine disturbs all; a number is the median of the rounds' ratios, which
are of user and system time. What minicov then merges in another process is not counted, as reports are not of others.
"""

from __future__ import annotations

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache" / "bench"
SUITE = "mistune-3.4.0"
PACKAGES = ["coverage>=7.10", "pytest>=9", "pytest-cov>=6", "slipcover>=1.0"]


class Work(NamedTuple):
    """A program to run."""

    name: str
    program: str
    """What comes after the interpreter."""
    folder: Path
    source: str
    """What is measured, relative to the folder; "" for the program itself."""


class Tool(NamedTuple):
    """A way to run it."""

    name: str
    command: str
    """With {python}, {program}, {data} (a file that is not there), {source} (an option or nothing) and {folder}."""
    for_tests: bool = False
    """Whether it has contexts, so is tried with tests alone."""


TOOLS = (
    Tool("minicov", "{python} -m minicov_tracer run --contexts none --data {data} {source} {program}"),
    Tool("minicov, contexts", "{python} -m minicov_tracer run --data {data} {source} {program}", True),
    Tool("slipcover", "{python} -m slipcover --branch --json --out {data} {source} {program}"),
    Tool("coverage.py", "{python} -m coverage run --rcfile=/dev/null --branch --data-file={data} {source} {program}"),
    Tool(
        "pytest-cov, contexts",
        "{python} {program} -p pytest_cov --cov={folder} --cov-branch --cov-context=test --cov-report= "
        "--cov-config=/dev/null",
        True,
    ),
)


def environment(base: str) -> Path:
    """An interpreter with this project and the other tools."""
    version = subprocess.run([base, "-c", "import sys; print(*sys.version_info[:2], sep='.')"], capture_output=True)
    folder = CACHE / version.stdout.decode().strip()
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([base, "-m", "venv", folder], check=True)
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*install, *PACKAGES], check=True)
    subprocess.run([*install, "--no-deps", "--force-reinstall", HERE.parents[1]], check=True)
    return python


def fetch_suite(python: Path) -> Path:
    """The folder of the suite's source distribution."""
    folder = CACHE / SUITE
    if not folder.exists():
        name, _, version = SUITE.partition("-")
        download = [python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", f"{name}=={version}"]
        subprocess.run([*download, "-d", CACHE], check=True)
        with tarfile.open(CACHE / f"{SUITE}.tar.gz") as archive:
            archive.extractall(CACHE, filter="data")
    return folder


def works(python: Path) -> Iterator[Work]:
    """All that is run."""
    for kernel in sorted((HERE / "kernels").glob("*.py")):
        yield Work(kernel.stem, kernel.name, kernel.parent, "")
    left_out = (  # what hangs on the clock
        "--ignore=tests/test_inline_limits.py --ignore-glob=tests/test_security_* --deselect "
        "tests/test_misc.py::TestMiscCases::test_deeply_indented_list_does_not_scale_quadratically"
    )
    suite = f"-m pytest -q -p no:cacheprovider tests {left_out}"
    yield Work("mistune's tests", suite, fetch_suite(python), "src/mistune")


def seconds(command: str, folder: Path) -> float:
    """The CPU time of a command and its children. Raises RuntimeError where it fails."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COVERAGE_", "PYTEST_"))}
    environ |= {"PYTHONHASHSEED": "0", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COVERAGE_CORE": "ctrace"}
    if (folder / "src").exists():
        environ["PYTHONPATH"] = f"src{os.pathsep}."
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(shlex.split(command), cwd=folder, env=environ, stdout=output, stderr=output)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            output.seek(0)
            raise RuntimeError(
                f"{command}: status {child.returncode}\n{output.read()[-2000:].decode(errors='replace')}"
            )
    return used.ru_utime + used.ru_stime


def measure(work: Work, python: Path, rounds: int) -> dict[str, float]:
    """{tool: median ratio}; "" is the bare program's time in seconds."""
    bare: list[float] = []
    ratios: dict[str, list[float]] = {}
    seconds(f"{python} {work.program}", work.folder)  # what is compiled and cached is so for all
    for _ in range(rounds):
        bare.append(seconds(f"{python} {work.program}", work.folder))
        for tool in TOOLS:
            if tool.for_tests and not work.source:
                continue
            with tempfile.TemporaryDirectory() as folder:
                place = work.folder / work.source
                source = f"--source={place}" if work.source else ""
                command = tool.command.format(
                    python=python, program=work.program, data=f"{folder}/data", source=source, folder=place
                )
                ratios.setdefault(tool.name, []).append(seconds(command, work.folder) / bare[-1])
    return {"": statistics.median(bare)} | {name: statistics.median(found) for name, found in ratios.items()}


def main() -> None:
    """Print a table in Markdown, a row as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="the interpreter (default: this one)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", metavar="NAME,…", help="only these programs")
    options = parser.parse_args()
    python = environment(options.python)
    print("| program | bare, s |", *(f"{tool.name} |" for tool in TOOLS))
    print("| --- | --: |", *("--: |" for _ in TOOLS))
    for work in works(python):
        if not options.only or work.name in options.only.split(","):
            found = measure(work, python, options.rounds)
            cells = (f"{found[tool.name]:.2f} |" if tool.name in found else "|" for tool in TOOLS)
            print(f"| {work.name} | {found['']:.2f} |", *cells, flush=True)


if __name__ == "__main__":
    main()
