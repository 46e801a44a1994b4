"""The real pytest, in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def collect() -> Callable[[Path], list[str]]:
    """Node ids, without parameters, that pytest collects in a folder."""

    def ids(folder: Path) -> list[str]:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--collect-only",
            "-q",
            "--rootdir",
            str(folder),
            "-p",
            "no:cacheprovider",
        ]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
        return [re.sub(r"\[.*", "", line) for line in ran.stdout.splitlines() if "::" in line]

    return ids
