"""The house rules that a program can check: layers, sizes, names, and nothing of one machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = (".py", ".pyi", ".c", ".h", ".lua", ".ts", ".js", ".mjs")
MOST_LINES = 400
NAMES_THAT_SAY_NOTHING = re.compile(
    r"(^|/)_?(utils?|helpers?|commons?|misc|\w*manager|\w*impl)(\.\w+|/)", re.IGNORECASE
)
ALLOWED_NAMES = ("run_manager",)
PATHS_OF_ONE_MACHINE = re.compile(rf"(?<![\w.])/(?:ro{''}ot|wo{''}rk)/|{re.escape(str(Path.home()))}/|file:///o{''}pt/")


def project_files() -> list[str]:
    """What belongs to the project, relative to its root: what git knows, or would if it were added."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return sorted(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def test_layers_hold():
    """No layer imports one above it, the tracer stands alone, and only the server speaks LSP."""
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


def test_every_package_is_built():
    """Each folder with an __init__.py is in pyproject.toml's list, or it would be missing from a wheel."""
    tomllib = pytest.importorskip("tomllib")
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    inits = [Path(name) for name in project_files() if name.endswith("__init__.py")]
    found = {
        ".".join(path.parent.parts).removeprefix("tracer.")
        for path in inits
        if path.parts[0] in ("minicov_lsp", "tracer")
    }
    assert found == set(listed)


def test_files_stay_small():
    """A source file has at most 400 lines."""
    sizes = {
        name: (ROOT / name).read_bytes().count(b"\n")
        for name in project_files()
        if name.endswith(CODE) and not name.startswith("tests/golden/")
    }
    assert sizes
    assert {name: size for name, size in sizes.items() if size > MOST_LINES} == {}


def test_names_say_something():
    """No file or folder is called utils, helpers, common, misc, or after a manager or an implementation."""
    vague = [
        name
        for name in project_files()
        if NAMES_THAT_SAY_NOTHING.search(name) and not any(allowed in name for allowed in ALLOWED_NAMES)
    ]
    assert vague == []


def test_nothing_of_one_machine():
    """No tracked text names a folder of the machine it was written on."""
    found = []
    for name in project_files():
        try:
            text = (ROOT / name).read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture, or a test's deliberately odd encoding
        found += [
            f"{name}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), 1)
            if PATHS_OF_ONE_MACHINE.search(line)
        ]
    assert found == []


def test_top_level_is_settled():
    """What lies at the top is what is meant to: a new name there is a decision."""
    assert {name.split("/")[0] for name in project_files()} <= {
        ".ci", ".gitattributes", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md",
        "docs", "editors", "minicov_lsp", "pyproject.toml", "setup.py", "tests", "tracer",
    }  # fmt: skip
