"""Painting an open document, with a real file of data."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from minicov_lsp.config import Config
from minicov_lsp.project import Project
from minicov_lsp.server.data_source import DataSource
from minicov_lsp.server.document import Document

TEXT = "x = 1\n"


@pytest.fixture
def source(tmp_path):
    (tmp_path / "m.py").write_text(TEXT)
    subprocess.run([sys.executable, "-m", "minicov_lsp", "run", "-q", "m.py"], cwd=tmp_path, check=True)
    return DataSource(Project(tmp_path, Config()))


class Interrupted(ThreadPoolExecutor):
    """Does something right after the first piece of work was begun."""

    def submit(self, *work):
        begun = super().submit(*work)
        if self.interrupt is not None:
            interrupt, self.interrupt = self.interrupt, None
            interrupt()
        return begun


def pictures(source, path, interrupt):
    """(version, state, whether it is settled) of each picture told, where something comes while the first is made."""
    told = []

    async def painted(document):
        told.append((document.version, document.picture.state, document.is_settled))

    async def paint():
        executor = Interrupted(1)
        document = Document(path.as_uri(), path, executor, painted)
        executor.interrupt = lambda: interrupt(document)
        document.set_whole_text(TEXT, 1)
        document.set_source(source)
        await document.settle()
        executor.shutdown()

    asyncio.run(paint())
    return told


def test_a_picture_is_told_though_other_data_came_meanwhile(source, tmp_path):
    """It is right, only not the last: whoever opens a file while data is read need not wait for all of it."""
    told = pictures(source, tmp_path / "m.py", lambda document: document.forget_recorded())
    assert told == [(1, "fresh", False), (1, "fresh", False)]


def test_a_picture_of_a_text_that_was_edited_meanwhile_is_not_told(source, tmp_path):
    """It would stand beside the wrong lines."""
    told = pictures(source, tmp_path / "m.py", lambda document: document.set_whole_text("y = 2\n" + TEXT, 2))
    assert told == [(2, "stale", False)]


def test_a_picture_from_where_a_file_no_longer_belongs_is_not_told(source, tmp_path):
    """Its folder was removed while it was painted."""
    told = pictures(source, tmp_path / "m.py", lambda document: document.set_source(None))
    assert told == [(1, "none", False)]


def test_what_has_not_changed_is_the_same_object(source, tmp_path):
    """So that nothing is analysed again for a commit that brought nothing about a file."""
    file = tmp_path / "m.py"
    source.refresh()
    before = source.recorded(file)
    (tmp_path / "other.py").write_text(TEXT)
    subprocess.run([sys.executable, "-m", "minicov_lsp", "run", "-q", "--append", "other.py"], cwd=tmp_path, check=True)
    assert file not in source.refresh()
    assert source.recorded(file) is before
