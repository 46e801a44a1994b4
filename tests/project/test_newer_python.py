"""Reports of files in a newer Python's syntax than that of the Python that makes the report."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NEWER = {
    (3, 11): ("3.12", "type Number = int\n"),
    (3, 12): ("3.13", "def first[T = int](items: list[T]) -> T:\n    return items[0]\n"),
    (3, 13): ("3.14", "name = t'{1}'\n"),
}
"""{this Python: (a newer one, what only that can read)}."""


@pytest.fixture
def newer() -> tuple[str, str]:
    """A newer interpreter, and a text that it alone can read."""
    version, text = NEWER.get(sys.version_info[:2], ("", ""))
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = [*root.glob(f"versions/{version}.*/bin/python"), shutil.which(f"python{version}")] if version else []
    python = next((str(each) for each in found if each), None)
    if python is None:
        pytest.skip("there is no newer Python here")
    return python, text


def test_told_as_it_was_recorded(newer, tmp_path, run_in):
    """What this Python can't read is reported with the lines that the other recorded, and said to be.

    Of functions never called nothing was recorded.
    """
    python, text = newer
    (tmp_path / "modern.py").write_text(text + "x = 1\nif x:\n    y = 2\nelse:\n    y = 3\n")
    (tmp_path / "main.py").write_text("import modern\n")
    run_in(tmp_path, "run", "--python", python, "--source", ".", "main.py")
    first = len(text.splitlines())
    for _ in range(2):  # the cache does not swallow the warning
        told = run_in(tmp_path, "json", "-o", "r.json", "--pretty-print")
        assert "modern.py:" in told.stderr
        assert "told as that recorded it" in told.stderr
        report = json.loads((tmp_path / "r.json").read_text())["files"]["modern.py"]
        assert report["missing_lines"] == [first + 5]
        assert {1, first + 1, first + 2, first + 3} == set(report["executed_lines"])
        assert report["missing_branches"] == report["decisions"] == report["regions"] == []


def test_edited_since(newer, tmp_path, run_in):
    """What was changed since it ran, and can't be read, is an error that names file and line."""
    python, text = newer
    (tmp_path / "modern.py").write_text(text)
    (tmp_path / "main.py").write_text("import modern\n")
    run_in(tmp_path, "run", "--python", python, "--source", ".", "main.py")
    (tmp_path / "modern.py").write_text(text + "x = 1\n")
    command = [sys.executable, "-m", "minicov_lsp", "json", "-o", "r.json"]
    failed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert failed.returncode == 1
    assert "modern.py:1: not Python source" in failed.stderr
