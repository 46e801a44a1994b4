"""How much less CPU `minicov json` takes than `coverage json`, of the same files, run the same way, in one go.

    python tests/bench/reports.py [LINES]

The project is copied from the standard library; some of its modules are imported, the others are never run. Both tools
measure it with branches, then each report is made by a process of its own, and its CPU time (user and system) is what
counts: on a busy machine it is steadier than the clock. "Cold" is without any kept analysis, "warm" with all.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

LINES = 100_000
ROUNDS = 3
MODULES = """
    argparse ast base64 bisect calendar cmd code codecs colorsys configparser contextlib copy csv dataclasses datetime
    difflib dis enum fnmatch fractions functools getopt getpass gettext glob graphlib gzip heapq hmac inspect ipaddress
    linecache locale mimetypes numbers opcode operator optparse pickle pickletools pkgutil platform plistlib pprint
    queue
    quopri random reprlib sched selectors shelve shlex shutil socket statistics string stringprep subprocess tabnanny
    tarfile tempfile textwrap timeit token tokenize traceback types uuid wave weakref zipapp zipimport
""".split()  # noqa: SIM905  # a literal would have a line for each
MAIN = f"""
import contextlib
import importlib

for name in {MODULES}:
    with contextlib.suppress(Exception):
        importlib.import_module("project." + name)
"""


def assemble(folder: Path, lines: int) -> int:
    """Copy modules of the standard library until there are so many lines; how many there are."""
    standard = Path(sysconfig.get_path("stdlib"))
    package = folder / "project"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (folder / "main.py").write_text(MAIN)
    others = (file for file in standard.rglob("*.py") if not {"site-packages", "test", "tests"} & set(file.parts))
    found = 0
    for file in dict.fromkeys([*(standard / f"{name}.py" for name in MODULES), *sorted(others)]):
        if found >= lines:
            break
        if not file.is_file():
            continue
        try:
            text = file.read_text()
            compile(text, str(file), "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue  # what the standard library tests itself with
        target = package / file.relative_to(standard).as_posix().replace("/", "_")
        target.write_text(text)
        found += text.count("\n")
    return found


def run(folder: Path, *arguments: str, cache: Path) -> float:
    """CPU seconds of a Python process, its children included."""
    ours = ("COVERAGE_", "MINICOV_", "PYTHONDONTWRITEBYTECODE")  # what is installed has its bytecode
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=folder,
        env=environment | {"MINICOV_CACHE_DIR": str(cache)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Print CPU seconds and ratios."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "project")
        size = assemble(folder, lines)
        caches = [Path(name, f"cache{number}") for number in range(ROUNDS)]
        run(folder, "-m", "coverage", "run", "--branch", "--source", ".", "main.py", cache=caches[0])
        run(folder, "-m", "minicov_lsp", "run", "--source", ".", "main.py", cache=caches[0])
        theirs, cold, warm = [], [], []
        for cache in caches:  # in turns, so that whatever else the machine does falls on all
            theirs.append(run(folder, "-m", "coverage", "json", "-q", "-o", "theirs.json", cache=cache))
            cold.append(run(folder, "-m", "minicov_lsp", "json", "-q", "-o", "ours.json", cache=cache))
            warm.append(run(folder, "-m", "minicov_lsp", "json", "-q", "-o", "ours.json", cache=cache))
        files = len(list(folder.glob("project/*.py")))
    print(f"{files} files, {size} lines, Python {sys.version.split()[0]}, least CPU of {ROUNDS}:")
    print(f"  coverage json          {min(theirs):6.2f} s")
    print(f"  minicov json, cold     {min(cold):6.2f} s, {min(theirs) / min(cold):5.1f} times less")
    print(f"  minicov json, warm     {min(warm):6.2f} s, {min(theirs) / min(warm):5.1f} times less")


if __name__ == "__main__":
    main()
