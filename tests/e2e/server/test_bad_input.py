"""What may go wrong around a run: the server stays up, says what the user can mend, and loses nothing."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

TEST = "tests/test_signs.py::TestMore::test_large"
posix = pytest.mark.skipif(os.name == "nt", reason="process groups and rights are those of POSIX")


def add_test(project, body: str) -> str:
    """A test file with one test; its node id."""
    (project / "tests" / "test_bad.py").write_text(
        f"import os, signal, sys\nfrom signs import sign\n\n\ndef test_bad():\n{body}\n"
    )
    return "tests/test_bad.py::test_bad"


def test_documents_that_are_no_files(client):
    """They are taken and have no picture; every question about them has an answer."""
    for uri in ("untitled:Untitled-1", "git:/a/signs.py?ref", "vscode-notebook-cell:/a#1", "nonsense"):
        item = {"uri": uri, "languageId": "python", "version": 1, "text": "x = 1\n"}
        client.notify("textDocument/didOpen", {"textDocument": item})
        document, at = {"uri": uri}, {"line": 0, "character": 0}
        assert client.request("minicov/gutters", {"textDocument": document})["state"] == "none"
        assert client.request("textDocument/hover", {"textDocument": document, "position": at}) is None
        context = {"textDocument": document, "range": {"start": at, "end": at}, "context": {"diagnostics": []}}
        assert not client.request("textDocument/codeAction", context)
        assert client.request("minicov/coveringTests", {"textDocument": document, "range": context["range"]}) == []
        assert client.request("minicov/tests", {"textDocument": document, "exact": True}) == []
        run = {"command": "minicov.runFile", "arguments": [uri]}
        assert "not in a workspace folder" in client.error("workspace/executeCommand", run)["message"]
        client.notify("textDocument/didSave", {"textDocument": document})
        client.notify("textDocument/didClose", {"textDocument": document})
    assert client.messages() == []


def test_a_document_that_is_closed_during_a_run(client, project):
    """The run goes on, and the document has its picture when it is opened again."""
    gate = project / "gate"
    test = add_test(project, f"    while not os.path.exists({str(gate)!r}): pass\n    assert sign(1) == 1")
    uri = client.open("signs.py")
    run = client.command("minicov.runTest", [test])
    client.heard("minicov/testRun", lambda told: told["event"] == "started")
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    gate.touch()
    assert client.finish(run)[-1]["outcome"] == "passed"
    after = client.now
    client.open("signs.py")
    client.shown("signs.py", "fresh", after)


def test_a_client_that_cancels_everything(client, project):
    """Each request is answered, with its result or as cancelled; the next is served."""
    asked = []
    document = {"textDocument": {"uri": client.open("signs.py")}}
    place, whole = {"line": 1, "character": 8}, {"line": 7, "character": 0}
    questions = {
        "minicov/files": {"figures": True},
        "minicov/gutters": document,
        "minicov/tests": {},
        "minicov/details": document,
        "minicov/coveringTests": {**document, "range": {"start": place, "end": whole}},
        "textDocument/diagnostic": document,
        "textDocument/hover": {**document, "position": place},
        "textDocument/codeLens": document,
        "textDocument/inlayHint": {**document, "range": {"start": place, "end": whole}},
        "textDocument/codeAction": {
            **document,
            "range": {"start": place, "end": whole},
            "context": {"diagnostics": []},
        },
        "workspace/executeCommand": {"command": "minicov.runTest", "arguments": [[TEST]]},
    }
    for _ in range(4):
        for method, params in questions.items():
            asked.append(client.ask(method, params))
            client.notify("$/cancelRequest", {"id": asked[-1]})
    for number in asked:
        answer = client.answer(number)
        assert "result" in answer or answer["error"]["code"] == -32800
    client.notify("$/cancelRequest", {"id": 10**6})
    client.notify("window/workDoneProgress/cancel", {"token": "unknown"})
    assert client.finish(client.command("minicov.runTest", [TEST]))[-1]["outcome"] == "passed"


@posix
def test_a_test_that_kills_its_process_group(client, project):
    """The run ends with an error that says so, and what had run by then is known."""
    test = add_test(project, "    assert sign(-1) == -1\n    os.killpg(0, signal.SIGKILL)")
    client.open("signs.py")
    assert client.finish(client.command("minicov.runTest", [test]))[-1]["outcome"] == "error"
    assert any(f"signal {signal.SIGKILL.value}" in message for message in client.messages())
    assert client.finish(client.command("minicov.runTest", [TEST]))[-1]["outcome"] == "passed"
    assert client.gutters("signs.py")["runs"][0] == [0, 3, "covered"]


def test_a_test_that_crashes_the_interpreter(client, project):
    """What the interpreter said of it is told, not the last line that it wrote."""
    test = add_test(project, "    import ctypes; assert sign(1) == 1; ctypes.string_at(0)")
    assert client.finish(client.command("minicov.runTest", [test]))[-1]["outcome"] == "error"
    [message] = client.messages()
    assert "Fatal Python error" in message


def test_a_test_that_ends_the_program_in_silence(client, project):
    """With status 0, as if all had passed; what was to come after it never ran."""
    test = add_test(project, "    import os; os._exit(0)")
    assert client.finish(client.command("minicov.runTest", [test, TEST]))[-1]["outcome"] == "error"
    (message,) = client.messages()
    assert message == f"minicov: the tests' program ended in {test}; no test behind it was run"


def test_a_test_that_deletes_the_data(client, project):
    """What it ran is known nevertheless, and nobody is alarmed."""
    client.open("signs.py")
    client.finish(client.command("minicov.runTest", [TEST]))
    delete = "for name in os.listdir('.'):\n        if name.startswith('.coverage.db'): os.unlink(name)"
    test = add_test(project, f"    assert sign(-1) == -1\n    {delete}")
    assert client.finish(client.command("minicov.runTest", [test]))[-1]["outcome"] == "passed"
    client.request("minicov/files", {})
    assert client.finish(client.command("minicov.runTest", [TEST]))[-1]["outcome"] == "passed"
    client.shown("signs.py", "fresh")


@posix
def test_a_test_that_forks_and_leaves_a_child(client, project):
    """The run ends when its own process does."""
    test = add_test(
        project, "    if os.fork() == 0:\n        os.setsid()\n        import time; time.sleep(30); os._exit(0)"
    )
    assert client.finish(client.command("minicov.runTest", [test]))[-1]["outcome"] == "passed"


def test_output_without_end(client, project):
    """A hundred megabytes drown nobody: the beginning is passed on, the rest is left out and that is said."""
    megabytes = int(os.environ.get("MINICOV_TEST_MEGABYTES", "10"))
    test = add_test(project, f"    for _ in range({megabytes}): os.write(2, b'x' * 999_999 + b'\\n')")
    (project / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\naddopts = ["-s"]\n')
    told = client.finish(client.command("minicov.runTest", [test]))
    assert told[-1]["outcome"] == "passed"
    output = "".join(each["text"] for each in told if each["event"] == "output")
    assert len(output) < 1024 * 1024 + 1000
    assert "the rest is left out" in output
    status = Path(f"/proc/{client.process.pid}/status")
    if status.exists():
        most = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        assert int(most) < 150 * 1024  # KiB


def test_a_workspace_without_tests(start, tmp_path):
    """A sentence, and an empty tree."""
    (tmp_path / "empty").mkdir()
    client = start(tmp_path / "empty")
    client.initialize()
    assert client.request("minicov/tests", {}) == []
    assert client.finish(client.command("minicov.runAll"))[-1]["outcome"] == "error"
    (message,) = client.messages()
    assert "no tests" in message


def bound_by_rights() -> tuple[str, ...]:
    """What starts a program that may write only where it has the right to: root may write anywhere."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root may write anywhere, and there is no setpriv to take that right away")
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")


@posix
@pytest.mark.parametrize("state", ["none", "fresh"])
def test_a_workspace_that_cannot_be_written_to(start, project, state):
    """Tests run; that nothing could be kept is told in a sentence, and what was known before is shown as before."""
    by = bound_by_rights()
    if state == "fresh":
        before = start(project)
        before.initialize()
        before.finish(before.command("minicov.runTest", [TEST]))
        assert before.leave() == 0
    folders = [project, project / "tests"]
    for folder in folders:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        cannot = "import sys; open('new', 'w')"
        if subprocess.run([*by, sys.executable, "-c", cannot], cwd=project, capture_output=True).returncode == 0:
            pytest.skip("nothing takes the right to write away here")
        client = start(project, by=by)
        client.initialize()
        client.open("signs.py")
        told = client.finish(client.command("minicov.runTest", [TEST]))
        assert (told[-1]["outcome"], told[-1]["counts"]["passed"]) == ("passed", 1)
        (message,) = client.messages()
        assert message.startswith(f"minicov: {project} can't be written to")
        assert client.gutters("signs.py")["state"] == state
        assert client.leave() == 0
    finally:
        for folder in folders:
            folder.chmod(stat.S_IRWXU)
    assert not (project / "new").exists()


def test_a_folder_that_is_removed_during_its_run(start, project, tmp_path):
    """The run ends as cancelled, the folder's documents have no picture, and the other folder goes on."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "test_other.py").write_text("def test_it(): pass\n")
    folders = [{"uri": folder.as_uri(), "name": folder.name} for folder in (project, other)]
    client = start(project)
    options = {"gutters": True, "testRuns": True, "python": sys.executable}
    client.initialize(workspaceFolders=folders, initializationOptions={"minicov": options})
    client.open("signs.py")
    run = client.command("minicov.runTest", [add_test(project, "    while True: pass")], project.as_uri())
    client.shown("signs.py", "running")
    after = client.now
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"removed": folders[:1], "added": []}})
    assert client.finish(run)[-1]["outcome"] == "cancelled"
    client.shown("signs.py", "none", after)
    assert client.finish(client.command("minicov.runAll"))[-1]["outcome"] == "passed"
