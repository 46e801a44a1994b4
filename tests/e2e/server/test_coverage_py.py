"""A project that has coverage.py's data and nothing of ours: its gutters say what coverage.py's own report says."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

PROGRAM = """
import own_shlex
import own_textwrap

try:
    own_shlex.split("a 'b")
except ValueError:
    own_textwrap.fill("some words " * 9, 20)
print(own_shlex.join(["a b"]), own_textwrap.dedent("  a"))

if not own_shlex:  # pragma: no cover
    raise AssertionError
"""


def test_gutters_are_those_of_its_json(start, tmp_path):
    """Of each statement; a line with a branch that was not taken is partial, and all counts are the same."""
    for module in (shlex, textwrap):
        text = Path(module.__file__).read_text("utf-8")
        (tmp_path / f"own_{module.__name__}.py").write_text(text, "utf-8")
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    _coverage(tmp_path, "run", "--branch", "--source", ".", "program.py")
    _coverage(tmp_path, "json", "-q", "-o", "report.json")
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))["files"]
    client = start(tmp_path)
    client.initialize()

    compared = set()
    for name, file in report.items():
        client.open(name)
        picture = client.gutters(name)
        marks = {line + 1: mark for first, last, mark in picture["runs"] for line in range(first, last + 1)}
        expected = _marks(file)
        compared |= set(expected.values())
        assert picture["state"] == "fresh"
        assert {line: marks.get(line) for line in expected} == expected
        summary = file["summary"]
        assert picture["summary"]["statements"] == [summary["covered_lines"], summary["num_statements"]]
        assert picture["summary"]["branches"] == [summary["covered_branches"], summary["num_branches"]]
    assert len(report) == 3
    assert compared == {"covered", "partial", "missed", "excluded"}


def _coverage(folder, *arguments: str) -> None:
    ran = subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def _marks(file) -> dict[int, str]:
    """{line: mark} that coverage.py's report of a file stands for."""
    partial = {line for line, _ in file["missing_branches"]}
    return {
        **dict.fromkeys(file["excluded_lines"], "excluded"),
        **dict.fromkeys(file["missing_lines"], "missed"),
        **{line: "partial" if line in partial else "covered" for line in file["executed_lines"]},
    }
