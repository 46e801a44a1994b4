"""`minicov tests` and `minicov impacted`, on a project with real tests in a real repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from .conftest import clean_environment

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")

SIGNS = """\
LIMIT = 10


def sign(number):
    if number < 0:
        return -1
    return min(number, LIMIT)


def double(
    number,
):
    return (
        number
        * 2
    )
"""
TESTS = """\
import pytest
from signs import double, sign


@pytest.mark.parametrize("number", [1, 2])
def test_positive(number):
    assert sign(number) == number


def test_negative():
    assert sign(-5) == -1


class TestDouble:
    def test_double(self):
        assert double(2) == 4
"""
POSITIVE = ["tests/test_signs.py::test_positive[1]", "tests/test_signs.py::test_positive[2]"]
NEGATIVE = "tests/test_signs.py::test_negative"
DOUBLE = "tests/test_signs.py::TestDouble::test_double"


def git(folder, *arguments: str) -> None:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e", *arguments]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(command, cwd=folder, env=environment, check=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A project that is committed, and whose tests have run."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "tests").mkdir()
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\ntestpaths = ["tests"]\n')
    (folder / "signs.py").write_text(SIGNS)
    (folder / "tests" / "test_signs.py").write_text(TESTS)
    (folder / ".gitignore").write_text(".*\n__pycache__\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    run = [sys.executable, "-m", "minicov_lsp", "run", "-m", "pytest", "-q"]
    subprocess.run(run, cwd=folder, env=clean_environment(), check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture
def project(built, tmp_path):
    """A copy of it, in the folder that `minicov` runs in."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path


def listed(ran) -> list[str]:
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_the_tests_that_ran_a_file_a_line_or_lines(project, minicov):
    """By node id, sorted; a statement over several lines counts as one."""
    assert listed(minicov("tests", "signs.py")) == sorted([*POSITIVE, NEGATIVE, DOUBLE])
    assert listed(minicov("tests", "signs.py:6")) == [NEGATIVE]
    assert listed(minicov("tests", "signs.py:6-7")) == sorted([*POSITIVE, NEGATIVE])
    assert listed(minicov("tests", "signs.py:15")) == [DOUBLE]
    (told,) = json.loads(minicov("tests", "signs.py:15", "--json").stdout)
    assert (told["id"], told["label"], told["outcome"]) == (DOUBLE, DOUBLE, "passed")
    assert 0 <= told["duration"] < 60


def test_what_no_test_ran_and_what_is_not_known(project, minicov):
    """The first is said, the second an error; a range must be one."""
    ran = minicov("tests", "signs.py:1")
    assert (listed(ran), ran.stderr) == ([], "minicov: no test is known to have run signs.py:1\n")
    (project / "other.py").write_text("x = 1\n")
    ran = minicov("tests", "other.py:3")
    assert (ran.returncode, "other.py: nothing is known of this file" in ran.stderr) == (1, True)
    ran = minicov("tests", "signs.py:3-2")
    assert (ran.returncode, "lines count from 1" in ran.stderr) == (2, True)


def test_after_an_edit_marks_move_with_the_text(project, minicov, write):
    """Lines are those of the file as it is now."""
    write({"signs.py": f"# one more line\n{SIGNS}"})
    assert listed(minicov("tests", "signs.py:7")) == [NEGATIVE]


def test_the_tests_that_a_change_can_affect(project, minicov, write):
    """Function by function; a change at import concerns all that ran the file."""
    assert "no test is affected" in minicov("impacted").stderr
    write({"signs.py": SIGNS.replace("* 2", "* 3")})
    assert listed(minicov("impacted")) == [DOUBLE]
    git(project, "commit", "-qam", "second")
    assert listed(minicov("impacted")) == []
    assert listed(minicov("impacted", "--since", "HEAD~1")) == [DOUBLE]
    write({"signs.py": SIGNS.replace("LIMIT = 10", "LIMIT = 5")})
    assert listed(minicov("impacted")) == sorted([*POSITIVE, NEGATIVE, DOUBLE])


def test_new_tests_and_configuration(project, minicov, write):
    """A test that never ran is affected; after a change of configuration all are, and the reason is said."""
    write({"tests/test_new.py": "def test_new(): pass\n", "signs.py": SIGNS.replace("* 2", "* 2 + 0")})
    assert listed(minicov("impacted")) == ["tests/test_new.py::test_new", DOUBLE]
    write({"tests/conftest.py": "import signs\n"})
    assert len(listed(minicov("impacted"))) == 5
    write({"pyproject.toml": (project / "pyproject.toml").read_text() + "addopts = ['-q']\n"})
    ran = minicov("impacted")
    assert len(listed(ran)) == 5
    assert "pyproject.toml has changed" in ran.stderr


def test_running_them(project, minicov, write):
    """They alone run, the status is theirs, and what they show replaces what they showed before."""
    write({"signs.py": SIGNS.replace("return -1", "return -1 * 1")})
    ran = minicov("impacted", "--run", "-q")
    assert (ran.returncode, "3 passed" in ran.stdout) == (0, True), ran.stdout
    assert listed(minicov("tests", "signs.py:6")) == [NEGATIVE]
    assert listed(minicov("tests", "signs.py:15")) == [DOUBLE]
    write({"signs.py": SIGNS.replace("return -1", "return -2")})
    assert minicov("impacted", "--run").returncode == 1
    write({"signs.py": SIGNS})
    ran = minicov("impacted", "--run")
    assert (ran.returncode, ran.stdout) == (0, "")


@pytest.mark.skipif(os.name == "nt", reason="paths are those of POSIX")
def test_running_them_without_pytest(project, minicov, write):
    """By unittest, as the editor does it; where that can't run them it is said what is missing."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project / ".venv"], check=True)
    python = str(project / ".venv" / "bin" / "python")
    test = "import unittest\n\n\nclass TestIt(unittest.TestCase):\n    def test_it(self):\n        pass\n"
    write({"tests/test_plain.py": test})
    ran = minicov("impacted", "--run", "--python", python)
    assert (ran.returncode, "Ran 1 test" in ran.stderr) == (0, True), ran.stderr
    (project / "tests" / "test_plain.py").unlink()
    write({"signs.py": SIGNS.replace("* 2", "* 2 + 0")})
    ran = minicov("impacted", "--run", "--python", python)
    assert (ran.returncode, "has no pytest" in ran.stderr) == (1, True), ran.stderr


def test_where_nothing_can_be_told(project, minicov, tmp_path):
    """No data, an unknown commit, no git: a sentence each, status 1."""
    ran = minicov("impacted", "--since", "nowhere")
    assert (ran.returncode, "nowhere: git knows no such commit" in ran.stderr) == (1, True)
    ran = minicov("impacted", PATH=str(tmp_path / "nothing"))
    assert (ran.returncode, "git can't be started" in ran.stderr) == (1, True)
    (project / ".coverage.db").unlink()
    ran = minicov("impacted")
    assert (ran.returncode, "run all tests once" in ran.stderr) == (1, True)
    assert minicov("impacted", "--python", "python3").returncode == 2
