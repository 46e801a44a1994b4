"""Each test is a context of its own, also under plugins that run tests in another place, order or way."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from minicov_lsp.store.database import Database

CODE = """\
import asyncio
def one():
    return 1
def two():
    return 2
async def three():
    await asyncio.sleep(0)
    return 3
def four():
    return 4
"""
TESTS = """\
import asyncio, threading
import pytest
import code_under_test as code

@pytest.fixture
def prepared():
    yield code.one()
    code.two()

@pytest.mark.parametrize("n", [1, 2])
def test_parameter(n):
    assert {1: code.one, 2: code.two}[n]() == n

def test_fixture(prepared):
    assert prepared == 1

def test_fails():
    assert code.one() == 2

def test_skips():
    pytest.skip(str(code.two()))

@pytest.mark.asyncio
async def test_coroutine():
    assert await code.three() == 3

def test_subtests(subtests):
    for n, function in enumerate([code.one, code.two], 1):
        with subtests.test(n=n):
            assert function() == n

go, done = threading.Event(), threading.Event()
def late():
    go.wait(10)
    code.four()
    done.set()

def test_starts_a_thread():
    threading.Thread(target=late).start()

def test_outlived_by_it():
    go.set()
    assert done.wait(10)
"""
EXPECTED = {
    "test_parameter[1]": ("passed", {3}),
    "test_parameter[2]": ("passed", {5}),
    "test_fixture": ("passed", {3, 5}),
    "test_fails": ("failed", {3}),
    "test_skips": ("skipped", {5}),
    "test_coroutine": ("passed", {7, 8}),
    "test_subtests": ("passed", {3, 5}),
}
"""{test: (outcome, lines of CODE)}."""
AFTER_A_THREAD = {"test_starts_a_thread": ("passed", set()), "test_outlived_by_it": ("passed", {10})}
"""What a thread does that a test left running belongs to the test that runs then."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "code_under_test.py").write_text(CODE)
    (tmp_path / "test_code.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = strict\n")
    return tmp_path


def run(folder: Path, *arguments: str, path: str = "") -> Path:
    """The data file after `minicov run -m …` in a folder; `path` goes on PYTHONPATH."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COVERAGE_", "MINICOV_"))}
    command = [sys.executable, "-P", "-m", "minicov_lsp", "run", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**inherited, "PYTHONPATH": os.pathsep.join(filter(None, [path, inherited.get("PYTHONPATH", "")]))},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert (folder / ".coverage.db").exists(), done.stdout + done.stderr
    return folder / ".coverage.db"


def lines(data_file: Path) -> dict[str, set[int]]:
    """{label: lines of functions of CODE that ran}."""
    sql = "SELECT label, line_no FROM lines JOIN contexts ON id = context_id WHERE file_path = 'code_under_test.py'"
    found: dict[str, set[int]] = {}
    with sqlite3.connect(data_file) as connection:
        for label, line in connection.execute(sql):
            found.setdefault(label, set())
            if line in (3, 5, 7, 8, 10):
                found[label].add(line)
    return found


def check(data_file: Path, expected: dict[str, tuple[str, set[int]]]) -> None:
    ran = lines(data_file)
    with Database(data_file) as database:
        outcomes = database.outcomes()
    for name, (outcome, covered) in expected.items():
        label = f"test_code.py::{name}"
        assert (outcomes[label][0], ran.get(label, set())) == (outcome, covered), label
        assert 0 <= outcomes[label][1] < 60
    assert not ran.get("", set()), "nothing of the functions ran outside of tests"


PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
IN_ANY_ORDER = ("-k", "not starts_a_thread and not outlived")


def test_pytest(project: Path) -> None:
    """Node ids, outcomes and lines of every test; a thread that outlives its test is credited to the one that runs."""
    check(run(project, *PYTEST), EXPECTED | AFTER_A_THREAD)


@pytest.mark.parametrize("config", ["", "[run]\nsource = .\n"], ids=["own", "coverage.py"])
def test_xdist(project: Path, config: str) -> None:
    """Workers are measured, also with coverage.py's configuration, which asks for children explicitly."""
    if config:
        (project / ".coveragerc").write_text(config)
    check(run(project, *PYTEST, *IN_ANY_ORDER, "-n", "2"), EXPECTED)


def test_coverage_py_configuration_leaves_other_children_out(tmp_path: Path) -> None:
    """Workers aside, a child is measured only if coverage.py's configuration asks for it; a worker's child too."""
    (tmp_path / ".coveragerc").write_text("[run]\nsource = .\n")
    (tmp_path / "child.py").write_text("x = 1\n")
    (tmp_path / "test_it.py").write_text(
        "import subprocess, sys\ndef test_it():\n    subprocess.run([sys.executable, 'child.py'], check=True)\n"
    )
    with sqlite3.connect(run(tmp_path, *PYTEST, "-n", "1")) as connection:
        ran = {path for (path,) in connection.execute("SELECT DISTINCT file_path FROM lines")}
    assert ran == {"test_it.py"}


@pytest.mark.network
def test_randomly(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """In whatever order tests run, each has its own lines."""
    target = str(tmp_path_factory.mktemp("randomly"))
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", target, "pytest-randomly>=3.15"]
    subprocess.run(install, check=True, timeout=200)
    for seed in ("1", "2"):
        check(run(project, *PYTEST, *IN_ANY_ORDER, f"--randomly-seed={seed}", path=target), EXPECTED)


def test_unittest(tmp_path: Path) -> None:
    """Tests that unittest runs are contexts as well."""
    (tmp_path / "code_under_test.py").write_text(CODE)
    (tmp_path / "test_code.py").write_text(
        textwrap.dedent("""\
        import unittest
        import code_under_test as code
        class Tests(unittest.TestCase):
            def test_one(self):
                self.assertEqual(code.one(), 1)
            def test_both(self):
                for function in code.one, code.two:
                    with self.subTest(function):
                        self.assertEqual(function(), 1)
        """)
    )
    data_file = run(tmp_path, "-m", "unittest", "-q")
    check(data_file, {"Tests::test_one": ("passed", {3}), "Tests::test_both": ("failed", {3, 5})})


def test_label_of_a_run_goes_before_tests(project: Path) -> None:
    """`--context` and a test's id together name a context."""
    found = lines(run(project, "--context", "nightly", *PYTEST, "-k", "parameter"))
    assert found["nightly|test_code.py::test_parameter[2]"] == {5}
    assert not [label for label in found if not re.match(r"nightly(\||$)", label)]
