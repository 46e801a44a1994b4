"""Figures of files, from real data."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from minicov_lsp.config import Config
from minicov_lsp.documents.texts import Texts
from minicov_lsp.errors import SourceError
from minicov_lsp.project import Project
from minicov_lsp.server.apart import Apart, TextsApart
from minicov_lsp.server.data_source import DataSource
from minicov_lsp.server.summaries import Summaries
from minicov_lsp.source.cache import ModelCache


class Asked(DataSource):
    """Counts how often a file was counted."""

    times = 0

    def counted(self, file, text, fingerprint):
        self.times += 1
        return super().counted(file, text, fingerprint)


class Slow(Texts):
    """Has time for something else to happen before it answers."""

    def meanwhile(self):
        """Nothing happens."""

    def beside(self, question, *arguments):
        answer = super().beside(question, *arguments)
        self.meanwhile()
        return answer


class Ending(Texts):
    """Those of a server that ends while it counts."""

    def beside(self, question, *arguments):
        raise SourceError("there is no process any more")


@pytest.fixture
def file(tmp_path):
    """A file that ran, but for one of its functions."""
    made = tmp_path / "m.py"
    made.write_text("def f(x):\n    return x\n\n\ndef g():\n    return 1\n\n\nf(1)\n")
    run(made)
    return made


@pytest.fixture
def apart():
    made = Apart()
    yield made
    made.close()


@pytest.fixture
def opened(tmp_path):
    """Opens the folder anew, as another session does; the cache stays."""
    return lambda: Asked(Project(tmp_path, Config(), models=ModelCache(tmp_path / "cache")))


def run(file: Path, **environment: str) -> None:
    command = [sys.executable, "-m", "minicov_lsp", "run", str(file)]
    subprocess.run(command, cwd=file.parent, env={**os.environ, **environment}, check=True, timeout=120)


def test_the_next_session_counts_nothing_again(file, opened):
    """What was counted is kept on disk: the same answer, and no facts are read for it."""
    first, second = opened(), opened()
    found = Summaries(first).of(file), Summaries(first).figures(file)
    assert found[0].statements == (4, 5)
    assert found[1].functions == (1, 2)
    assert first.times == 2
    assert (Summaries(second).of(file), Summaries(second).figures(file)) == found
    assert second.times == 0


def test_other_facts_are_counted(file, opened):
    """A kept answer is that of what was known then, and of the text that was there."""
    assert Summaries(opened()).of(file).statements == (4, 5)
    file.write_text(file.read_text() + "g()\n")
    assert Summaries(opened()).of(file).statements == (4, 5)  # of the text that ran
    run(file)
    assert Summaries(opened()).of(file).statements == (6, 6)


def test_what_changes_while_it_is_counted_is_counted_again(file, tmp_path):
    """An answer of before is not kept once the file was forgotten."""
    file.write_text("import os\n\nif 'ALL' in os.environ:\n    x = 1\n")
    run(file)
    texts = Slow()
    source = DataSource(Project(tmp_path, Config(), models=ModelCache(tmp_path / "cache"), texts=texts))
    summaries = Summaries(source)

    def change():
        texts.meanwhile = lambda: None
        run(file, ALL="yes")
        source.refresh()
        summaries.forget([file])

    texts.meanwhile = change
    assert summaries.of(file).statements == (2, 3)
    assert summaries.of(file).statements == (3, 3)


def test_what_could_not_be_counted_is_counted_by_the_next_session(file, opened, tmp_path):
    """A server that ends takes along who counts for it; that is nothing to be remembered."""
    ending = Project(tmp_path, Config(), models=ModelCache(tmp_path / "cache"), texts=Ending())
    assert Summaries(DataSource(ending)).of(file) is None
    assert Summaries(opened()).of(file).statements == (4, 5)


def test_damage_is_made_good(file, opened, tmp_path):
    """What can't be read of the cache is counted anew."""
    found = Summaries(opened()).of(file)
    entries = [each for each in (tmp_path / "cache").rglob("*") if each.is_file()]
    assert entries
    for each in entries:
        each.write_bytes(each.read_bytes()[:-3])
    again = opened()
    assert Summaries(again).of(file) == found
    assert again.times == 1


def test_files_are_counted_beside_the_server(file, opened, tmp_path, apart):
    """However small they are: with the same figures, also of a later commit, and after the process has died."""
    there = Asked(Project(tmp_path, Config(), models=ModelCache(None), texts=TextsApart(apart)))
    found = Summaries(there).of(file), Summaries(there).figures(file)
    assert found == (Summaries(opened()).of(file), Summaries(opened()).figures(file))
    first = apart.pid
    assert first is not None
    file.write_text(file.read_text() + "g()\n")
    run(file)
    there.refresh()
    assert Summaries(there).of(file).statements == (6, 6)
    assert apart.pid == first
    os.kill(first, signal.SIGKILL)
    assert Summaries(there).of(file).statements == (6, 6)
    assert apart.pid != first
