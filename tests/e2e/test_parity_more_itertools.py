"""Statements and branches of a real project, as coverage.py counts them.

more-itertools: generators everywhere, one file of over 4,000 lines, a match
statement. Its source archive is fetched once, pinned by version and hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.network

VERSION = "11.2.1"
SHA256 = "cbf08fd0af284dc69718b9b76a8e6203df624d70209ea511e4219d350c856f63"
SLOW = "test_primes or nth_prime or test_all_orderings or lcg_mitigation or test_concurrent_consumers"
"""Tests that take most of the time and reach nothing that the others do not, or that hang on timing."""
TESTS = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", "-k", f"not ({SLOW})"]
SOURCE = "more_itertools,tests"
COMPARED = ("executed_lines", "missing_lines", "excluded_lines", "executed_branches", "missing_branches")
FILES = ("__init__.py", "more.py", "recipes.py")


def downloads() -> Path:
    """Where archives stay between runs."""
    chosen = os.environ.get("MINICOV_TEST_CACHE")
    return Path(chosen) if chosen else Path(__file__).resolve().parents[2] / ".cache" / "downloads"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source archive."""
    archive = downloads() / f"more_itertools-{VERSION}.tar.gz"
    if not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", "more-itertools"]
        fetched = subprocess.run(
            [*fetch, "-d", str(archive.parent), f"more-itertools=={VERSION}"], capture_output=True, text=True
        )
        if not archive.exists():
            pytest.skip(f"more-itertools {VERSION} could not be fetched: {fetched.stderr.strip()[-300:]}")
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256, f"{archive} is not the pinned archive; remove it"
    folder = tmp_path_factory.mktemp("more-itertools")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (folder / "plain.ini").write_text("[run]\n")
    return folder / f"more_itertools-{VERSION}"


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
def reference(project: Path) -> dict[str, dict[str, object]]:
    """What coverage.py says, with its C tracer core."""
    data, report, config = (str(project.parent / name) for name in ("reference", "reference.json", "plain.ini"))
    run = ["coverage", "run", f"--data-file={data}", f"--rcfile={config}", "--branch", f"--source={SOURCE}", *TESTS]
    tell = ["coverage", "json", "-q", f"--data-file={data}", f"--rcfile={config}", "-o", report]
    return measure(project, [run, tell], Path(report))


@pytest.fixture(scope="module")
def measured(project: Path) -> dict[str, dict[str, object]]:
    """What minicov says."""
    data, report, config = (str(project.parent / name) for name in ("data", "report.json", "plain.ini"))
    common = ["--data", data, "--rcfile", config]
    run = ["minicov_lsp", "run", *common, "--branch", "--source", SOURCE, *TESTS]
    tell = ["minicov_lsp", "json", *common, "-o", report]
    return measure(project, [run, tell], Path(report))


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
