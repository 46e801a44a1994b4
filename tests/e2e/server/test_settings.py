"""When the client's settings count."""

from __future__ import annotations

import shutil
import sys
import time


def test_a_run_waits_for_the_settings_that_were_asked_for(start, project):
    """A client may be slow to answer, and a user quick to run: then the run still has the user's settings."""
    client = start(project)

    def answer(params):
        time.sleep(1)
        return [{"testArgs": ["-k", "test_large"]} for _ in params["items"]]

    client.answers["workspace/configuration"] = answer
    client.initialize({"workspace": {"configuration": True}})
    told = client.finish(client.command("minicov.runAll"))
    assert [each["id"] for each in told if each["event"] == "test"] == ["tests/test_signs.py::TestMore::test_large"]


def test_a_warning_names_the_folder_that_it_is_of(start, project, tmp_path):
    """Of several folders each has a pyproject.toml; the same mistake in two is told for each."""
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
        (folder / "pyproject.toml").write_text("[tool.minicov]\nbranch = 'maybe'\n")
    client = start(project)
    client.initialize(workspaceFolders=[{"uri": each.as_uri(), "name": each.name} for each in (project, *folders)])
    client.request("minicov/files", {})
    told = [f"minicov: {folder}/pyproject.toml:2: [tool.minicov] branch" for folder in folders]
    assert [message.partition(": 'maybe'")[0] for message in client.messages()] == told


def test_the_data_files_folder_is_made(start, project):
    """Also when it is deleted between two runs."""
    client = start(project)
    options = {"gutters": True, "testRuns": True, "dataFile": "var/coverage/data.db", "python": sys.executable}
    client.initialize(initializationOptions={"minicov": options})
    client.open("signs.py")
    for _ in range(2):
        after = client.now
        client.finish(client.command("minicov.runAll"))
        client.shown("signs.py", "fresh", after)
        after = client.now
        shutil.rmtree(project / "var")
        client.shown("signs.py", "none", after)
    assert client.messages() == []
