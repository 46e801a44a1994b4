"""From what a core flushes to rows: each distinct way in which a code object ran is numbered once and kept once.

What happens at the edge of a context must be cheap, so it only notes numbers in
memory; a checkpoint writes what has gathered, in one transaction. Until then the
hit log (recorder.py) is what survives a kill.
"""

from __future__ import annotations

from minicov_tracer import sources
from minicov_tracer.naming import PYTHON, RunInfo, partial_path
from minicov_tracer.probe_tables import ProbeTables
from minicov_tracer.records import Record

# SQLite and what it needs are imported when there is something to write: start-up must be short.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from array import array
    from collections.abc import Callable, Iterable, Sequence
    from types import CodeType

    from minicov_tracer.cores import Hits, Tracer
    from minicov_tracer.partial import PartialFile
    from minicov_tracer.settings import Settings


class Outcome(Record):
    """How a test ended."""

    __slots__ = ("word", "duration")  # noqa: RUF023  # in the order of __init__

    word: str
    """passed, failed, error, skipped, xfailed or xpassed."""
    duration: float
    """Seconds, all phases."""

    def __init__(self, word: str, duration: float) -> None:
        self.word = word
        self.duration = duration


_MANY_SIGNATURES = 10_000
"""With so many a partial file's memory of them is large; another file begins when code objects are let go."""


class Writer:
    """Gathers one process's facts and writes them to its partial file, made when there is something to write."""

    def __init__(self, settings: Settings, path_of: Callable[[CodeType], str], tracer: Tracer) -> None:
        self._settings = settings
        self._path_of = path_of
        self._raised_at = tracer.raised_at
        self.tables = ProbeTables(tracer.describe)
        self._texts: dict[str, str | None] = {}
        self._signatures: list[Hits] = []  # by number; they keep their code objects alive, so an id stays its own
        self._footprints: list[bytes] = []  # by number: the numbers of signatures of one file, as the core tells them
        self._numbers: dict[bytes, int] = {}  # footprint -> its number
        self._new_process()

    def _new_process(self) -> None:
        self._file: PartialFile | None = None
        self._files: dict[str, int] = {}
        self._lines: dict[str, list[str]] = {}
        self._codes: dict[int, int] = {}
        self._rows: dict[int, int] = {}  # signature's number -> the partial file's
        self._footprint_rows: dict[int, int] = {}  # the same of footprints
        self._shown: array[int] | None = None  # numbers of footprints, note by note; None before the first
        self._ends: list[int] = []  # for each label where its part of that ends
        self._counts: dict[str, dict[int, int]] = {}  # path -> {line: how often it ran in this process}
        self._recounted: set[str] = set()  # paths whose counts were not written yet
        self._labels: list[str] = []
        self._outcomes: list[tuple[int, Outcome]] = []

    def text(self, path: str) -> str | None:
        """The text of a file as it was when it was first met, None where it can't be read."""
        if path not in self._texts:
            self._texts[path] = sources.read(path)
        return self._texts[path]

    def note(
        self, label: str, footprints: Sequence[bytes], signatures: Iterable[Hits], outcome: Outcome | None
    ) -> None:
        """Remember what one context did: what the core's `flush_signatures` told."""
        self._signatures += signatures
        if outcome is not None:
            self._outcomes.append((len(self._labels), outcome))
        self._labels.append(label)
        if footprints:
            self._show(footprints)
        self._ends.append(0 if self._shown is None else len(self._shown))

    def _show(self, footprints: Iterable[bytes]) -> None:
        from array import array  # not at start: it imports `collections`

        if self._shown is None:
            self._shown = array("I")
        numbers, shown = self._numbers, self._shown
        for footprint in footprints:
            number = numbers.get(footprint)
            if number is None:
                number = numbers[footprint] = len(numbers)
                self._footprints.append(footprint)
            shown.append(number)

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
        if not self._shown and not self._outcomes and not self._recounted:
            self._labels.clear()
            self._ends.clear()
            return
        settings = self._settings
        if self._file is None:
            from minicov_tracer.partial import PartialFile

            run = RunInfo(settings.root, settings.run_id, settings.replaces)
            self._file = PartialFile(partial_path(settings.data_file), run)
        file = self._file
        with file.transaction():
            contexts = [file.context(label) for label in self._labels]
            for context, outcome in self._outcomes:
                file.outcome(contexts[context], outcome.word, outcome.duration)
            self._write_hits(file, contexts)
            for path in self._recounted:
                file.counts(self._file_row(file, path), self._counts[path])
        self._lines.clear()
        self._outcomes.clear()
        self._recounted.clear()
        self._labels.clear()
        self._ends.clear()
        self._shown = None
        self.tables.clear()

    def _write_hits(self, file: PartialFile, contexts: Sequence[int]) -> None:
        """Write what was shown, one context after the other: all at once would be megabytes of a large suite."""
        if self._shown is None:
            return
        notes: dict[int, list[slice]] = {}
        for context, start, end in zip(contexts, [0, *self._ends], self._ends, strict=False):
            notes.setdefault(context, []).append(slice(start, end))
        for context, parts in notes.items():
            if len(parts) == 1:  # as almost always; then each is of another file
                file.left(context, [self._footprint_row(file, number) for number in self._shown[parts[0]]])
                continue
            numbers = {number for part in parts for number in self._shown[part]}
            shown = {signature for number in numbers for signature in self._signatures_of(number)}
            file.hits((context, self._signature_row(file, signature)) for signature in sorted(shown))

    def close(self) -> None:
        """Close the partial file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def let_go(self) -> None:
        """Forget all code objects, once everything is written, and what a large partial file remembers."""
        if self._file is not None and self._file.forget_numbers() > _MANY_SIGNATURES:
            self.close()
            self._new_process()
        self._codes.clear()
        self._rows.clear()
        self._footprint_rows.clear()
        self._signatures.clear()
        self._footprints.clear()
        self._numbers.clear()

    def abandon(self) -> None:
        """After a fork, in the child: forget the parent's file and facts without touching them."""
        if self._file is not None:
            # Closing would drop the parent's POSIX locks (SQLite's "how to corrupt", 2.6): the object is kept alive.
            _abandoned.append(self._file.connection)
        self.tables.clear()
        self._new_process()

    def _footprint_row(self, file: PartialFile, number: int) -> int:
        """The partial file's row of a footprint."""
        found = self._footprint_rows.get(number)
        if found is None:
            found = file.footprint(self._signature_row(file, signature) for signature in self._signatures_of(number))
            self._footprint_rows[number] = found
        return found

    def _signatures_of(self, footprint: int) -> memoryview:
        return memoryview(self._footprints[footprint]).cast("I")

    def _signature_row(self, file: PartialFile, number: int) -> int:
        found = self._rows.get(number)
        if found is None:
            hits = self._signatures[number]
            found = self._rows[number] = file.signature(self._code(file, hits.code), hits.probes, self._arcs(hits))
        return found

    def _code(self, file: PartialFile, code: CodeType) -> int:
        found = self._codes.get(id(code))
        if found is None:
            from minicov_tracer.own_text import own_digest, own_lines
            from minicov_tracer.partial import CodeRow

            path = self._path_of(code)
            probes = self.tables.take(code)
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
        raised = (self._raised_at(hits.code, offset) for offset in hits.raised)
        arcs = {*hits.arcs, *(arc for arc in raised if arc is not None)}
        return "[" + ",".join(f"[{start},{end}]" for start, end in sorted(arcs)) + "]"


_abandoned: list[sqlite3.Connection] = []
