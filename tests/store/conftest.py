"""A project whose runs are recorded without running it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .recording import TEXT, Recorder


@pytest.fixture
def data_file(tmp_path: Path) -> Path:
    """Where the merged data file goes."""
    return tmp_path / ".coverage.db"


@pytest.fixture
def recorder(tmp_path: Path, data_file: Path) -> Recorder:
    """A recorder of a project with two files of the same text."""
    return Recorder(tmp_path, data_file, {"a.py": TEXT, "pkg/b.py": TEXT})
