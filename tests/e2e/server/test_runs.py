"""Runs that the editor starts: what runs, what is told of it, and how it ends."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from importlib.util import find_spec

import pytest

IDS = [
    "tests/test_signs.py::test_positive[1]",
    "tests/test_signs.py::test_positive[2]",
    "tests/test_signs.py::TestMore::test_large",
]


def events(told, kind):
    return [each for each in told if each["event"] == kind]


def code_actions(client, name, line, *, last=None, only=None):
    context = {"diagnostics": [], **({"only": only} if only else {})}
    range_ = {"start": {"line": line, "character": 0}, "end": {"line": last or line, "character": 0}}
    return client.request(
        "textDocument/codeAction", {"textDocument": {"uri": client.uri(name)}, "range": range_, "context": context}
    )


def pick(client, action):
    """Do what an editor does with a picked action."""
    return client.command(action["command"]["command"], *action["command"].get("arguments", []))


def test_a_test_is_run_from_its_code_action(client, project):
    """The action of the test at the cursor runs that test; the source's picture follows."""
    client.open("signs.py")
    client.open("tests/test_signs.py")
    action, *others = code_actions(client, "tests/test_signs.py", 6, only=["source.minicov.runTest"])
    assert action["title"] == "Run test_positive"
    assert others == []
    told = client.finish(pick(client, action))
    assert [each["event"] for each in told if each["event"] != "output"] == ["started", "test", "test", "finished"]
    assert told[0]["event"] == "started"
    assert told[0]["tests"] == ["tests/test_signs.py::test_positive"]
    assert [(each["id"], each["outcome"]) for each in events(told, "test")] == [(IDS[0], "passed"), (IDS[1], "passed")]
    assert all(isinstance(each["duration"], float) for each in events(told, "test"))
    assert told[-1]["outcome"] == "passed"
    assert told[-1]["counts"]["passed"] == 2
    assert "2 passed" in "".join(each["text"] for each in events(told, "output"))
    client.shown("signs.py", "fresh")


def test_actions_for_classes_and_ranges(client):
    """A class's tests together, several tests together; nothing for a line outside of tests."""
    client.open("tests/test_signs.py")
    titles = [action["title"] for action in code_actions(client, "tests/test_signs.py", 11)]
    assert titles == ["Run test_large", "Run TestMore (1 test)", "Run the 2 tests of this file"]
    titles = [action["title"] for action in code_actions(client, "tests/test_signs.py", 0, last=12)]
    assert titles[0] == "Run these 2 tests"
    assert [each["kind"] for each in code_actions(client, "tests/test_signs.py", 1)] == ["source.minicov.runFile"]
    assert code_actions(client, "tests/test_signs.py", 6, only=["quickfix", "refactor"]) == []


def test_the_tests_covering_a_function_are_run_again(client, project):
    """The action counts them, the request lists them with their last outcome, the command runs just them."""
    client.open("signs.py")
    client.finish(client.command("minicov.runAll"))
    client.shown("signs.py", "fresh")
    action = code_actions(client, "signs.py", 1, only=["source.minicov"])[0]
    assert action["title"] == "Rerun the 3 tests covering sign"
    range_ = {"start": {"line": 3, "character": 0}, "end": {"line": 3, "character": 4}}
    tests = client.request("minicov/coveringTests", {"textDocument": {"uri": client.uri("signs.py")}, "range": range_})
    assert [each["id"] for each in tests] == sorted(IDS)
    assert {each["outcome"] for each in tests} == {"passed"}
    assert tests[1]["location"]["uri"] == client.uri("tests/test_signs.py")
    assert tests[1]["location"]["range"]["start"] == {"line": 4, "character": 0}
    told = client.finish(pick(client, action))
    assert [each["id"] for each in events(told, "test")] == sorted(IDS)
    error = client.error(
        "workspace/executeCommand",
        {
            "command": "minicov.runCoveringTests",
            "arguments": [
                client.uri("signs.py"),
                {"start": {"line": 7, "character": 0}, "end": {"line": 7, "character": 1}},
            ],
        },
    )
    assert "no test is known" in error["message"]


def test_a_rerun_replaces_what_the_same_test_showed(client, project):
    """After an edit the same test takes another way: the old one is not counted any more; other tests' facts stay."""
    client.open("signs.py")
    client.finish(client.command("minicov.runAll"))
    client.shown("signs.py", "fresh")
    tests = project / "tests" / "test_signs.py"
    tests.write_text(tests.read_text().replace("sign(10**9) == 1", "sign(-(10**9)) == -1"))
    after = client.now
    client.finish(client.command("minicov.runTest", [IDS[2]]))
    told = client.shown("signs.py", "fresh", after)
    assert told["runs"][:2] == [[0, 3, "covered"], [6, 6, "covered"]]
    range_ = {"start": {"line": 3, "character": 0}, "end": {"line": 3, "character": 4}}
    tests = client.request("minicov/coveringTests", {"textDocument": {"uri": client.uri("signs.py")}, "range": range_})
    assert [each["id"] for each in tests] == IDS[:2]


def test_while_it_runs_the_picture_says_so(client, project):
    """A run that touches a file makes its picture a live one, from its start to its end."""
    gate = project / "gate"
    (project / "tests" / "test_signs.py").write_text(
        "import os, time\nfrom signs import sign\n\n\ndef test_waiting():\n"
        f"    while not os.path.exists({str(gate)!r}):\n        time.sleep(0.01)\n    assert sign(1) == 1\n"
    )
    client.open("signs.py")
    run = client.command("minicov.runAll")
    client.shown("signs.py", "running")
    gate.touch()
    after = client.now
    client.finish(run)
    client.shown("signs.py", "fresh", after)


@pytest.mark.skipif(
    find_spec(f"minicov_tracer.{'_monitoring' if sys.version_info >= (3, 12) else '_settrace'}") is None,
    reason="without a C core there is no hit log to read",
)
def test_lines_light_up_while_a_run_goes_on(client, project):
    """Wherever it was started, and before its first test has ended: nothing is merged, written or waited for."""
    gate = project / "gate"
    (project / "tests" / "test_signs.py").write_text(
        "import os, time\nfrom signs import sign\n\n\ndef test_waiting():\n    assert sign(1) == 1\n"
        f"    while not os.path.exists({str(gate)!r}):\n        time.sleep(0.01)\n    assert sign(-1) == -1\n"
    )
    client.open("signs.py")
    client.shown("signs.py", "none")
    command = [sys.executable, "-m", "minicov_lsp", "run", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL) as terminal:
        try:
            uri = client.uri("signs.py")
            client.heard("minicov/gutters", lambda told: told["uri"] == uri and [3, 3, "covered"] in told["runs"])
            now = client.gutters("signs.py")
            assert (now["state"], now["runs"][1:3]) == ("running", [[1, 1, "partial"], [2, 2, "missed"]])
            assert not (project / ".coverage.db").exists()
            after = client.now
        finally:
            gate.touch()  # whatever was found, the program must end
        assert terminal.wait(60) == 0
    told = client.shown("signs.py", "fresh", after)
    assert told["runs"][0] == [0, 3, "covered"]
    states = [told["state"] for told in client.told("minicov/gutters", after) if told["uri"] == uri]
    assert "none" not in states


@pytest.mark.skipif(os.name == "nt", reason="a script as interpreter")
def test_a_python_without_pytest_is_told_in_one_message(start, project, tmp_path):
    """Which one it is, and what to do."""
    bare = tmp_path / "bare-python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E "$@"\n')
    bare.chmod(bare.stat().st_mode | stat.S_IXUSR)
    client = start(project)
    client.initialize(initializationOptions={"minicov": {"testRuns": True, "python": str(bare)}})
    told = client.finish(client.command("minicov.runAll"))
    assert told[-1]["outcome"] == "error"
    (message,) = client.messages()
    assert str(bare) in message
    assert "has no pytest" in message


@pytest.mark.parametrize(("name", "text"), [("missing", None), ("broken", "no interpreter at all\n")])
def test_an_interpreter_that_cannot_be_started_is_told_in_one_message(start, project, tmp_path, name, text):
    """A wrong setting, or a file that isn't a program."""
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
        path.chmod(0o755)
    client = start(project)
    client.initialize(initializationOptions={"minicov": {"testRuns": True, "python": str(path)}})
    told = client.finish(client.command("minicov.runAll"))
    assert [each["event"] for each in told] == ["started", "finished"]
    assert told[-1]["outcome"] == "error"
    (message,) = client.messages()
    assert str(path) in message


def test_tests_that_are_gone_do_not_keep_others_from_running(client, project):
    """A renamed parameter runs as its function; a test that is gone is left out; if all are gone, that is told."""
    told = client.finish(
        client.command(
            "minicov.runTest",
            [
                "tests/test_signs.py::test_positive[99]",
                "tests/test_signs.py::test_gone",
                IDS[2],
                "tests/gone.py::test_x",
            ],
        )
    )
    assert {each["id"] for each in events(told, "test")} == set(IDS)
    assert told[-1]["outcome"] == "passed"
    told = client.finish(client.command("minicov.runTest", ["tests/gone.py::test_x"]))
    assert told[-1]["outcome"] == "error"
    assert len(client.messages()) == 1


def test_more_tests_than_fit_on_a_command_line(client, project):
    """Thousands of ids are run as any others are."""
    (project / "tests" / "test_many.py").write_text(
        "import pytest\n\n@pytest.mark.parametrize('n', range(3000))\n"
        "def test_with_a_name_that_is_longer_than_it_need_be(n):\n    assert n >= 0\n"
    )
    ids = [f"tests/test_many.py::test_with_a_name_that_is_longer_than_it_need_be[{n}]" for n in range(3000)]
    told = client.finish(client.command("minicov.runTest", ids))
    assert told[-1]["counts"]["passed"] == 3000


def test_output_is_bounded(client, project):
    """A test that writes without end does not drown the editor."""
    (project / "tests" / "test_loud.py").write_text(
        "def test_loud():\n    for _ in range(50_000): print('x' * 99)\n    assert False\n"
    )
    told = client.finish(client.command("minicov.runTest", ["tests/test_loud.py::test_loud"]))
    size = sum(len(each["text"]) for each in events(told, "output"))
    assert 1024 * 1024 <= size < 1024 * 1024 + 1000


def test_arguments_of_the_user_reach_pytest(start, project):
    """TestArgs come before the ids."""
    client = start(project)
    options = {"testRuns": True, "python": sys.executable, "testArgs": ["-k", "large"]}
    client.initialize(initializationOptions={"minicov": options})
    assert [each["id"] for each in events(client.finish(client.command("minicov.runAll")), "test")] == [IDS[2]]


@pytest.mark.skipif(find_spec("xdist") is None, reason="without pytest-xdist")
def test_tests_that_workers_run_are_counted_once(start, project):
    """Under pytest-xdist each test is told by one worker, and what all of them measured is shown."""
    client = start(project)
    options = {"gutters": True, "testRuns": True, "python": sys.executable, "testArgs": ["-n", "2"]}
    client.initialize(initializationOptions={"minicov": options})
    client.open("signs.py")
    told = client.finish(client.command("minicov.runAll"))
    assert sorted(each["id"] for each in events(told, "test")) == sorted(IDS)
    assert told[-1]["counts"]["passed"] == len(IDS)
    assert client.gutters("signs.py")["summary"]["statements"] == [4, 6]
    range_ = {"start": {"line": 3, "character": 0}, "end": {"line": 3, "character": 1}}
    tests = client.request("minicov/coveringTests", {"textDocument": {"uri": client.uri("signs.py")}, "range": range_})
    assert sorted(each["id"] for each in tests) == sorted(IDS)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_pytest_cov_is_switched_off(start, project, workers):
    """One test has less than its total, which is no failure, and what coverage.py knows of all tests is not touched."""
    pytest.importorskip("pytest_cov")
    with (project / "pyproject.toml").open("a") as file:
        file.write('addopts = "--cov=signs --cov-report=term --cov-fail-under=99"\n')
    client = start(project)
    options = {"gutters": True, "testRuns": True, "python": sys.executable, "testArgs": [*workers]}
    client.initialize(initializationOptions={"minicov": options})
    told = client.finish(client.command("minicov.runTest", [IDS[2]]))
    assert told[-1]["outcome"] == "passed"
    assert not (project / ".coverage").exists()


def test_tests_are_found_without_running_anything(client, project):
    """A tree by file, class and function; of an open document as it is typed."""
    (tree,) = client.request("minicov/tests", {})
    assert (tree["id"], tree["uri"]) == ("tests/test_signs.py", client.uri("tests/test_signs.py"))
    assert [child["id"] for child in tree["children"]] == [
        "tests/test_signs.py::test_positive",
        "tests/test_signs.py::TestMore",
    ]
    assert tree["children"][1]["children"][0]["label"] == "test_large"
    assert tree["children"][0]["range"]["start"] == {"line": 4, "character": 0}
    uri = client.open("tests/test_signs.py", "def test_new(): pass\n")
    (tree,) = client.request("minicov/tests", {"textDocument": {"uri": uri}})
    assert [child["label"] for child in tree["children"]] == ["test_new"]


def test_exact_tests_are_what_pytest_collects(client, project):
    """Parameters are told, what nobody could see in the text too; a mistake in a file is told in a sentence."""
    hook = (
        "def pytest_generate_tests(metafunc):\n"
        "    if 'made' in metafunc.fixturenames: metafunc.parametrize('made', 'ab')\n"
    )
    (project / "tests" / "conftest.py").write_text(hook)
    (project / "tests" / "test_made.py").write_text("import signs\n\n\ndef test_made(made): pass\n")
    made, tree = client.request("minicov/tests", {"exact": True})
    assert [child["label"] for child in made["children"][0]["children"]] == ["[a]", "[b]"]
    assert made["children"][0]["range"]["start"] == {"line": 3, "character": 0}
    assert made["children"][0]["children"][0]["range"] is None
    assert [child["id"] for child in tree["children"][0]["children"]] == IDS[:2]
    assert tree["children"][1]["children"][0]["id"] == IDS[2]
    one = {"textDocument": {"uri": client.uri("tests/test_made.py")}, "exact": True}
    assert [file["id"] for file in client.request("minicov/tests", one)] == ["tests/test_made.py"]
    assert not (project / ".coverage.db").exists()
    (project / "tests" / "conftest.py").write_text("import no_such_module\n")
    assert "can't list the tests" in client.error("minicov/tests", {"exact": True})["message"]


@pytest.mark.skipif(os.name == "nt", reason="symbolic links")
def test_a_folder_opened_through_a_symbolic_link(start, project, tmp_path):
    """Data and tests know the real path, the client its own; every URI it gets is of its own kind."""
    link = tmp_path / "link"
    link.symlink_to(project)
    client = start(link)
    client.initialize()
    client.open("signs.py")
    client.finish(client.command("minicov.runFile", client.uri("tests/test_signs.py")))
    assert client.gutters("signs.py")["state"] == "fresh"
    uris = [each["uri"] for each in client.request("minicov/files", {})]
    assert uris == [client.uri("signs.py"), client.uri("tests/test_signs.py")]
    assert [each["uri"] for each in client.request("minicov/tests", {})] == [client.uri("tests/test_signs.py")]


def test_two_folders_run_apart(start, project, tmp_path):
    """Each has its own queue, data and ids; a command names the folder, or its tests do."""
    other = tmp_path / "other"
    (other / "tests").mkdir(parents=True)
    (other / "mod.py").write_text("x = 1\n")
    (other / "tests" / "test_other.py").write_text(
        "import sys; sys.path.insert(0, '.')\nimport mod\ndef test_it(): pass\n"
    )
    client = start(project)
    client.initialize(workspaceFolders=[{"uri": folder.as_uri(), "name": folder.name} for folder in (project, other)])
    uri = (other / "mod.py").as_uri()
    client.notify(
        "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": "x = 1\n"}}
    )
    assert client.error("workspace/executeCommand", {"command": "minicov.runAll"})["code"] == -32602
    first = client.command("minicov.runAll", other.as_uri())
    second = client.command("minicov.runTest", [IDS[2]])
    assert client.finish(first)[-1]["counts"]["passed"] == 1
    assert client.finish(second)[-1]["counts"]["passed"] == 1
    client.heard("minicov/gutters", lambda told: told["uri"] == uri and told["state"] == "fresh")
    assert (other / ".coverage.db").exists()


def test_nothing_is_left_beside_the_data_file(client, project):
    """Partial files are merged by whoever started the run."""
    client.finish(client.command("minicov.runAll"))
    assert client.leave() == 0
    left = sorted(path.name for path in project.iterdir() if path.name.startswith(".coverage"))
    assert left == [".coverage.db"] or set(left) <= {".coverage.db", ".coverage.db-wal", ".coverage.db-shm"}
    listed = subprocess.run(
        [sys.executable, "-m", "minicov_lsp", "report"], cwd=project, capture_output=True, text=True
    )
    assert "signs.py" in listed.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there is no niceness")
def test_tests_are_as_urgent_as_the_server(client, project):
    """Only what works for the event loop steps back: tests that look at the clock take as long as in a terminal."""
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    (project / "tests" / "test_signs.py").write_text(
        f"import os\n\n\ndef test_urgent():\n    assert os.getpriority(os.PRIO_PROCESS, 0) == {mine}\n"
    )
    told = client.finish(client.command("minicov.runAll"))
    assert told[-1]["counts"]["passed"] == 1
