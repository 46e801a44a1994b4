"""Runs that a change asks for, and the report; with a real repository and real runs."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

IDS = [
    "tests/test_signs.py::TestMore::test_large",
    "tests/test_signs.py::test_positive[1]",
    "tests/test_signs.py::test_positive[2]",
]
DOUBLE = "tests/test_double.py::test_double"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


def git(folder, *arguments: str) -> None:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e", *arguments]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(command, cwd=folder, env=environment, check=True)


@pytest.fixture
def ran(client, project):
    """A client in a project with a second module and its test, committed, all of whose tests have run."""
    (project / "double.py").write_text("def double(number):\n    return number * 2\n")
    (project / "tests" / "test_double.py").write_text(
        "from double import double\n\n\ndef test_double():\n    assert double(2) == 4\n"
    )
    (project / ".gitignore").write_text(".*\n__pycache__\n")
    client.finish(client.command("minicov.runAll"))
    return client


def ids_run(client, run) -> list[str]:
    return sorted(each["id"] for each in client.finish(run) if each["event"] == "test")


@needs_git
def test_the_tests_that_differ_from_head_run(ran, project):
    """Those of the changed function alone; where there are none, or no repository, a sentence says so."""
    run = {"command": "minicov.runImpacted"}
    assert "in no git repository" in ran.error("workspace/executeCommand", run)["message"]
    git(project, "init", "-q")
    assert "nothing is committed yet" in ran.error("workspace/executeCommand", run)["message"]
    git(project, "add", "-A")
    git(project, "commit", "-qm", "first")
    assert "no test is affected" in ran.error("workspace/executeCommand", run)["message"]
    (project / "double.py").write_text("def double(number):\n    return number + number\n")
    assert ids_run(ran, ran.command("minicov.runImpacted")) == [DOUBLE]
    (project / "tests" / "conftest.py").write_text("import signs\n")
    assert ids_run(ran, ran.command("minicov.runImpacted", project.as_uri())) == sorted([DOUBLE, *IDS])


def save(client, name: str, text: str) -> int:
    """What an editor does; how many messages had come by then."""
    (client.folder / name).write_text(text)
    client.notify("textDocument/didSave", {"textDocument": {"uri": client.uri(name)}})
    return client.now


def run_after(client, after: int) -> list[str]:
    told = client.heard("minicov/testRun", lambda told: told["event"] == "started", after)
    return ids_run(client, told)


def test_saves_run_what_they_concern_while_that_is_on(ran):
    """What was saved alone, once; a save that changes no code runs nothing, nor does one when it is off again."""
    assert ran.command("minicov.toggleContinuous") == {"folder": ran.folder.as_uri(), "on": True}
    assert ran.heard("minicov/continuous")["on"] is True
    after = save(ran, "double.py", "def double(number):\n    return number + number\n")
    assert run_after(ran, after) == [DOUBLE]
    save(ran, "double.py", "def double(number):\n    return number + number  # the same\n")
    after = save(ran, "signs.py", (ran.folder / "signs.py").read_text().replace("return 1", "return 0 + 1"))
    assert run_after(ran, after) == IDS
    new = "from double import double\n\n\ndef test_double():\n    assert double(2) == 4\n\n\ndef test_new(): pass\n"
    after = save(ran, "tests/test_double.py", new)
    assert run_after(ran, after) == ["tests/test_double.py::test_new"]
    assert ran.command("minicov.toggleContinuous", None, False)["on"] is False
    after = save(ran, "double.py", "def double(number):\n    return 4\n")
    ran.finish(ran.command("minicov.runTest", [DOUBLE]))
    started = [told for told in ran.told("minicov/testRun", after) if told["event"] == "started"]
    assert len(started) == 1


def test_the_report_is_written_and_shown(start, project):
    """In a browser where the client can, else its place is told."""
    client = start(project)
    client.answers["window/showDocument"] = lambda params: {"success": True}
    client.initialize({"window": {"showDocument": {"support": True}}})
    error = client.error("workspace/executeCommand", {"command": "minicov.openReport"})
    assert ".coverage.db" in error["message"]
    client.finish(client.command("minicov.runAll"))
    page = project / "htmlcov" / "index.html"
    assert client.command("minicov.openReport") == {"uri": page.as_uri()}
    assert client.told("window/showDocument") == [{"uri": page.as_uri(), "external": True}]
    assert "signs.py" in page.read_text("utf-8")
    client.answers["window/showDocument"] = lambda params: {"success": False}
    client.command("minicov.openReport")
    assert client.messages() == [f"minicov: the report is {page}"]
