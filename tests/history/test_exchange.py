"""Builds as other tools hand them over."""

from __future__ import annotations

import hashlib
import json

import pytest

from minicov_lsp.errors import DataError
from minicov_lsp.history.build import FileCoverage
from minicov_lsp.history.exchange import complete, read_coveralls, read_uncov

CONTENT = b"a = 1\n\nb = 2\n"
MD5 = hashlib.md5(CONTENT).hexdigest()  # the format's
FILE = FileCoverage("src/a b.py", CONTENT.decode(), (2, -1, 0))


def contents(paths):
    return {path: CONTENT for path in paths if path == "src/a b.py"}


def test_uncovs_format():
    """Commit, branch, then for each file its name, MD5, number of lines and their states."""
    given = read_uncov(f"abc\nmain\nsrc/a b.py\n{MD5}\n3\n2 -1 0\n\n")
    assert (given.commit, given.branch) == ("abc", "main")
    assert [*complete(given, contents)] == [FILE]
    assert read_uncov("abc\nmain\n").files == ()


def test_json_for_coveralls():
    """What stands before the brace is skipped; a text can come along in place of its digest."""
    report = {
        "git": {"head": {"id": "abc"}, "branch": "main"},
        "source_files": [
            {"name": "src/a b.py", "source_digest": MD5.upper(), "coverage": [2, None, 0]},
            {"name": "c.py", "source": "c = 3", "coverage": [1]},
        ],
    }
    given = read_coveralls("json_file=" + json.dumps(report))
    assert [*complete(given, contents)] == [FILE, FileCoverage("c.py", "c = 3", (1,))]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the commit should be here"),
        ("abc\nmain\na.py\nmd5\nmany\n", "line 5: the number of lines of a.py should be here"),
        ("abc\nmain\na.py\nmd5\n3\n1 1\n", "line 6: 3 line states of a.py should be here"),
        ("abc\nmain\n../a.py\nmd5\n0\n", "'../a.py': not a file's name"),
        ("abc\nmain\n/etc/passwd\nmd5\n0\n", "not a file's name"),
    ],
)
def test_what_is_not_uncovs_format(text, message):
    """One message says what should be where."""
    with pytest.raises(DataError, match=message.replace("/", ".")):
        read_uncov(text)


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "{}", '{"git": {"head": {"id": 5}, "branch": "b"}, "source_files": []}', "[" * 100_000]
)
def test_what_is_not_json_for_coveralls(text):
    """One message says what is needed."""
    with pytest.raises(DataError, match="standard input: "):
        read_coveralls(text)


@pytest.mark.parametrize(
    ("path", "digest", "states", "message"),
    [
        ("other.py", MD5, "0", "has no such file"),
        ("src/a b.py", "f" * 32, "0", "is not what it is in commit abc"),
        ("src/a b.py", MD5, "4\n1 1 1 1", "4 line states for 3 lines"),
    ],
)
def test_files_that_are_not_what_the_commit_has(path, digest, states, message):
    """Coverage is kept only of a text that is known."""
    given = read_uncov(f"abc\nmain\n{path}\n{digest}\n{states}\n")
    with pytest.raises(DataError, match=message):
        list(complete(given, contents))
