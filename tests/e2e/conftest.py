"""What end-to-end tests share: a real project, from its pinned source archive."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

VERSION = "11.2.1"
SHA256 = "cbf08fd0af284dc69718b9b76a8e6203df624d70209ea511e4219d350c856f63"


@pytest.fixture(scope="session")
def more_itertools_archive() -> Path:
    """more-itertools' source archive, fetched once: MINICOV_TEST_CACHE says to where."""
    chosen = os.environ.get("MINICOV_TEST_CACHE")
    cache = Path(chosen) if chosen else Path(__file__).resolve().parents[2] / ".cache" / "downloads"
    archive = cache / f"more_itertools-{VERSION}.tar.gz"
    if not archive.exists():
        cache.mkdir(parents=True, exist_ok=True)
        fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", "more-itertools"]
        fetched = subprocess.run(
            [*fetch, "-d", str(cache), f"more-itertools=={VERSION}"], capture_output=True, text=True
        )
        if not archive.exists():
            pytest.skip(f"more-itertools {VERSION} could not be fetched: {fetched.stderr.strip()[-300:]}")
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256, f"{archive} is not the pinned one; remove it"
    return archive


def unpack(archive: Path, folder: Path) -> Path:
    """The project's folder, in a new copy."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / f"more_itertools-{VERSION}"


@pytest.fixture(scope="module")
def more_itertools(more_itertools_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """more-itertools' folder, in which nothing ever ran; one for the tests of a module."""
    return unpack(more_itertools_archive, tmp_path_factory.mktemp("more-itertools"))
