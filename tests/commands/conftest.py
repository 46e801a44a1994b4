"""The command line in a folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Ran = subprocess.CompletedProcess[str]


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without anybody's coverage in it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE_", "MINICOV_", "PYTEST_"))}
    return kept | more


@pytest.fixture
def minicov(tmp_path: Path) -> Callable[..., Ran]:
    """Runs `minicov` in tmp_path or a folder in it; what it always says without a C compiler is left out."""

    def run(*arguments: str, folder: str = "", **environment: str) -> Ran:
        ran = subprocess.run(
            [sys.executable, "-m", "minicov_lsp", *arguments],
            cwd=tmp_path / folder,
            env=clean_environment(**environment),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        ran.stderr = re.sub(r"^minicov: the C core .* is not built .*\n", "", ran.stderr)
        return ran

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., None]:
    """Writes files: {name: text}."""

    def files(texts: dict[str, str]) -> None:
        for name, text in texts.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)

    return files
