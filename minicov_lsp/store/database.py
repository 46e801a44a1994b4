"""Reading the data file: everything about one file, and whether anything changed.

One connection is kept open and never left in a transaction. It may be used from
several threads; calls take turns.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from minicov_lsp.model import FileFacts, Line
from minicov_lsp.store.connection import damaged, open_reader
from minicov_lsp.store.fingerprints import fingerprint
from minicov_lsp.store.kept_versions import KeptVersions
from minicov_lsp.store.queries import contexts_of_lines, lines_of_context
from minicov_lsp.store.reader import FileStamp, Reader, file_stamp
from minicov_lsp.store.versions import Identify, TextFacts
from minicov_tracer import schema

_HAS_ARCS = " OR ".join(f"{schema.number(place, 'probes')} > 0" for place in ("1", "4"))
"""SQL for "a probe table has followers or arcs"."""
_HAS_TESTS = f"{schema.number('3', 'c.probes')} > 0"


class _State(NamedTuple):
    """What tells that a data file is not as it was: the stamp sees a replaced file, `data_version` sees commits."""

    file: FileStamp
    version: int


class Database(Reader[int]):
    """A data file, read-only. Raises DataError from every call where it is missing, damaged or not ours."""

    _without_conditions = -1
    """The generation up to which no conditions were recorded: of what came before it nothing has to be asked again."""
    _versions: KeptVersions
    """What was read by this connection, and"""
    _texts: TextFacts
    """what was made of it."""

    @property
    def root(self) -> str:
        """The project's folder, which recorded relative paths start from; absolute."""
        with self._reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'root'").fetchone()
            return str(row[0]) if row else str(self.path.absolute().parent)

    @property
    def has_arcs(self) -> bool:
        """Whether any run recorded jumps or arcs."""
        with self._reading() as connection:
            sql = (
                # Where a tracer made the data, one of the first code objects shows it.
                f"SELECT EXISTS (SELECT 1 FROM (SELECT probes FROM code LIMIT 100) WHERE {_HAS_ARCS})"  # noqa: S608  # ours
                " OR EXISTS (SELECT 1 FROM signature WHERE arcs <> '[]')"
                f" OR EXISTS (SELECT 1 FROM code WHERE {_HAS_ARCS})"
            )
            return bool(connection.execute(sql).fetchone()[0])

    @property
    def has_conditions(self) -> bool:
        """Whether any run recorded what jumps test."""
        with self._reading() as connection:
            sql = (
                "SELECT EXISTS (SELECT 1 FROM file f JOIN code c ON c.file_id = f.id"  # noqa: S608  # ours
                f" WHERE f.generation > ? AND {_HAS_TESTS})"
            )
            found = bool(connection.execute(sql, (self._without_conditions,)).fetchone()[0])
            if not found:
                (newest,) = connection.execute("SELECT max(generation) FROM file").fetchone()
                self._without_conditions = newest if newest is not None else -1
            return found

    def files(self) -> tuple[str, ...]:
        """Recorded paths, sorted: relative to the root with `/`, or absolute; files that nothing ran are among them."""
        with self._reading() as connection:
            return tuple(path for (path,) in connection.execute("SELECT DISTINCT path FROM file ORDER BY path"))

    def paths_of_text(self, digest: str) -> tuple[str, ...]:
        """The recorded paths of files that had this very text when they ran, sorted."""
        with self._reading() as connection:
            sql = "SELECT DISTINCT path FROM file WHERE digest = ? ORDER BY path"
            return tuple(path for (path,) in connection.execute(sql, (bytes.fromhex(digest),)))

    def contexts(self) -> tuple[str, ...]:
        """The labels of all contexts, sorted."""
        with self._reading() as connection:
            return tuple(label for (label,) in connection.execute("SELECT label FROM context ORDER BY label"))

    def outcomes(self) -> dict[str, tuple[str, float]]:
        """{test's label: (outcome, seconds)}."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT c.label, o.outcome, o.duration FROM outcome o JOIN context c ON c.id = o.context_id"
            )
            return {label: (outcome, duration) for label, outcome, duration in rows}

    def generation(self) -> int:
        """Counts merges that changed facts, from 0."""
        with self._reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
            return int(row[0]) if row else 0

    def files_changed_since(self, generation: int) -> tuple[str, ...]:
        """Recorded paths whose facts changed after that generation, sorted; those of which nothing is left, too."""
        sql = "SELECT path FROM file WHERE generation > :generation"
        with self._reading() as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'gone'").fetchone():  # not in a partial
                sql += " UNION ALL SELECT path FROM gone WHERE generation > :generation"
            return tuple(sorted({path for (path,) in connection.execute(sql, {"generation": generation})}))

    def facts(self, path: str, here: str | None = None) -> tuple[FileFacts, ...]:
        """All that ran of the file recorded under `path`: a version each, the one that changed last first.

        `here` is a text that whoever asks has already: where it is the one that ran, it need not be unpacked.
        """
        with self._reading() as connection:
            return tuple(version.facts for version in self._versions.read(connection, path, here))

    def fingerprint(self, path: str) -> str:
        """The same as before, or as another data file's, if `facts` of this path are."""
        with self._reading() as connection:
            return fingerprint(connection, path)

    def facts_of_text(self, path: str, text: str, identify: Identify | None = None) -> FileFacts:
        """What ran of this text of the file recorded under `path`, in whichever version of the file it ran.

        A code object counts that stands in the text as it did when it ran, wherever that was; its facts are exact, on
        the lines of `text`. What is not in the facts has changed since it ran, or never did. `identify` is asked for
        the text's identities, unless it is `versions.identities` itself.
        """
        with self._reading() as connection:
            return self._texts.of(path, self._versions.read(connection, path), text, identify)

    def contexts_of_lines(self, path: str, first: Line, last: Line) -> frozenset[str]:
        """The labels of all contexts that ran any of these lines, in the newest version of a file."""
        with self._reading() as connection:
            return contexts_of_lines(connection, path, first, last)

    def lines_of_context(self, label: str) -> dict[str, frozenset[Line]]:
        """{recorded path: lines} of all that one context ran, in the newest version of each file that it ran."""
        with self._reading() as connection:
            return lines_of_context(connection, label)

    def _open(self) -> sqlite3.Connection:
        self._without_conditions = -1
        self._versions, self._texts = KeptVersions(), TextFacts()
        return open_reader(self.path)

    def _state(self) -> _State | None:
        stamp = file_stamp(self.path)
        if not any(stamp):
            self.close()
            return None
        with self._reading() as connection:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
        return _State(stamp, version)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, opened anew where the file was replaced; SQLite's errors become DataError."""
        with self._lock:
            connection = self._connected(file_stamp(self.path)[0])
            try:
                # One transaction, so that what is read together was there together; it never outlives the call.
                connection.execute("BEGIN")
                try:
                    yield connection
                finally:
                    connection.execute("ROLLBACK")
            except (sqlite3.Error, json.JSONDecodeError, ValueError, TypeError, KeyError, IndexError) as error:
                self.close()
                raise damaged(self.path, error) from error
