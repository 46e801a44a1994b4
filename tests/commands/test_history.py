"""Builds over git, from the command line."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import clean_environment

FIRST = """\
def grade(points):
    if points > 50:
        return "good"
    return "poor"


grade(60)
grade(40)
"""
SECOND = """\
def grade(points):
    if points > 90:
        return "excellent"
    if points > 50:
        return "good"
    return "poor"


grade(60)
"""


def git(folder, *arguments):
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    ran = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def command_line(folder):
    """Runs `minicov` in a folder; what every run says on a machine without a C compiler is left out."""

    def run(*arguments, given=""):
        ran = subprocess.run(
            [sys.executable, "-m", "minicov_lsp", *arguments],
            cwd=folder,
            env=clean_environment(),
            input=given,
            capture_output=True,
            text=True,
        )
        ran.stderr = re.sub(r"^minicov: the C core .* is not built .*\n", "", ran.stderr)
        return ran

    return run


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A repository with two builds, only to be read."""
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "-q", "-b", "main")
    (folder / ".gitignore").write_text(".coverage.db*\n")
    (folder / "pkg").mkdir()
    minicov = command_line(folder)
    for text in (FIRST, SECOND):
        (folder / "pkg" / "main.py").write_text(text)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "step")
        assert minicov("run", "pkg/main.py").returncode == 0
        assert minicov("new").returncode == 0
    return folder


@pytest.fixture
def builds(repository):
    """The command line in the repository that is only read."""
    return command_line(repository)


@pytest.fixture
def copied(repository, tmp_path):
    """A copy of the repository, for what adds to it."""
    return Path(shutil.copytree(repository, tmp_path / "copy"))


def lines(ran):
    assert ran.returncode == 0, ran.stderr
    return [line.split() for line in ran.stdout.splitlines()]


def test_figures(builds, repository):
    """Builds and files have their figures, and how they changed; a build is named in four ways."""
    listed = lines(builds("builds"))
    assert [row[0] for row in listed] == ["Build", "@2", "@1"]
    assert listed[1][5:] == ["71.43%", "5/7", "-28.57%", "-1", "+2", "+1"]
    assert [row[0] for row in lines(builds("builds", "1"))] == ["Build", "@2"]
    for name in ("@2", "@@", "@main"):
        assert lines(builds("build", name)) == lines(builds("build"))
    assert lines(builds("build", "@-1")) == lines(builds("build", "@1"))
    assert ["Commit", git(repository, "rev-parse", "HEAD")] in lines(builds("build"))
    assert lines(builds("files"))[1] == ["pkg/main.py", "71.43%", "5/7", "-28.57%", "-1", "+2", "+1"]
    assert lines(builds("changed", "@1", "@2")) == lines(builds("files"))
    assert lines(builds("changed", "@2", "@2")) == []
    assert lines(builds("dirs"))[1][:2] == ["pkg", "71.43%"]


def test_lines(builds):
    """A comparison shows which lines changed, `regress` those that are missed now, `missed` all of these."""
    difference = builds("diff").stdout
    assert "pkg/main.py  100.00% (6/6) → 71.43% (5/7)" in difference
    assert ["0", "return", '"excellent"'] in [line[2:] for line in lines(builds("diff"))]
    regressed = [line for line in builds("regress", "pkg").stdout.splitlines() if "excellent" in line]
    assert len(regressed) == 1
    assert [row[:2] for row in lines(builds("missed")) if row[0].isdigit()] == [["3", "0"], ["6", "0"]]
    assert builds("diff", "@2", "@2").stdout == ""
    assert "    2       1      if points > 50:" in builds("show", "@1", "pkg/main.py").stdout


def test_one_file_for_a_program(copied):
    """`get` gives the commit and a number for each line, and what it gives can be recorded again."""
    minicov = command_line(copied)
    commit, *states = minicov("get", "@1", "pkg/main.py").stdout.split()
    assert commit == git(copied, "rev-parse", "HEAD~1")
    assert states == ["1", "1", "1", "1", "-1", "-1", "1", "1"]
    digest = hashlib.md5(FIRST.encode()).hexdigest()  # uncov's
    given = "\n".join([commit, "other", "pkg/main.py", digest, str(len(states)), " ".join(states)])
    ran = minicov("new", given=given)
    assert (ran.returncode, ran.stderr[:31]) == (0, "minicov: recorded build @3 (oth"), ran.stderr
    assert minicov("diff", "@1", "@other").stdout == ""


def test_counts_are_kept(copied):
    """Where hits were counted a build has them, and `diff-hits` shows other numbers that `diff` passes over."""
    minicov = command_line(copied)
    (copied / "pkg" / "main.py").write_text(SECOND.replace("grade(60)", "for _ in range(3):\n    grade(60)"))
    assert minicov("run", "--counts", "pkg/main.py").returncode == 0
    assert minicov("new").returncode == 0
    assert "1→3" in minicov("diff-hits").stdout
    assert "1→3" not in minicov("diff").stdout


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["show", "@7"], 1, "@7: there is no such build"),
        (["files", "nothing.py"], 1, "nothing.py: build @2 has no such file or folder"),
        (["get", "@1", "pkg"], 1, "has no such file"),
        (["diff", "a.py", "b.py"], 2, "one file or folder can be named"),
        (["diff", "../elsewhere.py"], 2, "lies outside of the repository"),
        (["builds", "few"], 2, "how many builds?"),
        (["build", "@1", "@2"], 2, "one build can be named"),
        (["show", "@1", "@2"], 2, "one build can be named"),
        (["new-json"], 1, "reads a build from standard input, which is empty"),
    ],
)
def test_what_cannot_be_told(builds, arguments, status, message):
    """One line says what is wrong, and what to do."""
    ran = builds(*arguments)
    assert ran.returncode == status
    assert message in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_without_a_repository_or_a_build(write, minicov, tmp_path):
    """Without git there is no history, and at first no build."""
    assert "is in no git repository" in minicov("new").stderr
    git(tmp_path, "init", "-q", "-b", "main")
    assert "nothing is committed yet" in minicov("builds").stderr
    write({"a.py": "x = 1\n"})
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "step")
    assert "`minicov new` records one" in minicov("builds").stderr
    assert "no data file" in minicov("new").stderr
