"""What is told of tests that fail, in files that are open, closed or gone."""

from __future__ import annotations

import sys

import pytest

LARGE = "tests/test_signs.py::TestMore::test_large"
DIAGNOSTICS = "textDocument/publishDiagnostics"


@pytest.fixture
def failing(client, project):
    """A client that was told of a failing test in a file that is not open; the file."""
    bad = project / "tests" / "test_bad.py"
    bad.write_text("def test_bad():\n    assert False\n\n\ndef test_good():\n    pass\n")
    client.finish(client.command("minicov.runAll"))
    assert [len(told["diagnostics"]) for told in told_of(client, bad)] == [1]
    return bad


def told_of(client, file, after=0):
    return [told for told in client.told(DIAGNOSTICS, after) if told["uri"] == client.uri(f"tests/{file.name}")]


def events(told, kind):
    return [each for each in told if each["event"] == kind]


def test_a_failure_appears_where_it_happened_and_goes_when_the_test_passes(client, project):
    """The diagnostic stands on the failing line, moves with the text, and rerunFailed runs just what fails."""
    tests = project / "tests" / "test_signs.py"
    good = tests.read_text()
    tests.write_text(good.replace("sign(10**9) == 1", "sign(10**9) == 2"))
    uri = client.open("tests/test_signs.py")
    told = client.finish(client.command("minicov.runFile", uri))
    assert told[-1]["outcome"] == "failed"
    assert (told[-1]["counts"]["passed"], told[-1]["counts"]["failed"]) == (2, 1)
    assert "assert 1 == 2" in events(told, "test")[-1]["message"]

    def failing(params):
        return [each for each in params["diagnostics"] if each["code"] == "test-failed"]

    found = failing(client.heard("textDocument/publishDiagnostics", lambda told: told["uri"] == uri and failing(told)))
    assert [(each["range"]["start"]["line"], each["severity"]) for each in found] == [(11, 1)]
    client.change(
        "tests/test_signs.py",
        2,
        {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "\n"},
    )
    client.gutters("tests/test_signs.py")
    assert failing(client.told("textDocument/publishDiagnostics")[-1])[0]["range"]["start"]["line"] == 12

    tests.write_text(good)
    after = client.now
    told = client.finish(client.command("minicov.rerunFailed"))
    assert [each["id"] for each in events(told, "test")] == [LARGE]
    client.heard("textDocument/publishDiagnostics", lambda told: told["uri"] == uri and not failing(told), after)
    assert (
        "no test is known to fail"
        in client.error("workspace/executeCommand", {"command": "minicov.rerunFailed"})["message"]
    )
    assert [each["id"] for each in events(client.finish(client.command("minicov.rerunLast")), "test")] == [LARGE]


def test_a_failure_in_a_file_that_is_not_open_is_told_too(client, project):
    """It would be seen nowhere else."""
    tests = project / "tests" / "test_signs.py"
    good = tests.read_text()
    tests.write_text(good.replace("== 1", "== 2"))
    uri = client.uri("tests/test_signs.py")
    client.finish(client.command("minicov.runAll"))
    told = [each for each in client.told("textDocument/publishDiagnostics") if each["uri"] == uri][-1]
    assert [each["range"]["start"]["line"] for each in told["diagnostics"]] == [6, 6, 11]
    tests.write_text(good)
    client.finish(client.command("minicov.runAll"))
    told = [each for each in client.told("textDocument/publishDiagnostics") if each["uri"] == uri][-1]
    assert told["diagnostics"] == []


def test_a_failure_is_told_once_to_a_client_that_asks(start, project):
    """While its file is closed it is published; once that is open the client asks, and what was published is gone."""
    tests = project / "tests" / "test_signs.py"
    tests.write_text(tests.read_text().replace("10**9) == 1", "10**9) == 2"))
    client = start(project)
    client.initialize({"textDocument": {"diagnostic": {}}})
    uri = client.uri("tests/test_signs.py")

    def published(after):
        return client.heard("textDocument/publishDiagnostics", lambda told: told["uri"] == uri, after)["diagnostics"]

    before = client.now
    client.finish(client.command("minicov.runAll"))
    assert [each["range"]["start"]["line"] for each in published(before)] == [11]
    before = client.now
    client.open("tests/test_signs.py")
    assert published(before) == []
    asked = client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})["items"]
    assert [each["code"] for each in asked] == ["test-failed"]
    before = client.now
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert [each["code"] for each in published(before)] == ["test-failed"]


def test_a_test_that_was_deleted_fails_no_more(client, failing):
    """Neither when its file is gone nor when only its function is; nothing has to run for it, no client to tell it."""
    uri, after = client.uri("tests/test_bad.py"), client.now
    failing.write_text("def test_good():\n    pass\n")
    assert client.heard(DIAGNOSTICS, lambda told: told["uri"] == uri, after)["diagnostics"] == []
    failing.write_text("def test_bad():\n    assert False\n")
    after = client.now
    client.finish(client.command("minicov.runAll"))
    assert len(told_of(client, failing, after)[-1]["diagnostics"]) == 1
    after = client.now
    failing.unlink()
    assert client.heard(DIAGNOSTICS, lambda told: told["uri"] == uri, after)["diagnostics"] == []
    said = client.error("workspace/executeCommand", {"command": "minicov.rerunFailed"})
    assert "no test is known to fail" in said["message"]


def test_a_client_that_watches_tells_of_deleted_tests(start, project):
    """Where nothing is polled."""
    tests = project / "tests" / "test_signs.py"
    tests.write_text(tests.read_text().replace("10**9) == 1", "10**9) == 2"))
    client = start(project)
    client.initialize(initializationOptions={"minicov": {"testRuns": True, "watch": "events"}})
    uri = client.uri("tests/test_signs.py")
    client.finish(client.command("minicov.runAll"))
    tests.unlink()
    before = client.now
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 3}]})
    told = client.heard(DIAGNOSTICS, lambda told: told["uri"] == uri, before)
    assert told["diagnostics"] == []


def test_a_folder_that_is_removed_takes_its_failures_along(client, project, failing):
    """Nobody would take them back afterwards."""
    uri, after = client.uri("tests/test_bad.py"), client.now
    removed = [{"uri": project.as_uri(), "name": "project"}]
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": removed}})
    assert client.heard(DIAGNOSTICS, lambda told: told["uri"] == uri, after)["diagnostics"] == []


def test_a_test_that_a_worker_dies_of_is_told(start, project):
    """By its name and where it begins; the other tests run in another worker."""
    (project / "tests" / "test_bad.py").write_text("import os\n\n\ndef test_bad():\n    os._exit(0)\n")
    client = start(project)
    options = {"testRuns": True, "python": sys.executable, "testArgs": ["-n", "2"]}
    client.initialize(initializationOptions={"minicov": options})
    told = client.finish(client.command("minicov.runAll"))
    assert {name: count for name, count in told[-1]["counts"].items() if count} == {"passed": 3, "error": 1}
    (failed,) = [each for each in events(told, "test") if each["outcome"] == "error"]
    assert failed["id"] == "tests/test_bad.py::test_bad"
    assert "crashed" in failed["message"]
    assert failed["location"]["range"]["start"]["line"] == 3


def test_an_unexpected_pass_stands_where_its_test_begins(client, project):
    """Nothing was raised that would have a place."""
    (project / "tests" / "test_bad.py").write_text(
        "import pytest\n\n\n@pytest.mark.xfail(strict=True)\ndef test_bad():\n    pass\n"
    )
    told = client.finish(client.command("minicov.runAll"))
    (failed,) = [each for each in events(told, "test") if each["outcome"] == "failed"]
    assert failed["message"] == "[XPASS(strict)]"
    assert failed["location"]["range"]["start"]["line"] in (
        3,
        4,
    )  # with its decorator, or without: pytest's releases differ


def test_a_failing_doctest_is_run_again(start, project):
    """Its name is none of Python's: whether it is still there only pytest can tell."""
    (project / "signs.py").write_text('def sign(number):\n    """\n    >>> sign(1)\n    2\n    """\n    return 1\n')
    (project / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "--doctest-modules"\n')
    client = start(project)
    client.initialize()
    client.finish(client.command("minicov.runAll"))
    again = client.finish(client.command("minicov.rerunFailed"))
    assert [each["id"] for each in again if each["event"] == "test"] == ["signs.py::signs.sign"]


def test_a_file_that_cannot_be_collected_is_a_failure_of_that_file(client, project):
    """A syntax error in a test file is told with its place."""
    (project / "tests" / "test_broken.py").write_text("import no_such_module\n\ndef test(): pass\n")
    told = client.finish(client.command("minicov.runAll"))
    assert told[-1]["outcome"] == "error"
    (failed,) = events(told, "test")
    assert (failed["id"], failed["outcome"]) == ("tests/test_broken.py", "error")
    assert "no_such_module" in failed["message"]
