"""coverage.py's own data file, read as it is, so that a project which has one needs nothing new.

The format is its schema 7 (https://coverage.readthedocs.io/en/latest/dbschema.html): a row of `line_bits` for each
file and context, or with branches a row of `arc` for each transition. It has no texts. A source file that has not
changed since the data was written is the text that ran; of one that has, the text is unknown.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from minicov_lsp.errors import DataError
from minicov_lsp.model import Arc, CodeFacts, FileFacts
from minicov_lsp.store.connection import open_untrusted
from minicov_lsp.store.foreign import MOST_LINES, Ran
from minicov_lsp.store.reader import FileStamp, Reader, file_stamp
from minicov_lsp.store.versions import Identify
from minicov_tracer import sources
from minicov_tracer.bytecode import numbers

SCHEMA = 7
"""coverage.py 5.0 and later."""

_LINES = """
    SELECT c.context, b.numbits FROM file f JOIN line_bits b ON b.file_id = f.id JOIN context c ON c.id = b.context_id
    WHERE f.path = ?
"""
_ARCS = """
    SELECT c.context, a.fromno, a.tono FROM file f JOIN arc a ON a.file_id = f.id JOIN context c ON c.id = a.context_id
    WHERE f.path = ? ORDER BY a.context_id
"""


class CoveragePyData(Reader[FileStamp]):
    """A data file of coverage.py, read-only; `RecordedData` has the meaning of each call."""

    def __init__(self, path: Path, root: Path, place: Callable[[str], Path] | None = None) -> None:
        """Take the file and the project's folder, which its relative paths start from.

        `place` tells where a recorded file is here; without it, where it was.
        """
        super().__init__(path)
        self._place = place or root.joinpath
        self.root = str(root)
        self._texts: dict[str, str | None] = {}

    def close(self) -> None:
        """Let go of the file; the texts that ran are known no longer."""
        with self._lock:
            super().close()
            self._texts.clear()

    @property
    def has_arcs(self) -> bool:
        """Whether branches were measured."""
        return self._rows("SELECT value FROM meta WHERE key = 'has_arcs'") == [("1",)]

    @property
    def has_conditions(self) -> bool:
        """No: coverage.py knows none."""
        return False

    def files(self) -> tuple[str, ...]:
        """Recorded paths, sorted."""
        return tuple(sorted(_text(path) for (path,) in self._rows("SELECT path FROM file")))

    def contexts(self) -> tuple[str, ...]:
        """Labels, sorted."""
        return tuple(sorted(_text(label) for (label,) in self._rows("SELECT context FROM context")))

    def outcomes(self) -> dict[str, tuple[str, float]]:
        """Nothing: coverage.py keeps none."""
        return {}

    def generation(self) -> int:
        """The file's time of change, in ns."""
        return file_stamp(self.path)[1]

    def files_changed_since(self, generation: int) -> tuple[str, ...]:
        """All files or none: what changed can't be told."""
        return self.files() if self.generation() != generation else ()

    def facts(self, path: str, here: str | None = None) -> tuple[FileFacts, ...]:  # of data with texts
        """What ran of one file, as one code object whose probes are unknown; without codes where nothing did."""
        with self._lock:
            ran = self._ran(path)
            lines = frozenset(line for found, _ in ran for line in found)
            codes = (CodeFacts("", 1, "", lines, ran),) if ran else ()
            text = self._text_that_ran(path)
            digest = "" if text is None else sources.digest(text)
            return (FileFacts(path, digest, text, codes),)

    def paths_of_text(self, digest: str) -> tuple[str, ...]:
        """None: coverage.py keeps no texts."""
        return ()

    def facts_of_text(
        self, path: str, text: str, identify: Identify | None = None
    ) -> FileFacts:  # of data with code objects
        """What ran of a file, if it had this text; where its text is unknown, it counts as being this one."""
        (facts,) = self.facts(path)
        normal = sources.normalize(text)
        digest = sources.digest(normal)
        return FileFacts(path, digest, normal, facts.codes if facts.digest in ("", digest) else ())

    def fingerprint(self, path: str) -> str:
        """The same as before if neither the data nor the text that ran is another."""
        with self._lock:
            self._rows("SELECT 1")
            text = self._text_that_ran(path)
            return repr((path, self._opened, None if text is None else sources.digest(text)))

    def _ran(self, path: str) -> dict[Ran, frozenset[str]]:
        """{(lines, arcs): labels of the contexts in which exactly these ran}."""
        found: dict[Ran, frozenset[str]] = {}
        if self.has_arcs:
            for label, rows in groupby(self._rows(_ARCS, path), itemgetter(0)):
                arcs = frozenset((_line(start), _line(end)) for _, start, end in rows)
                ran = frozenset(line for arc in arcs for line in arc if line > 0), arcs
                found[ran] = found.get(ran, frozenset()) | {_text(label)}
            return found
        for label, numbits in self._rows(_LINES, path):
            ran = frozenset(numbers(_numbits(numbits))), frozenset[Arc]()
            found[ran] = found.get(ran, frozenset()) | {_text(label)}
        return found

    def _text_that_ran(self, path: str) -> str | None:
        """The text of a file that is older than the data; kept, because it may change while the data doesn't."""
        if path not in self._texts:
            self._texts[path] = text_that_ran(self._place(path), self._opened[1] if self._opened else 0)
        return self._texts[path]

    def _rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """The answer of one query; SQLite's errors and values of wrong types become DataError."""
        with self._lock:
            connection = self._connected(file_stamp(self.path))
            try:
                return connection.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                self.close()
                raise _unreadable(self.path, error) from error

    def _open(self) -> sqlite3.Connection:
        return _open(self.path)

    def _state(self) -> FileStamp | None:
        stamp = file_stamp(self.path)
        return stamp if any(stamp) else None


def text_that_ran(file: Path, until: int) -> str | None:
    """The normalized text of a file that was last changed before a time in ns, when data was written; else None."""
    try:
        if file.stat().st_mtime_ns > until:
            return None
    except (OSError, ValueError):
        return None
    return sources.read(str(file))


def _open(path: Path) -> sqlite3.Connection:
    """A connection to a data file of a schema that we know. Raises DataError."""
    try:
        connection = open_untrusted(path)
        try:
            found = connection.execute("SELECT version FROM coverage_schema").fetchall()
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error
    if found != [(SCHEMA,)]:
        connection.close()
        versions = ", ".join(str(version) for (version,) in found)
        raise DataError(
            f"{path}: a data file of coverage.py with schema {versions or 'unknown'}, and minicov knows {SCHEMA}; "
            "make it again with coverage.py 5 or later"
        )
    return connection


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(f"{path}: can't be read as coverage.py's data ({error}); run the tests again")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise DataError(f"coverage.py's data has {value!r} where a name should be; run the tests again")
    return value


def _line(value: object) -> int:
    if not isinstance(value, int) or abs(value) > MOST_LINES:
        raise DataError(f"coverage.py's data has {value!r} where a line number should be; run the tests again")
    return value


def _numbits(value: object) -> bytes:
    """A set of numbers: n is bit n & 7 of byte n >> 3."""
    if not isinstance(value, bytes) or len(value) > MOST_LINES // 8:
        raise DataError("coverage.py's data has something else where a set of lines should be; run the tests again")
    return value
