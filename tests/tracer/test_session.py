"""What the settings of a run change in what is kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database

PROGRAM = "def f(x):\n    if x:\n        return 1\n    return 2\nf(1)\n"


def recorded(folder: Path, *options: str) -> Database:
    """The data file of a run of the program with these options."""
    (folder / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "minicov_tracer", "run", *options, "program.py"]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    combine(folder / ".coverage.db")
    return Database(folder / ".coverage.db")


@pytest.mark.parametrize("core", ["", "python"])
def test_no_branch_keeps_lines_alone(tmp_path: Path, core: str) -> None:
    """Without branches no arc is kept, on any core; the lines are the same."""
    with recorded(tmp_path, "--no-branch", "--core", core) as database:
        (facts,) = database.facts("program.py")
        assert facts.lines() == {1, 2, 3, 5}
        assert facts.arcs() == frozenset()
        assert not database.has_arcs


def test_a_label_goes_before_everything(tmp_path: Path) -> None:
    """`--context` names the run where there is no test."""
    with recorded(tmp_path, "--context", "nightly") as database:
        assert database.contexts() == ("nightly",)
