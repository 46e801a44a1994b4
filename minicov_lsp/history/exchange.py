"""Builds that other tools hand over on standard input: uncov's own format, and the JSON of Coveralls.

The formats are described in uncov's manual (commands `new` and `new-json`). What comes in is untrusted: names stay
below the repository's top folder, and a text is taken only if it is the one that the commit has, or comes along.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from minicov_lsp.errors import DataError
from minicov_lsp.history.build import IRRELEVANT, FileCoverage, LineState, fitted, lines_of, text_of

_LINE = re.compile(r"\s*([^\n]+)\n?")
_NUMBER = re.compile(r"\s*(-?\d{1,18})(?=\s|$)")


class GivenFile(NamedTuple):
    """A file of a build as another tool tells of it."""

    path: str
    digest: str
    """MD5 of its content, in hexadecimal; "" where `text` says it all."""
    text: str | None
    states: tuple[LineState, ...]


class GivenBuild(NamedTuple):
    """A build as another tool tells of it."""

    commit: str
    branch: str
    files: tuple[GivenFile, ...]


def read_uncov(text: str) -> GivenBuild:
    """Raises DataError where the text is not in uncov's format."""
    scanner = _Scanner(text)
    commit, branch = scanner.line("the commit"), scanner.line("the name of the branch")
    files = []
    while not scanner.is_at_end():
        path = _safe(scanner.line("a file's name"))
        digest = scanner.line(f"the MD5 of {path}").strip().lower()
        size = scanner.number(f"the number of lines of {path}")
        states = tuple(scanner.number(f"{size} line states of {path}") for _ in range(size))
        files.append(GivenFile(path, digest, None, states))
    return GivenBuild(commit.strip(), branch.strip(), tuple(files))


def read_coveralls(text: str) -> GivenBuild:
    """Raises DataError where the text is not a report for Coveralls; what stands before its first brace is skipped."""
    try:
        found = json.loads(text[max(text.find("{"), 0) :])
        git = found["git"]
        files = tuple(_coveralls_file(file) for file in found["source_files"])
        return GivenBuild(_word(git["head"]["id"]), _word(git["branch"]), files)
    except (ValueError, RecursionError) as error:
        raise DataError(f"standard input: not JSON ({error})") from error
    except (KeyError, TypeError, IndexError) as error:
        raise DataError(
            f"standard input: {error} is missing or of a wrong kind; `git.head.id`, `git.branch` and `source_files` "
            "with `name`, `coverage` and `source_digest` are needed"
        ) from error


def complete(given: GivenBuild, contents: Callable[[Sequence[str]], Mapping[str, bytes]]) -> Iterator[FileCoverage]:
    """The files with their texts; `contents` gives what the commit has of some paths.

    Raises DataError for a file that is not what it was when its coverage was taken.
    """
    known = contents([file.path for file in given.files if file.text is None])
    for file in given.files:
        text = file.text
        if text is None:
            content = known.get(file.path)
            if content is None:
                raise DataError(f"{file.path}: commit {given.commit} has no such file; nothing was recorded")
            if hashlib.md5(content, usedforsecurity=False).hexdigest() != file.digest:
                raise DataError(
                    f"{file.path}: is not what it is in commit {given.commit}; commit it first, nothing was recorded"
                )
            text = text_of(content)
        if len(file.states) > len(lines_of(text)):
            raise DataError(
                f"{file.path}: {len(file.states)} line states for {len(lines_of(text))} lines; nothing was recorded"
            )
        yield FileCoverage(file.path, text, fitted(file.states, text))


def _coveralls_file(file: Mapping[str, Any]) -> GivenFile:
    states = tuple(IRRELEVANT if state is None else int(state) for state in file["coverage"])
    text = file.get("source")
    if text is not None:
        return GivenFile(_safe(_word(file["name"])), "", text_of(_word(text).encode("utf-8", "surrogatepass")), states)
    return GivenFile(_safe(_word(file["name"])), _word(file["source_digest"]).lower(), None, states)


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _safe(path: str) -> str:
    """A name that stays below the top folder. Raises DataError."""
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or not parts.name or "\0" in path:
        raise DataError(f"{path!r}: not a file's name from the repository's top folder; nothing was recorded")
    return parts.as_posix()


class _Scanner:
    """Goes through uncov's text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def is_at_end(self) -> bool:
        return not self._text[self._at :].strip()

    def line(self, what: str) -> str:
        return self._next(_LINE, what)

    def number(self, what: str) -> int:
        return int(self._next(_NUMBER, what))

    def _next(self, pattern: re.Pattern[str], what: str) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            line = self._text.count("\n", 0, self._at) + 1
            raise DataError(f"standard input, line {line}: {what} should be here; nothing was recorded")
        self._at = found.end()
        return found[1]
