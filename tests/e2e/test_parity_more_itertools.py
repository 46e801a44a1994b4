"""Statements and branches of a real project, as coverage.py counts them.

more-itertools: generators everywhere, one file of over 4,000 lines, a match
statement.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.network

LEFT_OUT = (
    "test_primes or nth_prime or test_all_orderings or lcg_mitigation or test_concurrent_consumers or CallbackIterTests"
)
"""Tests that take most of the time and reach nothing that the others do not, or whose result hangs on the clock."""
TESTS = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", "-k", f"not ({LEFT_OUT})"]
SOURCE = "more_itertools,tests"
COMPARED = ("executed_lines", "missing_lines", "excluded_lines", "executed_branches", "missing_branches")
FILES = ("__init__.py", "more.py", "recipes.py")


@pytest.fixture(scope="module")
def more_itertools(unpack_more_itertools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's folder; both tools measure in it."""
    return unpack_more_itertools(tmp_path_factory.mktemp("more-itertools"))


def measure(project: Path, commands: list[list[str]], report: Path) -> dict[str, dict[str, object]]:
    """Run a tool's commands in the project, one after the other; its JSON report's files."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE_", "PYTEST_", "PYTHON"))}
    fixed = {
        "COVERAGE_CORE": "ctrace",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(project),
    }
    for command in commands:
        ran = subprocess.run(
            [sys.executable, "-m", *command], cwd=project, env=inherited | fixed, capture_output=True, text=True
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
    files: dict[str, dict[str, object]] = json.loads(report.read_text("utf-8"))["files"]
    return files


@pytest.fixture(scope="module")
def reference(more_itertools: Path) -> dict[str, dict[str, object]]:
    """What coverage.py says, with its C tracer core."""
    folder = more_itertools.parent
    (folder / "plain.ini").write_text("[run]\n")
    common = [f"--data-file={folder / 'reference'}", f"--rcfile={folder / 'plain.ini'}"]
    run = ["coverage", "run", *common, "--branch", f"--source={SOURCE}", *TESTS]
    tell = ["coverage", "json", "-q", *common, "-o", str(folder / "reference.json")]
    return measure(more_itertools, [run, tell], folder / "reference.json")


@pytest.fixture(scope="module")
def measured(more_itertools: Path) -> dict[str, dict[str, object]]:
    """What minicov says."""
    folder = more_itertools.parent
    (folder / "plain.ini").write_text("[run]\n")
    common = ["--data", str(folder / "data"), "--rcfile", str(folder / "plain.ini")]
    run = ["minicov_lsp", "run", *common, "--branch", "--source", SOURCE, *TESTS]
    tell = ["minicov_lsp", "json", *common, "-o", str(folder / "report.json")]
    return measure(more_itertools, [run, tell], folder / "report.json")


def test_the_same_files_are_measured(reference, measured):
    """A file is in the report exactly when coverage.py has it there."""
    assert sorted(measured) == sorted(reference)
    assert {f"more_itertools/{name}" for name in FILES} <= set(measured)


@pytest.mark.parametrize("fact", COMPARED)
def test_every_file_agrees(reference, measured, fact):
    """Lines and branches are the same items in every file, executed, missing and excluded."""
    found = {name: file[fact] for name, file in measured.items()}
    expected = {name: file[fact] for name, file in reference.items()}
    differing = {
        name: {
            "ours alone": difference(found[name], expected[name]),
            "theirs alone": difference(expected[name], found[name]),
        }
        for name in expected
        if name in found and sorted(found[name]) != sorted(expected[name])
    }
    assert not differing
    assert fact == "excluded_lines" or any(expected.values())


def difference(one: list[object], other: list[object]) -> list[object]:
    """The items of one list that the other lacks."""
    return [item for item in one if item not in other]
