"""The file that keeps the builds."""

from __future__ import annotations

import sqlite3

import pytest

from minicov_lsp.errors import DataError
from minicov_lsp.history.archive import Archive
from minicov_lsp.history.build import Figures, FileCoverage, fitted

FILES = [FileCoverage("a.py", "x = 1\ny = 2\n", (3, 0)), FileCoverage("p/ü.py", "", ())]


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "history.db")


def test_what_is_recorded_is_found(archive):
    """Builds are numbered from 1 and have their files, texts and states."""
    assert archive.builds() == ()
    first = archive.add("main", "c" * 40, FILES)
    second = archive.add("topic", "d" * 40, FILES[:1])
    assert archive.builds() == (first, second)
    assert [build.number for build in archive.builds()] == [1, 2]
    assert archive.figures(first) == {"a.py": Figures(1, 1), "p/ü.py": Figures(0, 0)}
    assert [archive.file(first, file.path) for file in FILES] == FILES
    assert archive.file(second, "p/ü.py") is None
    assert archive.file(second, "a.py") == FILES[0]


def test_texts_and_states_are_kept_once(archive):
    """A build in which nothing changed adds names, and no text."""
    for _ in range(3):
        archive.add("main", "c" * 40, FILES)
    with sqlite3.connect(archive.path) as connection:
        assert connection.execute("SELECT count(*) FROM source").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM coverage").fetchone() == (2,)


def test_a_build_is_recorded_whole_or_not_at_all(archive):
    """A name twice can't be kept; then there is no build."""
    with pytest.raises(DataError, match="the history can't be written"):
        archive.add("main", "c" * 40, [FILES[0], FILES[0]])
    assert archive.builds() == ()


@pytest.mark.parametrize("content", [b"", b"no database" * 500])
def test_a_file_that_is_no_history_is_told(archive, content):
    """A damaged or empty file gets one message, which names it."""
    archive.path.write_bytes(content)
    with pytest.raises(DataError, match=r"history\.db: .*move it away"):
        archive.builds()
    assert archive.path.read_bytes() == content


def test_foreign_and_newer_databases_are_left_alone(archive):
    """Nothing is written to a database that isn't ours, or that a newer minicov wrote."""
    with sqlite3.connect(archive.path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(DataError, match="not a history of minicov's"):
        archive.add("main", "c" * 40, FILES)
    archive.path.unlink()
    archive.add("main", "c" * 40, FILES)
    with sqlite3.connect(archive.path) as connection:
        connection.execute("PRAGMA user_version = 9")
    with pytest.raises(DataError, match="written by a newer minicov"):
        archive.builds()


def test_damaged_states_are_told(archive):
    """What was flipped in a text or in states is an error, never other states."""
    build = archive.add("main", "c" * 40, FILES)
    with sqlite3.connect(archive.path) as connection:
        connection.execute("UPDATE coverage SET states = x'00'")
    with pytest.raises(DataError, match="the history can't be read"):
        archive.file(build, "a.py")


def test_states_are_as_many_as_lines():
    """Lines of which nothing was said are irrelevant; what is said beyond the text is dropped."""
    assert fitted((1,), "a\nb\n") == (1, -1)
    assert fitted((1, 0, 2), "a\n") == (1,)
