"""Why a file has no coverage, from real runs and real configurations."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from minicov_lsp.config import read_config
from minicov_lsp.explaining import explain
from minicov_lsp.project import Project

Explain = Callable[..., str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which a.py ran, from an address of its own."""
    folder = tmp_path_factory.mktemp("project").resolve()
    (folder / "a.py").write_text("x = 1\n")
    (folder / "b.py").write_text("x = 2\n")
    (folder / "empty.py").write_text("# nothing\n")
    (folder / "left_out.py").write_text("x = 1  # pragma: no cover\n")
    (folder / "lib" / "site-packages").mkdir(parents=True)
    (folder / "lib" / "site-packages" / "c.py").write_text("x = 3\n")
    (folder / "lib" / "a.py").write_text("x = 4\n")
    (folder / "run.py").write_text("import a\n")
    command = [sys.executable, "-m", "minicov_lsp", "run", "run.py"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    return folder


@pytest.fixture
def told(project: Path) -> Explain:
    """What is told of a file under a configuration."""

    def tell(name: str, configuration: str = "") -> str:
        (project / "pyproject.toml").write_text(configuration)
        return "\n".join(explain(Project(project, read_config(project)), project / name))

    return tell


def test_what_ran_and_what_changed_since(project, told):
    """The very text, or another version."""
    assert told("a.py") == "a.py has coverage: this very text of it ran."
    (project / "a.py").write_text("x = 10\n")
    assert told("a.py").startswith("a.py has coverage of another version")
    (project / "a.py").write_text("x = 1\n")


def test_what_nothing_imported(told):
    """It says what was run, and what to do."""
    assert "b.py was never imported by what was run under minicov (.coverage.db has 2 files" in told("b.py")


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ("omit = ['b*']", "matches a pattern to omit"),
        ("source = ['lib']", "is not in the source that is measured: lib"),
        ("include = ['a*']", "matches none of the patterns to include"),
    ],
)
def test_the_setting_that_leaves_it_out(told, section, reason):
    """With its file and line."""
    origin = f"pyproject.toml:2: [tool.minicov.run] {section.split()[0]}"
    assert told("b.py", f"[tool.minicov.run]\n{section}\n").split("\n")[0] == f"b.py {reason} ({origin})."


def test_reports_can_leave_out_what_ran(told):
    """It is measured, and not reported."""
    found = told("a.py", "[tool.minicov.report]\nomit = ['a*']\n")
    assert found.split("\n")[1] == (
        "Reports leave a.py out: it matches a pattern to omit (pyproject.toml:2: [tool.minicov.report] omit)."
    )


def test_installed_packages_are_not_measured(told):
    """Unless they are named."""
    assert "installed package's" in told("lib/site-packages/c.py")
    assert "never imported" in told("lib/site-packages/c.py", "[tool.minicov.run]\nsource = ['lib/site-packages']\n")


def test_a_file_of_the_same_name_elsewhere(told):
    """Another machine's folder is mapped by `paths`."""
    assert "The data has a.py: if that is the same file elsewhere" in told("lib/a.py")


def test_nothing_to_count(told):
    """No statement, or none that counts."""
    assert told("empty.py").endswith("Nothing in empty.py counts: it has no statement.")
    assert told("left_out.py").endswith("all that is in it is left out by exclusion patterns.")


def test_no_file_and_no_data(project, told, tmp_path):
    """Each in a sentence, damage too."""
    assert told("nowhere.py") == "nowhere.py is not there."
    (tmp_path / "a.py").write_text("x = 1\n")
    elsewhere = Project(tmp_path, read_config(tmp_path))
    assert "There is no data yet" in explain(elsewhere, tmp_path.resolve() / "a.py")[0]
    (tmp_path / ".coverage.db").write_bytes(b"not a database" * 500)
    (damaged,) = explain(elsewhere, tmp_path.resolve() / "a.py")
    assert ".coverage.db" in damaged


def test_doctor_tells_it(project):
    """On standard output, status 0."""
    (project / "pyproject.toml").write_text("")
    command = [sys.executable, "-m", "minicov_lsp", "doctor", "a.py", "b.py"]
    made = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True, timeout=60)
    assert made.stdout.startswith("a.py has coverage: this very text of it ran.\nb.py was never imported")
