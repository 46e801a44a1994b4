"""What the editor draws, while someone types and while data comes and goes."""

from __future__ import annotations

import subprocess
import sys

import pytest

MARKS = [
    [0, 0, "covered"],
    [1, 1, "partial"],
    [2, 2, "missed"],
    [3, 3, "covered"],
    [6, 6, "covered"],
    [7, 7, "missed"],
]
"""Of signs.py, when its tests have run."""


def run_in_terminal(project, *arguments: str) -> None:
    """`minicov run`, as a user types it; no server knows of it."""
    command = [sys.executable, "-m", "minicov_lsp", "run", *arguments, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def edit(line: int, start: int, end: int, text: str) -> dict[str, object]:
    """A change within one line."""
    return {
        "range": {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}},
        "text": text,
    }


def test_a_file_without_data_has_no_picture(client):
    """Nothing is known: no runs, no spans, no summary."""
    client.open("signs.py")
    told = client.shown("signs.py", "none")
    assert told == {
        "uri": client.uri("signs.py"),
        "version": 1,
        "state": "none",
        "runs": [],
        "spans": [],
        "summary": None,
    }
    assert client.gutters("signs.py") == told


def test_a_run_in_a_terminal_lights_up(client, project):
    """Whoever runs the tests, the open documents show it; then they follow every edit."""
    client.open("signs.py")
    client.shown("signs.py", "none")
    run_in_terminal(project)
    summary = {"statements": [4, 6], "branches": [1, 2], "conditions": [0, 1], "complexity": 3}
    # When the program has ended, what was seen of it while it ran is shown until all of it is merged.
    told = client.heard(
        "minicov/gutters", lambda told: (told["state"], told["runs"], told["summary"]) == ("fresh", MARKS, summary)
    )
    (span,) = told["spans"]
    assert span["range"] == {"start": {"line": 1, "character": 7}, "end": {"line": 1, "character": 17}}
    assert span["kind"] == "branch"

    client.change("signs.py", 2, edit(0, 0, 0, "import math\n"))
    moved = client.gutters("signs.py")
    assert moved["state"] == "stale"
    assert moved["runs"][:4] == [[0, 0, "edited"], [1, 1, "covered"], [2, 2, "partial"], [3, 3, "missed"]]
    assert client.told("minicov/gutters")[-1] == moved

    client.change(
        "signs.py", 3, {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}, "text": ""}
    )
    undone = client.gutters("signs.py")
    assert undone == {**told, "version": 3}


def test_columns_are_in_the_encoding_that_was_agreed_on(start, project):
    """A surrogate pair before a change or a span moves it by as much as the client counts."""
    source = (
        'def f(x):\n    """\U0001f600\x0c\u2028"""; y = "\U0001f600\U0001f600" if x else 1\n'
        '    if x == "\U0001f600" and y: return 1\n    return 2\n'
    )
    (project / "signs.py").write_text(source, "utf-8")
    (project / "tests" / "test_signs.py").write_text("from signs import f\ndef test(): f(0)\n")
    run_in_terminal(project)
    for encoding, width in (("utf-8", 4), ("utf-16", 2), ("utf-32", 1)):
        client = start(project)
        agreed = client.initialize({"general": {"positionEncodings": [encoding]}})
        assert agreed["capabilities"]["positionEncoding"] == encoding
        client.open("signs.py")
        spans = client.shown("signs.py", "fresh")["spans"]
        (branch,) = [span for span in spans if span["kind"] == "branch"]
        pieces = [span["range"] for span in spans if span["kind"] == "region"]
        (piece,) = pieces
        column = 7 + len('x == "') + width + len('" and ')
        assert piece == {"start": {"line": 2, "character": column}, "end": {"line": 2, "character": column + 1}}
        assert branch["range"] == {
            "start": {"line": 2, "character": 7},
            "end": {"line": 2, "character": 7 + len('x == "') + width + len('" and y')},
        }
        # Typed behind the smiley, and taken back: only if both sides count alike is it the same text again.
        at = 7 + len('x == "') + width
        client.change("signs.py", 2, edit(2, at, at, "\U0001f600"))
        assert client.gutters("signs.py")["state"] == "stale"
        client.change("signs.py", 3, edit(2, at, at + width, ""))
        assert client.gutters("signs.py")["state"] == "fresh"
        assert client.leave() == 0


def test_the_answer_is_for_the_newest_version(client, project):
    """However fast the edits come, a request hears of the last, and so does whoever listens."""
    run_in_terminal(project)
    client.open("signs.py")
    client.shown("signs.py", "fresh")
    for version in range(2, 40):
        client.change("signs.py", version, edit(0, 0, 0, f"# {version}\n"))
    told = client.gutters("signs.py")
    assert told["version"] == 39
    assert told["runs"][0] == [0, 37, "edited"]
    assert client.told("minicov/gutters")[-1] == told


def test_a_damaged_data_file_is_told_once_and_the_old_picture_stays(client, project):
    """Damage is no reason to forget what was known; a file that is whole again counts."""
    run_in_terminal(project)
    client.open("signs.py")
    before = client.shown("signs.py", "fresh")
    data = project / ".coverage.db"
    whole = data.read_bytes()
    replacement = project / "replacement"
    replacement.write_bytes(b"not a database at all" * 500)
    replacement.replace(data)
    shown = client.heard("window/showMessage", lambda told: ".coverage.db" in told["message"])
    assert shown["type"] == 2
    client.change("signs.py", 2, edit(0, 0, 0, "\n"))
    assert client.gutters("signs.py")["summary"] == before["summary"]
    for _ in range(2):  # looked at again and again, and told no more
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": data.as_uri(), "type": 2}]})
        client.answer(client.ask("minicov/files", {}))
    after = client.now
    replacement.write_bytes(whole)
    replacement.replace(data)
    client.change("signs.py", 3, edit(0, 0, 0, "x = 1\n"))
    client.shown("signs.py", "stale", after)
    assert len(client.messages()) == 1


def test_a_deleted_data_file_is_no_picture(client, project):
    """What is forgotten is not shown."""
    run_in_terminal(project)
    client.open("signs.py")
    client.shown("signs.py", "fresh")
    after = client.now
    for name in (".coverage.db", ".coverage.db-wal", ".coverage.db-shm"):
        (project / name).unlink(missing_ok=True)
    assert client.shown("signs.py", "none", after)["summary"] is None
    assert client.messages() == []


def test_an_empty_data_file_is_an_empty_database(client, project):
    """It is how SQLite makes one."""
    client.open("signs.py")
    client.shown("signs.py", "none")
    (project / ".coverage.db").touch()
    run_in_terminal(project)
    client.shown("signs.py", "fresh")
    assert client.messages() == []


def test_clients_that_did_not_ask_hear_nothing_of_ours(start, project):
    """Others get only what the protocol has."""
    client = start(project)
    client.initialize(initializationOptions={})
    client.open("signs.py")
    client.gutters("signs.py")
    client.command("minicov.runAll")
    client.heard(
        "textDocument/publishDiagnostics", lambda told: told["uri"] == client.uri("signs.py") and told["diagnostics"]
    )
    assert [message for message in client.received if str(message.get("method")).startswith("minicov/")] == []


def test_a_folder_that_is_removed_takes_its_pictures_along(client, project):
    """Its documents stay open, and nothing is known of them any more; when it is back, all is."""
    run_in_terminal(project)
    client.open("signs.py")
    client.shown("signs.py", "fresh")
    assert [found["uri"] for found in client.request("minicov/files", {})].count(client.uri("signs.py")) == 1
    folder = {"uri": project.as_uri(), "name": "project"}
    after = client.now
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    client.shown("signs.py", "none", after)
    assert client.request("minicov/files", {}) == []
    after = client.now
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
    client.shown("signs.py", "fresh", after)


@pytest.mark.parametrize("watch", ["events", "poll"])
def test_changes_are_seen_with_events_and_without(start, project, watch):
    """Network folders send none."""
    client = start(project)
    client.initialize(initializationOptions={"minicov": {"gutters": True, "watch": watch}})
    client.open("signs.py")
    client.shown("signs.py", "none")
    run_in_terminal(project)
    client.shown("signs.py", "fresh")


def test_diagnostics_say_what_is_missing(client, project):
    """Ways never taken and code that never ran, each with its code, as hints; nothing on edited lines."""
    run_in_terminal(project)
    client.open("signs.py")
    told = client.heard("textDocument/publishDiagnostics", lambda told: told["diagnostics"])
    found = [
        (each["code"], each["severity"], each["source"], each["range"]["start"]["line"]) for each in told["diagnostics"]
    ]
    assert found == [
        ("uncovered-branch", 3, "minicov", 1),
        ("never-run", 4, "minicov", 2),
        ("never-run", 4, "minicov", 7),
    ]
    assert told["diagnostics"][2]["message"] == "unused was never called"
    client.change("signs.py", 2, edit(1, 0, 0, " "), edit(7, 0, 0, " "))
    client.gutters("signs.py")
    assert [
        each["range"]["start"]["line"] for each in client.told("textDocument/publishDiagnostics")[-1]["diagnostics"]
    ] == [2]


def test_a_client_that_pulls_gets_no_pushes(start, project):
    """It asks, and is told to ask again when the data changes."""
    client = start(project)
    client.initialize({"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}})
    client.open("signs.py")
    client.shown("signs.py", "none")
    params = {"textDocument": {"uri": client.uri("signs.py")}}
    assert client.request("textDocument/diagnostic", params)["items"] == []
    run_in_terminal(project)
    full = client.asked_again(
        "workspace/diagnostic/refresh",
        lambda: client.request("textDocument/diagnostic", params),
        lambda told: [each["code"] for each in told["items"]] == ["uncovered-branch", "never-run", "never-run"],
    )
    again = client.request("textDocument/diagnostic", {**params, "previousResultId": full["resultId"]})
    assert again["kind"] == "unchanged"
    assert client.told("textDocument/publishDiagnostics") == []


def test_hover_names_the_tests(client, project):
    """The state of the line, and which tests ran it."""
    run_in_terminal(project)
    client.open("signs.py")
    client.shown("signs.py", "fresh")

    def hover(line):
        found = client.request(
            "textDocument/hover",
            {"textDocument": {"uri": client.uri("signs.py")}, "position": {"line": line, "character": 0}},
        )
        return found and found["contents"]["value"]

    assert "3 tests ran it" in hover(3)
    assert "test_positive[1]" in hover(3)
    assert "partly covered" in hover(1)
    assert "never ran" in hover(2)
    assert hover(4) is None


def test_settings_come_from_the_client_and_change(start, project):
    """What is asked for is reported, and no more."""
    run_in_terminal(project)
    client = start(project)
    settings = {"diagnostics": {"never-run": "warning", "uncovered-branch": False}}
    client.answers["workspace/configuration"] = lambda params: [settings for _ in params["items"]]
    client.initialize({"workspace": {"configuration": True}})
    client.open("signs.py")
    told = client.heard(
        "textDocument/publishDiagnostics", lambda told: told["diagnostics"] and told["diagnostics"][0]["severity"] == 2
    )
    assert {each["code"] for each in told["diagnostics"]} == {"never-run"}
    settings = {"diagnostics": "nonsense"}
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    assert "minicov.diagnostics" in client.heard("window/showMessage")["message"]
