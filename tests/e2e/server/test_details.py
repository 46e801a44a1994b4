"""What editors with a coverage view of their own ask for, of real runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from minicov_lsp.store.combine import combine


@pytest.fixture
def measured(project):
    """The project, with the data of a run of all its tests but one file that is never imported."""
    (project / "tests" / "test_negative.py").write_text(
        "from signs import sign\n\n\ndef test_negative():\n    assert sign(-1) == 1\n"
    )
    run = [sys.executable, "-m", "minicov_lsp", "run", "-m", "pytest", "-q"]
    assert subprocess.run(run, cwd=project, capture_output=True).returncode == 1
    return project


def details(client, **more):
    """The details of signs.py, which is not open: {first line from 1: (executed, {label: executed})}, functions."""
    found = client.request("minicov/details", {"textDocument": {"uri": client.uri("signs.py")}, **more})
    statements = {
        each["range"]["start"]["line"] + 1: (
            each["executed"],
            {way["label"]: way["executed"] for way in each["branches"] if not way["label"].startswith("condition")},
        )
        for each in found["statements"]
    }
    return statements, {each["name"]: each["executed"] for each in found["functions"]}


def test_details_are_those_of_all_tests(client, measured):
    """Statements, ways on by name, functions; the document need not be open."""
    statements, functions = details(client)
    assert statements == {
        1: (True, {}),
        2: (True, {"line 3": True, "line 4": True}),
        3: (True, {}),
        4: (True, {}),
        7: (True, {}),
        8: (False, {}),
    }
    assert functions == {"sign": True, "unused": False}


def test_details_of_one_test_are_its_own(client, measured):
    """What only others ran is missing; a file's id stands for its tests."""
    statements, functions = details(client, test="tests/test_negative.py::test_negative")
    assert statements[2] == (True, {"line 3": True, "line 4": False})
    assert {line: executed for line, (executed, _) in statements.items()}[4] is False
    assert functions == {"sign": True, "unused": False}
    statements, _ = details(client, test="tests/test_signs.py")
    assert statements[2] == (True, {"line 3": False, "line 4": True})


def test_conditions_are_ways_of_their_statement(client, measured):
    """Each condition has two: that it mattered when true, and when false (MC/DC)."""
    if sys.version_info < (3, 12):
        pytest.skip("conditions are measured from Python 3.12 on")
    for test, expected in ((None, [True, True]), ("tests/test_signs.py", [False, True])):
        assert conditions(client, test) == dict(zip(BOTH, expected, strict=True))


BOTH = ("condition `number < 0` true", "condition `number < 0` false")


def conditions(client, test=None):
    """{what is to be shown of a condition: whether it was}."""
    found = client.request("minicov/details", {"textDocument": {"uri": client.uri("signs.py")}, "test": test})
    ways = [way for each in found["statements"] for way in each["branches"] if way["label"].startswith("condition")]
    return {way["label"]: way["executed"] for way in ways}


def test_what_an_older_text_showed_is_carried(client, measured):
    """A function that stands where it didn't keeps what it showed, conditions too, each test for itself."""
    (measured / "signs.py").write_text("NEW = 1\n" + (measured / "signs.py").read_text())
    test = "tests/test_negative.py::test_negative"
    run = [sys.executable, "-m", "minicov_lsp", "run", "-q", "--append", "-m", "pytest", "-q", test]
    assert subprocess.run(run, cwd=measured, capture_output=True).returncode == 1
    assert details(client)[0][3] == (True, {"line 4": True, "line 5": True})
    assert conditions(client) == dict.fromkeys(BOTH, True)
    assert conditions(client, "tests/test_signs.py") == dict(zip(BOTH, [False, True], strict=True))


def test_conditions_that_are_switched_off_are_in_no_details(start, measured):
    """The setting holds here as in the gutter."""
    client = start(measured)
    client.initialize(initializationOptions={"minicov": {"conditions": False}})
    assert details(client)[0][2] == (True, {"line 3": True, "line 4": True})
    assert conditions(client) == {}


@pytest.mark.parametrize("is_open", [False, True])
def test_answers_are_of_the_data_as_it_is_when_asked(start, measured, is_open):
    """Whoever asks right behind a commit has its data, where the server itself would look a second later."""
    client = start(measured)
    client.initialize(initializationOptions={"minicov": {"watch": "poll"}})
    if is_open:
        client.open("signs.py")
    assert details(client)[0][8] == (False, {})
    data_file = measured / ".coverage.db"
    (measured / "more.py").write_text("import signs\n\nsigns.unused()\n")
    run = [sys.executable, "-m", "minicov_lsp", "run", "-q", "--data", "elsewhere.db", "more.py"]
    subprocess.run(run, cwd=measured, check=True)
    combine(data_file, [measured / "elsewhere.db"], append=True, root=measured)
    assert details(client)[0][8] == (True, {})
    summaries = {each["uri"]: each["summary"] for each in client.request("minicov/files", {})}
    assert summaries[client.uri("signs.py")]["statements"] == [6, 6]


def test_edited_statements_have_no_details(client, measured):
    """Of an open document the details are those of its newest text."""
    client.open("signs.py")
    start, end = {"line": 1, "character": 4}, {"line": 1, "character": 4}
    client.change("signs.py", 2, {"range": {"start": start, "end": end}, "text": "x = 0\n    "})
    statements, _ = details(client)
    assert sorted(statements) == [1, 3, 4, 5, 8, 9]
    assert statements[3] == (True, {"line 4": True, "line 5": True})


def test_nothing_is_known_of_other_files(client, measured):
    """A file that never ran, and one outside of the workspace, have none."""
    for uri in (client.uri("none.py"), (measured.parent / "elsewhere.py").as_uri()):
        assert client.request("minicov/details", {"textDocument": {"uri": uri}}) is None
    assert (
        client.error("minicov/details", {"textDocument": {"uri": client.uri("signs.py")}, "test": 3})["code"] == -32602
    )


def test_figures_of_files(client, measured):
    """With `figures` a file has its functions, risk, gain and tests; without, it is spared the work."""
    uri = client.uri("signs.py")
    [plain] = [each for each in client.request("minicov/files", {}) if each["uri"] == uri]
    assert sorted(plain) == ["summary", "uri"]
    for _ in range(2):  # the second answer is remembered
        [found] = [each for each in client.request("minicov/files", {"figures": True}) if each["uri"] == uri]
        assert found["functions"] == [1, 2]
        assert found["risk"] == 2  # of both: complexity 2 and covered, complexity 1 and not covered
        assert found["gain"] == 1
        assert "tests/test_negative.py::test_negative" in found["tests"]
        assert len(found["tests"]) == 4


def test_counting_files_tells_its_progress(client, measured):
    """By the token that came with the question, and never without one; the answer is the same."""
    plain = client.request("minicov/files", {})
    assert client.told("$/progress") == []
    assert client.request("minicov/files", {"workDoneToken": "counting"}) == plain
    told = client.told("$/progress")
    assert {each["token"] for each in told} == {"counting"}
    assert [each["value"]["kind"] for each in told] == ["begin", "report", "end"]
    assert told[1]["value"]["percentage"] == 100


def test_a_failure_is_told_with_its_place(client, measured):
    """An editor can show the message where it failed."""
    told = client.finish(client.command("minicov.runTest", ["tests/test_negative.py"]))
    [failed] = [each for each in told if each["event"] == "test"]
    assert failed["outcome"] == "failed"
    assert failed["location"] == {
        "uri": client.uri("tests/test_negative.py"),
        "range": {"start": {"line": 4, "character": 4}, "end": {"line": 4, "character": 24}},
    }
