"""Data files on a share whose files can't be mapped: merged and read there, whoever wrote them before."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from minicov_lsp.store.combine import combine

from .recording import Recorder, lines_by_context

TEXT = "a = 1\nb = 2\n"


@dataclass(frozen=True)
class Share:
    """A folder as its own machine has it, and as another one does."""

    at_home: Path
    abroad: Path


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Share]:
    """A file system of FUSE's that reads and writes at once, as those over the network may."""
    if shutil.which("bindfs") is None:
        pytest.skip("bindfs is not installed")
    found = Share(tmp_path / "home", tmp_path / "abroad")
    found.at_home.mkdir()
    found.abroad.mkdir()
    mounted = subprocess.run(
        ["bindfs", "-o", "direct_io", found.at_home, found.abroad], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    yield found
    subprocess.run(["fusermount", "-u", found.abroad], check=True)


def merged(folder: Path, context: str, line: int) -> Path:
    """The data file of a folder, after what one more process left there was added to it."""
    recorder = Recorder(folder, folder / ".coverage.db", {"a.py": TEXT})
    partial = recorder.record({context: {"a.py": [line]}}, name=f".coverage.db.elsewhere.1.{line:08x}")
    result = combine(recorder.data_file, [partial], append=True, keep=False, root=folder)
    assert result.problems == ()
    return recorder.data_file


def has_log(data_file: Path) -> bool:
    """Whether a database is written with a log that takes shared memory (sqlite.org/fileformat.html, 1.3.3)."""
    return data_file.read_bytes()[18] == 2


def test_merged_where_nothing_can_be_mapped(share: Share) -> None:
    """A new file and one that is there get what is merged, by a journal that needs no shared memory."""
    merged(share.abroad, "one", 1)
    data_file = merged(share.abroad, "two", 2)
    assert lines_by_context(data_file)["a.py"] == {"one": [1], "two": [2]}
    assert not has_log(data_file)


def test_written_elsewhere(share: Share) -> None:
    """What the share's own machine wrote, with a log, is read, and added to."""
    assert has_log(merged(share.at_home, "one", 1))
    data_file = share.abroad / ".coverage.db"
    assert lines_by_context(data_file)["a.py"] == {"one": [1]}
    merged(share.abroad, "two", 2)
    assert lines_by_context(data_file)["a.py"] == {"one": [1], "two": [2]}
    assert has_log(merged(share.at_home, "one", 1))


@pytest.mark.parametrize("can_be_nameless", [True, False])
def test_nothing_is_left_of_the_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_be_nameless: bool) -> None:
    """The file that is mapped to see whether that works is gone, also where it has to have a name."""
    if not can_be_nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    assert has_log(merged(tmp_path, "one", 1))
    assert [path.name for path in tmp_path.iterdir()] == [".coverage.db"]
