"""What a measured process imports before the program begins: each module costs every child process its time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from minicov_tracer.launch import environment
from minicov_tracer.settings import Settings

from .test_lives import KEEPS_LOG

CHEAP = {
    "__future__", "_json", "_opcode", "_opcode_metadata", "atexit", "errno", "io", "minicov_tracer", "mmap", "opcode",
}  # fmt: skip
"""The tracer, and what is in C or short."""


def modules(env: Mapping[str, str], folder: Path) -> set[str]:
    """Top-level names of what is imported when a program begins, without what a virtual environment adds."""
    python = getattr(sys, "_base_executable", sys.executable)
    command = [python, "-c", "import sys; print(*sys.modules)"]
    ran = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    return {name.partition(".")[0] for name in ran.stdout.split()}


@pytest.mark.skipif(
    not KEEPS_LOG or sys.version_info < (3, 12), reason="the cores in Python, and on sys.settrace, need more"
)
def test_start_imports_little(tmp_path: Path) -> None:
    """Nothing that itself imports `re`, `typing` or `collections` is imported at the start."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    settings = Settings(data_file=str(tmp_path / "data"), root=str(tmp_path), run_id="run")
    measured = modules(environment(settings, bare), tmp_path)
    assert "minicov_tracer" in measured
    assert measured - modules(bare, tmp_path) - {"sitecustomize"} <= CHEAP
