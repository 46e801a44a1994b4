"""The server in one Python, the project in another that has pytest and nothing of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.network

VERSIONS = ("3.11", "3.12", "3.13")


def test_a_python_that_is_too_old_is_said_to_be(start, project):
    """No traceback of ours; where the program is one's own, it runs as it would without us."""
    old = next((found for version in ("3.10", "3.9", "3.8") if (found := find_interpreter(version))), None)
    if old is None:
        pytest.skip("there is no Python here that is too old")
    client = start(project)
    client.initialize(initializationOptions={"minicov": {"gutters": True, "testRuns": True, "python": old}})
    assert client.finish(client.command("minicov.runAll"))[-1]["outcome"] == "error"
    (message,) = client.messages()
    assert message.startswith(f"minicov: {old} is Python 3.")
    assert "3.11 or later is needed" in message
    (project / "program.py").write_text("import os\nprint(os.environ.get('PYTEST_PLUGINS'))\nraise SystemExit(7)\n")
    command = [sys.executable, "-m", "minicov_lsp", "run", "--python", old, "program.py"]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (7, "None\n")
    assert "is too old" in ran.stderr
    assert "Traceback" not in ran.stderr


def find_interpreter(version: str) -> str | None:
    """An interpreter of that version which runs and can make environments, wherever it is."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = [str(path) for path in sorted(root.glob(f"versions/{version}.*/bin/python"), reverse=True)]
    for candidate in [*found, shutil.which(f"python{version}") or ""]:
        check = f"import sys, venv, ensurepip; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
        if candidate and subprocess.run([candidate, "-c", check], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


@pytest.fixture(params=[version for version in VERSIONS if version != f"{sys.version_info[0]}.{sys.version_info[1]}"])
def other_python(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The interpreter of a new environment of another version, with pytest alone."""
    interpreter = find_interpreter(request.param)
    if interpreter is None:
        pytest.skip(f"there is no Python {request.param} here")
    folder = tmp_path / "environment"
    subprocess.run([interpreter, "-m", "venv", str(folder)], check=True, timeout=120)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "pytest"], check=True, timeout=240)
    return python


def test_tests_run_in_another_python(start, project, other_python):
    """Nothing is installed there, and the picture is the same as from our own Python."""
    installed = subprocess.run([other_python, "-m", "pip", "list"], capture_output=True, text=True, check=True)
    assert "minicov" not in installed.stdout
    client = start(project)
    client.initialize(initializationOptions={"minicov": {"gutters": True, "testRuns": True, "python": other_python}})
    client.open("signs.py")
    client.shown("signs.py", "none")
    after = client.now
    told = client.finish(client.command("minicov.runAll"))
    assert told[-1]["outcome"] == "passed"
    assert told[-1]["counts"]["passed"] == 3
    shown = client.shown("signs.py", "fresh", after)
    assert [1, 1, "partial"] in shown["runs"]
    assert [2, 2, "missed"] in shown["runs"]
    assert [3, 3, "covered"] in shown["runs"]
