"""A small project that was really run, to be changed and reported on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = {
    "main.py": "import pkg.used\n\npkg.used.double(2)\n",
    "pkg/__init__.py": "",
    "pkg/used.py": "def double(x):\n    if x:\n        return 2 * x\n    return 0\n",
    "pkg/never.py": "x = 1\n",
    "page.py": 'exec(compile("x = 1\\n", "page.html", "exec"))\n',
    "page.html": "<p>\n",
}


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after a run, and moved since to another folder; not to be changed."""
    folder = tmp_path_factory.mktemp("ran") / "project"
    for name, text in PROGRAM.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    run_minicov(folder, "run", "--source", ".", "--context", "first", "main.py")
    run_minicov(folder, "run", "--append", "--context", "second", "page.py")
    return folder.rename(folder.with_name("moved"))


@pytest.fixture
def project_folder(ran: Path, tmp_path: Path) -> Path:
    """A copy of the project, with its data, elsewhere than where it ran."""
    shutil.copytree(ran, tmp_path / "copy")
    return tmp_path / "copy"


def run_minicov(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command line in a folder, without the caller's configuration."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE_", "MINICOV_", "PYTEST_"))}
    environment |= variables
    ran = subprocess.run(
        [sys.executable, "-m", "minicov_lsp", *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran


@pytest.fixture
def run_in():
    """Runs the command line in a folder."""
    return run_minicov
