"""From what a core flushes to rows: each distinct way in which a code object ran is numbered once and kept once.

What happens at the edge of a context must be cheap, so it only notes numbers in
memory; a checkpoint writes what has gathered, in one transaction. Until then the
hit log (recorder.py) is what survives a kill.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from types import CodeType
from typing import TYPE_CHECKING, NamedTuple

from minicov_tracer import sources
from minicov_tracer.cores import Hits, Tracer
from minicov_tracer.naming import RunInfo, partial_path
from minicov_tracer.opcodes import PYTHON
from minicov_tracer.settings import Settings

# SQLite and what it needs are imported when there is something to write: start-up must be short.
if TYPE_CHECKING:
    import sqlite3

    from minicov_tracer.partial import PartialFile


class Outcome(NamedTuple):
    """How a test ended."""

    word: str
    """passed, failed, error, skipped, xfailed or xpassed."""
    duration: float
    """Seconds, all phases."""


class Writer:
    """Gathers one process's facts and writes them to its partial file, made when there is something to write."""

    def __init__(self, settings: Settings, path_of: Callable[[CodeType], str], tracer: Tracer) -> None:
        self._settings = settings
        self._path_of = path_of
        self._tracer = tracer
        self._texts: dict[str, str | None] = {}
        # Keys hold code objects by id; `_signatures` and `_kept` keep them alive, so an id stays its own.
        self._numbers: dict[tuple[int, bytes, tuple[int, ...], tuple[tuple[int, int], ...]], int] = {}
        self._kept: dict[int, CodeType] = {}
        self._new_process()

    def _new_process(self) -> None:
        self._file: PartialFile | None = None
        self._files: dict[str, int] = {}
        self._lines: dict[str, list[str]] = {}
        self._codes: dict[int, int] = {}
        self._rows: dict[int, int] = {}  # signature number -> row
        self._signatures: dict[int, Hits] = {}  # number -> what has no row yet
        self._pairs = array("Q")  # context number, signature number, …
        self._counts: dict[str, dict[int, int]] = {}  # path -> {line: how often it ran in this process}
        self._recounted: set[str] = set()  # paths whose counts were not written yet
        self._labels: list[str] = []
        self._outcomes: list[tuple[int, Outcome]] = []

    def text(self, path: str) -> str | None:
        """The text of a file as it was when it was first met, None where it can't be read."""
        if path not in self._texts:
            self._texts[path] = sources.read(path)
        return self._texts[path]

    def note(self, label: str, hits: Iterable[Hits], outcome: Outcome | None) -> None:
        """Remember what one context did."""
        context = len(self._labels)
        self._labels.append(label)
        numbers, pairs = self._numbers, self._pairs
        for found in hits:
            key = (id(found.code), found.probes, found.raised, found.arcs)
            number = numbers.get(key)
            if number is None:
                number = numbers[key] = len(numbers)
                self._kept[id(found.code)] = found.code
            if number not in self._rows and number not in self._signatures:
                self._signatures[number] = found
            pairs.append(context)
            pairs.append(number)
        if outcome is not None:
            self._outcomes.append((context, outcome))

    def count(self, counted: Iterable[tuple[CodeType, tuple[int, ...]]]) -> None:
        """Add how often lines ran to what this process has counted so far."""
        from minicov_tracer.bytecode import line_probes

        for code, counts in counted:
            path = self._path_of(code)
            self._recounted.add(path)
            lines = self._counts.setdefault(path, {})
            for line, count in zip(line_probes(code), counts, strict=True):
                lines[line] = lines.get(line, 0) + count

    def checkpoint(self) -> None:
        """Write what was noted since the last checkpoint. Raises sqlite3.Error or OSError."""
        if not self._pairs and not self._outcomes and not self._recounted:
            self._labels.clear()
            return
        settings = self._settings
        if self._file is None:
            from minicov_tracer.partial import PartialFile

            run = RunInfo(settings.root, settings.run_id, settings.replaces)
            self._file = PartialFile(partial_path(settings.data_file), run)
        file = self._file
        with file.transaction():
            contexts = [file.context(label) for label in self._labels]
            for number, found in self._signatures.items():
                self._rows[number] = file.signature(self._code(file, found.code), found.probes, self._arcs(found))
            pairs = iter(self._pairs)
            file.hits((contexts[context], self._rows[number]) for context, number in zip(pairs, pairs, strict=True))
            for context, outcome in self._outcomes:
                file.outcome(contexts[context], *outcome)
            for path in self._recounted:
                file.counts(self._file_row(file, path), self._counts[path])
        self._lines.clear()
        self._signatures.clear()
        self._outcomes.clear()
        self._recounted.clear()
        self._labels.clear()
        self._pairs = array("Q")

    def close(self) -> None:
        """Close the partial file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def abandon(self) -> None:
        """After a fork, in the child: forget the parent's file and facts without touching them."""
        if self._file is not None:
            # Closing would drop the parent's POSIX locks (SQLite's "how to corrupt", 2.6): the object is kept alive.
            _abandoned.append(self._file.connection)
        self._new_process()

    def _code(self, file: PartialFile, code: CodeType) -> int:
        found = self._codes.get(id(code))
        if found is None:
            from minicov_tracer.own_text import own_digest, own_lines
            from minicov_tracer.partial import CodeRow

            path = self._path_of(code)
            probes = self._tracer.describe(code)
            own = own_lines(code)
            digest = own_digest(self._lines_of(path), own)
            row = CodeRow(
                self._file_row(file, path), code.co_qualname, code.co_firstlineno, PYTHON, probes, own, digest
            )
            found = self._codes[id(code)] = file.code(row)
        return found

    def _file_row(self, file: PartialFile, path: str) -> int:
        if path not in self._files:
            self._files[path] = file.file(path, self.text(path))
        return self._files[path]

    def _lines_of(self, path: str) -> list[str]:
        """The lines of a file, split once for all of its code objects that a checkpoint meets."""
        if path not in self._lines:
            self._lines[path] = (self.text(path) or "").split("\n")
        return self._lines[path]

    def _arcs(self, hits: Hits) -> str:
        """All arcs that were seen as such, as JSON."""
        if not self._settings.branches:
            return "[]"
        raised = (self._tracer.raised_at(hits.code, offset) for offset in hits.raised)
        arcs = {*hits.arcs, *(arc for arc in raised if arc is not None)}
        return "[" + ",".join(f"[{start},{end}]" for start, end in sorted(arcs)) + "]"


_abandoned: list[sqlite3.Connection] = []
