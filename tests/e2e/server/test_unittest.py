"""A project whose Python has no pytest: its tests are run by unittest."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

TESTS = """\
import unittest

from signs import sign


class TestSigns(unittest.TestCase):
    def test_positive(self):
        self.assertEqual(sign(2), 1)

    def test_wrong(self):
        self.assertEqual(sign(-2), 1)
"""


def failures(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The failed tests among the diagnostics of a document: while tests run, what never ran so far is told alone."""
    return [each for each in told["diagnostics"] if each["code"] == "test-failed"]


@pytest.mark.skipif(os.name == "nt", reason="paths are those of POSIX")
def test_unittest_runs_where_there_is_no_pytest(start, project):
    """All tests, and one of them; outcomes, failures, pictures and who covers a line are what they are with pytest."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project / ".venv"], check=True)
    (project / "tests" / "test_signs.py").write_text(TESTS)
    client = start(project, VIRTUAL_ENV="")
    client.initialize(initializationOptions={"minicov": {"gutters": True, "testRuns": True}})
    client.open("signs.py")
    uri = client.open("tests/test_signs.py")
    told = client.finish(client.command("minicov.runAll"))
    ids = ["tests/test_signs.py::TestSigns::test_positive", "tests/test_signs.py::TestSigns::test_wrong"]
    outcomes = [(each["id"], each["outcome"]) for each in told if each["event"] == "test"]
    assert outcomes == [(ids[0], "passed"), (ids[1], "failed")]
    assert told[-1]["outcome"] == "failed"
    failed = client.heard("textDocument/publishDiagnostics", lambda told: told["uri"] == uri and failures(told))
    assert [each["range"]["start"]["line"] for each in failures(failed)] == [10]
    client.shown("signs.py", "fresh")
    range_ = {"start": {"line": 2, "character": 0}, "end": {"line": 2, "character": 1}}
    tests = client.request("minicov/coveringTests", {"textDocument": {"uri": client.uri("signs.py")}, "range": range_})
    assert [each["id"] for each in tests] == [ids[1]]
    told = client.finish(client.command("minicov.runTest", [ids[0]]))
    assert [(each["id"], each["outcome"]) for each in told if each["event"] == "test"] == [(ids[0], "passed")]
    assert client.messages() == []
