"""What end-to-end tests share: a real project, from its pinned source archive."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
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


@pytest.fixture(scope="session")
def unpack_more_itertools(more_itertools_archive: Path) -> Callable[[Path], Path]:
    """Unpacks more-itertools into a folder, and gives the project's own folder in it, in which nothing ever ran."""

    def unpack(folder: Path) -> Path:
        with tarfile.open(more_itertools_archive) as packed:
            packed.extractall(folder, filter="data")
        return folder / f"more_itertools-{VERSION}"

    return unpack
