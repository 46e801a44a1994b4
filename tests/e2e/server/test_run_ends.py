"""How runs end before their time: cancelled, or with the server; and what the client sees of their progress."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from minicov_lsp.server.lifetime import is_alive

TEST = "tests/test_signs.py::TestMore::test_large"


def stubborn(project) -> tuple[Path, Path]:
    """A test that starts a child; neither listens to SIGTERM. The files in which they write their ids."""
    (project / "tests" / "test_stubborn.py").write_text(
        "import os, signal, subprocess, sys, time\n\n"
        "CHILD = 'import signal, sys, os, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);'\\\n"
        '    \'open("child", "w").write(str(os.getpid())); time.sleep(600)\'\n\n'
        "def test_stubborn():\n"
        "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "    subprocess.Popen([sys.executable, '-c', CHILD])\n"
        "    open('parent', 'w').write(str(os.getpid()))\n"
        "    time.sleep(600)\n"
    )
    return project / "parent", project / "child"


def pid_in(path: Path) -> int:
    """The process id, once it is written."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text()):
            return int(text)
        time.sleep(0.01)
    raise AssertionError(f"{path} was not written")


def gone_within(pids, seconds=5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


needs_groups = pytest.mark.skipif(os.name == "nt", reason="process groups are those of POSIX")


@needs_groups
def test_cancel_ends_the_whole_process_group(client, project):
    """Children too, and those that don't listen; the run is told to be over, and the next one runs."""
    files = stubborn(project)
    run = client.command("minicov.runTest", ["tests/test_stubborn.py"])
    waiting = client.command("minicov.runTest", [TEST])
    dropped = client.command("minicov.runTest", [TEST])
    pids = [pid_in(file) for file in files]
    assert client.command("minicov.cancel", dropped["runId"]) is True
    assert [each["event"] for each in client.finish(dropped)] == ["started", "finished"]
    assert client.command("minicov.cancel", run["runId"]) is True
    assert gone_within(pids)
    assert client.finish(run)[-1]["outcome"] == "cancelled"
    assert client.finish(waiting)[-1]["outcome"] == "passed"
    assert client.command("minicov.cancel", run["runId"]) is False


@needs_groups
@pytest.mark.parametrize("way", ["shutdown", "stdin", "sigterm"])
def test_no_run_outlives_the_server(client, project, way):
    """However the session ends."""
    files = stubborn(project)
    client.command("minicov.runTest", ["tests/test_stubborn.py"])
    pids = [pid_in(file) for file in files]
    if way == "shutdown":
        client.ask("shutdown")
        client.notify("exit")
    elif way == "stdin":
        client.process.stdin.close()
    else:
        client.process.send_signal(signal.SIGTERM)
    assert gone_within([*pids, client.process.pid]) or client.process.poll() is not None
    assert client.process.wait(5) == (0 if way == "shutdown" else 1)
    assert gone_within(pids, 0.1)


def test_progress_has_one_begin_reports_and_one_end(start, project):
    """The server makes the token; percentages once the number of tests is known; cancel by the token."""
    client = start(project)
    client.initialize({"window": {"workDoneProgress": True}})
    run = client.command("minicov.runAll")
    client.finish(run)
    token = client.heard("window/workDoneProgress/create")["token"]
    client.heard("$/progress", lambda told: told["value"]["kind"] == "end")
    values = [told["value"] for told in client.told("$/progress") if told["token"] == token]
    assert [value["kind"] for value in values] == ["begin", *["report"] * (len(values) - 2), "end"]
    assert (values[0]["cancellable"], values[-2]["percentage"]) == (True, 100)
    assert len(values) >= 3

    parent, child = stubborn(project)
    run = client.command("minicov.runTest", ["tests/test_stubborn.py"])
    pids = [pid_in(parent), pid_in(child)]
    token = client.heard("window/workDoneProgress/create", lambda told: told["token"] != token)["token"]
    client.notify("window/workDoneProgress/cancel", {"token": token})
    assert client.finish(run)[-1]["outcome"] == "cancelled"
    assert gone_within(pids)


@needs_groups
def test_a_newer_run_takes_the_place_of_the_others_where_that_is_set(start, project):
    """Those that go on and those that wait end as cancelled; the newest runs."""
    client = start(project)
    options = {"testRuns": True, "python": sys.executable, "whenBusy": "replace"}
    client.initialize(initializationOptions={"minicov": options})
    files = stubborn(project)
    first = client.command("minicov.runTest", ["tests/test_stubborn.py"])
    pids = [pid_in(file) for file in files]
    second = client.command("minicov.runTest", ["tests/test_stubborn.py"])
    newest = client.command("minicov.runTest", [TEST])
    assert client.finish(newest)[-1]["outcome"] == "passed"
    assert [client.finish(run)[-1]["outcome"] for run in (first, second)] == ["cancelled", "cancelled"]
    assert gone_within(pids)
