"""What clients and users expect beside pictures: watchers, related places, other commits, a server that was killed."""

from __future__ import annotations

import subprocess

from .test_pictures import MARKS, run_in_terminal

WATCHES = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
RELATES = {"textDocument": {"publishDiagnostics": {"relatedInformation": True}}}
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")


def git(project, *arguments: str) -> None:
    subprocess.run([*GIT, *arguments], cwd=project, check=True, capture_output=True, timeout=60)


def test_files_are_watched_by_a_client_that_can(start, project):
    """The data file, its partial files and whatever holds configuration; colours are nobody's business."""
    client = start(project)
    made = client.initialize(WATCHES)
    (watching,) = client.heard("client/registerCapability")["registrations"]
    assert watching["method"] == "workspace/didChangeWatchedFiles"
    patterns = {each["globPattern"] for each in watching["registerOptions"]["watchers"]}
    assert {"**/.coverage.db*", "**/.coverage", "**/pyproject.toml", "**/tox.ini", "**/*.py"} <= patterns
    assert "colorProvider" not in made["capabilities"]


def test_a_branch_tells_where_it_never_went(start, project):
    """By a related place, to clients that show them."""
    run_in_terminal(project)
    client = start(project)
    client.initialize(RELATES)
    uri = client.open("signs.py")
    told = client.heard("textDocument/publishDiagnostics", lambda told: told["uri"] == uri and told["diagnostics"])
    (branch,) = [each for each in told["diagnostics"] if each["code"] == "uncovered-branch"]
    (related,) = branch["relatedInformation"]
    assert related["location"]["uri"] == uri
    assert related["location"]["range"]["start"] == {"line": 2, "character": 8}
    assert related["message"] == "line 2 never went on to here"


def test_another_commit_is_checked_out_and_back(client, project):
    """Each text shows what ran of it: what an editor reloads, and what is opened from disk."""
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "one")
    git(project, "checkout", "-q", "-b", "other")
    path = project / "signs.py"
    first = path.read_text("utf-8")
    second = first.replace("def unused", "def negated(number):\n    return -number\n\n\ndef unused")
    path.write_text(second, "utf-8")
    git(project, "commit", "-q", "-a", "-m", "two")
    run_in_terminal(project)
    client.open("signs.py")
    before = client.shown("signs.py", "fresh")
    git(project, "checkout", "-q", "-")
    client.change("signs.py", 2, {"text": path.read_text("utf-8")})
    there = client.gutters("signs.py")
    assert (there["state"], there["runs"]) == ("stale", MARKS)
    git(project, "checkout", "-q", "other")
    client.change("signs.py", 3, {"text": path.read_text("utf-8")})
    back = client.gutters("signs.py")
    assert (back["state"], back["runs"]) == ("fresh", before["runs"])


def shows_negative(told) -> bool:
    """Whether the line is covered that only `sign(-1)` runs."""
    return any(first <= 2 <= last and mark == "covered" for first, last, mark in told["runs"])


def test_a_server_that_was_killed_loses_nothing(start, project):
    """The next one shows what ran; while the first one's run still goes on, and after it."""
    wait = (
        "import os, time\nfrom signs import sign\n\n\ndef test_waiting():\n    assert sign(-1) == -1\n"
        "    while not os.path.exists('go'): time.sleep(0.05)\n"
    )
    (project / "tests" / "test_waiting.py").write_text(wait)
    first = start(project)
    first.initialize()
    first.open("signs.py")
    run = first.command("minicov.runTest", ["tests/test_signs.py::TestMore::test_large"])
    assert first.finish(run)[-1]["outcome"] == "passed"
    first.command("minicov.runTest", ["tests/test_waiting.py::test_waiting"])
    first.heard("minicov/gutters", shows_negative)
    first.process.kill()
    first.process.wait()
    second = start(project)
    second.initialize()
    second.open("signs.py")
    second.heard("minicov/gutters", shows_negative)
    (project / "go").touch()
    run = second.command("minicov.runTest", ["tests/test_signs.py::test_positive"])
    assert second.finish(run)[-1]["outcome"] == "passed"
    assert [0, 3, "covered"] in second.gutters("signs.py")["runs"]


def test_a_client_that_traces_hears_what_goes_on(start, project):
    """From `initialize` on, or from `$/setTrace`: lines worth reading, or everything, or nothing."""
    client = start(project)
    client.initialize(trace="messages")

    def hears(text, after=0):
        return client.heard("$/logTrace", lambda told: text in told["message"], after)

    assert "verbose" not in hears(f"folder {project}: data in ")
    client.finish(client.command("minicov.runTest", ["tests/test_signs.py"]))
    hears("tests/test_signs.py")
    hears("the run has ended: passed")
    client.notify("$/setTrace", {"value": "verbose"})
    client.gutters("signs.py")
    assert hears("minicov/gutters")["verbose"]
    client.notify("$/setTrace", {"value": "off"})
    client.gutters("signs.py")
    after = client.now
    client.gutters("signs.py")
    assert client.told("$/logTrace", after) == []
    assert client.errors == []


def test_a_log_file_tells_what_the_server_did(start, project, tmp_path):
    """Also with nothing wrong; standard error stays empty."""
    client = start(project, "--log-file", str(tmp_path / "log"))
    client.initialize()
    client.finish(client.command("minicov.runAll"))
    assert client.leave() == 0
    log = (tmp_path / "log").read_text()
    for line in ("minicov 0", f"folder {project}: data in ", "all tests", "the run has ended: passed", "shutdown"):
        assert line in log
    assert client.errors == []
