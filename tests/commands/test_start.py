"""What the start of a command loads: who types one waits for that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import clean_environment

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 14),
    reason="there argparse loads dataclasses and what is behind them by itself, for colours",
)

SLOW = {"dataclasses", "hashlib", "inspect", "logging", "rich", "tempfile", "uuid", "minicov_lsp.model"}


def loaded(folder: Path, *arguments: str) -> set[str]:
    """The modules that a command, and a program that it runs, loads."""
    command = [sys.executable, "-X", "importtime", "-m", "minicov_lsp", *arguments]
    ran = subprocess.run(command, cwd=folder, env=clean_environment(), capture_output=True, text=True, check=True)
    return {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines() if line.startswith("import time:")}


@pytest.fixture
def unmerged(tmp_path: Path, write, minicov) -> Path:
    """A folder in which a program left its partial file."""
    write({"pyproject.toml": '[tool.minicov]\nsource = ["."]\n', "one.py": "x = 1\n"})
    assert minicov("run", "--parallel", "-q", "one.py").returncode == 0
    return tmp_path


def test_who_merges_looks_at_no_code(unmerged):
    """`combine` loads neither what reads code nor what a terminal or a log needs."""
    found = loaded(unmerged, "combine")
    assert "minicov_lsp.store.combine" in found
    assert found & {*SLOW, "minicov_lsp.source.exclusion", "minicov_lsp.store.hit_log"} == set()


def test_no_annotation_is_compiled(unmerged):
    """What `combine` loads has no text compiled but those that make the library's named tuples."""
    script = (
        "import sys\ntexts = []\n"
        "sys.addaudithook(lambda event, values: event == 'compile' and texts.append(values))\n"
        "from minicov_lsp.cli import main\nassert main(['combine']) == 0\n"
        "print([text for text, name in texts if name == '<string>' and not text.startswith(b'lambda _cls')])"
    )
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, cwd=unmerged, env=clean_environment(), capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_a_program_starts_without_what_comes_after_it(unmerged):
    """`run` loads what finds the program and what measures it; merging is loaded where something is merged."""
    found = loaded(unmerged, "run", "--parallel", "one.py")
    assert "minicov_lsp.runs.program" in found
    assert found & {*SLOW, "minicov_lsp.store.combine", "minicov_lsp.store.database"} == set()


def test_a_report_draws_nothing_where_there_is_no_terminal(unmerged, minicov):
    """`report` loads what draws for a terminal alone, and not what another format needs."""
    assert minicov("combine").returncode == 0
    found = loaded(unmerged, "report")
    assert "minicov_lsp.reporters.console" in found
    assert found & {"jinja2", "logging", "pygments", "rich", "tempfile", "minicov_lsp.store.combine"} == set()
