"""The tests of one folder, by convention; a file is read again only when it has changed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from minicov_lsp.documents.texts import HERE, Texts
from minicov_lsp.runs.conventions import Conventions
from minicov_lsp.runs.discovery import FoundTest, discover, find_test_files, top_level_names
from minicov_tracer import sources


@dataclass(frozen=True, slots=True)
class _Read:
    stamp: tuple[int, int]
    tests: FoundTest | None
    names: frozenset[str] | None
    """None where they can't be told."""


class TestIndex:
    """May be asked by several threads at once."""

    __test__ = False  # not a test of ours, whatever its name

    def __init__(self, folder: Path, conventions: Conventions, texts: Texts = HERE) -> None:
        self._folder = folder
        self._texts = texts
        self._conventions = conventions
        self._files: dict[str, _Read] = {}
        self._lock = threading.Lock()

    def all(self) -> tuple[FoundTest, ...]:
        """The tests of every file, as trees."""
        paths = [path.relative_to(self._folder).as_posix() for path in find_test_files(self._folder, self._conventions)]
        return tuple(tests for path in paths if (tests := self.of_file(path)) is not None)

    def all_ids(self) -> tuple[str, ...]:
        """The node ids of all test functions, without parameters."""
        return tuple(test.id for file in self.all() for test in file.functions())

    def unittest_files(self) -> tuple[str, ...]:
        """The files with tests that unittest can run."""
        return tuple(file.id for file in self.all() if file.is_unittest)

    def ids_of_file(self, path: str) -> tuple[str, ...]:
        """The node ids of one file's test functions, without parameters."""
        found = self.of_file(path)
        return tuple(test.id for test in found.functions()) if found is not None else ()

    def of_file(self, path: str) -> FoundTest | None:
        """The tests of one file, relative to the folder, as it is on disk."""
        read = self._read(path)
        return read.tests if read is not None else None

    def find(self, test: str) -> FoundTest | None:
        """The test function, class or file with a node id without parameters."""
        tests = self.of_file(test.partition("::")[0])
        waiting = [tests] if tests is not None else []
        while waiting:
            found = waiting.pop()
            if found.id == test:
                return found
            waiting.extend(found.children)
        return None

    def may_hold(self, path: str, name: str) -> bool:
        """Whether a file is there and may have a name at its top level; "" asks for the file alone."""
        read = self._read(path)
        return read is not None and (not name or read.names is None or name in read.names)

    def _read(self, path: str) -> _Read | None:
        file = self._folder / path
        try:
            found = file.stat()
        except (OSError, ValueError):
            return None
        stamp = (found.st_mtime_ns, found.st_size)
        with self._lock:
            known = self._files.get(path)
        if known is None or known.stamp != stamp:
            text = sources.read(str(file))
            if text is None:
                return None
            tests = self._texts.of(text, discover, path, text, self._conventions)
            known = _Read(stamp, tests, self._texts.of(text, top_level_names, text))
            with self._lock:
                self._files[path] = known
        return known
