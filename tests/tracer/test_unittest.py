"""unittest's tests as contexts, by a real `python -m unittest` in a process of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys

import pytest

MODULE = "def sign(n):\n    if n < 0:\n        return -1\n    return 1\n"
TESTS = """\
import unittest
import mod


class TestSign(unittest.TestCase):
    def test_positive(self):
        self.assertEqual(mod.sign(3), 1)

    def test_parts(self):
        for n in (1, 2):
            with self.subTest(n=n):
                self.assertEqual(mod.sign(-3), -n)

    @unittest.skip("not now")
    def test_skipped(self):
        pass

    @unittest.expectedFailure
    def test_expected(self):
        self.fail()

    def test_error(self):
        raise KeyError("x")


class TestAsync(unittest.IsolatedAsyncioTestCase):
    async def test_later(self):
        self.assertEqual(mod.sign(-1), -1)
"""
ID = "tests/test_mod.py::TestSign::test_"


@pytest.fixture
def ran(tmp_path):
    """What a run told, and its data file."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "mod.py").write_text(MODULE)
    (tmp_path / "tests" / "test_mod.py").write_text(TESTS)
    (tmp_path / "tests" / "test_broken.py").write_text("x = 1\nimport no_such_module\n")

    def run(*program: str):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE_", "MINICOV_", "PYTEST_"))}
        environment = kept | {"MINICOV_EVENTS": str(tmp_path / "events")}
        command = [sys.executable, "-m", "minicov_lsp", "run", *program]
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        events = (tmp_path / "events").read_text().splitlines() if (tmp_path / "events").exists() else []
        data = sqlite3.connect(tmp_path / ".coverage.db")
        labels = [label for (label,) in data.execute("SELECT label FROM contexts WHERE label <> '' ORDER BY label")]
        lines = data.execute(
            "SELECT label, line_no FROM lines JOIN contexts ON id = context_id"
            " WHERE file_path = 'mod.py' AND label <> ''"
        ).fetchall()
        data.close()
        return ended, [json.loads(line) for line in events], labels, set(lines)

    return run


def test_each_test_is_a_context_and_its_outcome_is_told(ran):
    """Passed, failed in a part, skipped, expected to fail, an error, a coroutine; and a file that can't be imported."""
    ended, events, labels, lines = ran("-m", "unittest", "tests/test_mod.py", "tests/test_broken.py")
    assert ended.returncode == 1
    ids = [f"{ID}{name}" for name in ("error", "expected", "parts", "positive", "skipped")]
    assert labels == ["tests/test_mod.py::TestAsync::test_later", *ids]
    assert {(f"{ID}positive", 4), (f"{ID}parts", 3), ("tests/test_mod.py::TestAsync::test_later", 3)} <= lines
    assert (f"{ID}positive", 3) not in lines
    outcomes = {told["id"]: told["outcome"] for told in events if told["event"] == "outcome"}
    assert [outcomes[each] for each in ids] == ["error", "xfailed", "failed", "passed", "skipped"]
    assert sorted(events[0]["tests"]) == sorted([*labels, "tests/test_broken.py"])
    (failed,) = [told for told in events if told.get("id") == f"{ID}parts" and told["event"] == "outcome"]
    assert (failed["message"], failed["line"]) == ("AssertionError: -1 != -2", 12)
    assert failed["path"].endswith("test_mod.py")
    (broken,) = [told for told in events if told["event"] == "error"]
    assert (broken["path"].endswith("tests/test_broken.py"), broken["line"]) == (True, 2)


def test_under_pytest_it_is_pytest_that_tells(ran):
    """Each once, under the same labels."""
    _, events, labels, _ = ran("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_mod.py")
    assert len(labels) == 6
    assert len([told for told in events if told["event"] == "outcome"]) == 6


def test_a_program_that_calls_unittest_itself(ran, tmp_path):
    """`unittest.main()` in a script: the file is the module's."""
    (tmp_path / "check.py").write_text(f"{TESTS}\n\nif __name__ == '__main__':\n    unittest.main(exit=False)\n")
    ended, _, labels, _ = ran("check.py", "TestSign.test_positive")
    assert (ended.returncode, labels) == (0, ["check.py::TestSign::test_positive"])


def test_a_switched_off_context_switches_it_off(ran):
    """Nothing of unittest is touched then."""
    _, events, labels, lines = ran("--contexts", "none", "-m", "unittest", "tests/test_mod.py")
    assert (events, labels, lines) == ([], [], set())
