"""`--diff REF`: a report on what changed since a commit, in a real repository."""

from __future__ import annotations

import json
import subprocess

import pytest

BEFORE = """\
def old(x):
    if x:
        return 1
    return 2


def kept(x):
    return (
        x
    )


old(1)
"""
AFTER = """\
def old(x):
    # a comment is no statement
    if x and x > 0:
        return 1
    return 2


def kept(x):
    return (
        x + 1
    )


def new(x):
    return x


old(1)
"""


@pytest.fixture
def changed(write, minicov, tmp_path):
    """The command line in a repository whose one module changed since its only commit, and ran."""
    write({"main.py": BEFORE, "same.py": "x = 1\n"})
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        identity = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *identity, *command], cwd=tmp_path, check=True)
    write({"main.py": "import same\n" + AFTER, "fresh.py": "y = 2\n"})
    assert minicov("run", "main.py").returncode == 0
    return minicov


def test_only_changed_statements_count(changed):
    """A statement counts if any of its lines changed; those that are as they were don't, nor do comments."""
    report = json.loads(changed("json", "--diff", "HEAD", "-o", "-").stdout)
    (main,) = report["files"].values()
    assert main["executed_lines"] == [1, 4, 15]
    assert main["missing_lines"] == [10, 16]  # kept()'s return, new()'s
    assert main["missing_branches"] == [[4, 6]]
    assert [(found["kind"], found["line"]) for found in main["decisions"]] == [("if", 4)]


@pytest.mark.parametrize("command", ["report", "html", "xml", "lcov", "markdown"])
def test_every_report_can_be_of_changes(changed, command):
    """All formats take it, and a threshold is held against what changed."""
    made = changed(command, "--diff", "HEAD", "--fail-under", "70")
    assert made.returncode == 2, made.stderr
    assert "less than fail-under=70%" in made.stderr


def test_nothing_changed_is_no_failure(changed, tmp_path):
    """Where no measured statement changed, that is said and is fine."""
    (tmp_path / "main.py").write_text(BEFORE)
    made = changed("report", "--diff", "HEAD", "--fail-under", "100")
    assert (made.returncode, made.stdout) == (0, "")
    assert "no statement that was measured changed since HEAD" in made.stderr


@pytest.mark.parametrize("reference", ["nowhere", "--output=x"])
def test_unknown_commit_is_told(changed, reference):
    """What git does not know is told in one line."""
    made = changed("report", f"--diff={reference}")
    assert made.returncode == 1
    assert made.stderr.count("\n") == 1
    assert "git knows no such commit" in made.stderr
