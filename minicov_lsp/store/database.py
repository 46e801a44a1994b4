"""Reading the data file: everything about one file, and whether anything changed.

One connection is kept open and never left in a transaction. It may be used from
several threads; calls take turns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import NamedTuple

from minicov_lsp.model import FileFacts, Line
from minicov_lsp.store.connection import damaged, immediate, is_in_memory, is_partial, open_in_memory, open_reader
from minicov_lsp.store.fingerprints import fingerprint
from minicov_lsp.store.kept_versions import KeptVersions
from minicov_lsp.store.merged_schema import number, of_file
from minicov_lsp.store.names import Names
from minicov_lsp.store.queries import contexts_of_lines, lines_of_context
from minicov_lsp.store.reader import FileStamp, Reader, file_stamp
from minicov_lsp.store.versions import Identify, TextFacts
from minicov_tracer.chunks import OUTCOMES

_HAS_ARCS = " OR ".join(f"{number(place, 'probes')} > 0" for place in ("1", "4"))
"""SQL for "a probe table has followers or arcs"."""
_HAS_TESTS = f"{number('3', 'c.probes')} > 0"
_OUTCOMES = dict(enumerate(OUTCOMES))
_OF_ROWS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)
"""What is raised where a row isn't what it should be."""
_MICROSECONDS = 1_000_000
"""In a second."""


class _State(NamedTuple):
    """What tells that a data file is not as it was: the stamp sees a replaced file, `data_version` sees commits."""

    file: FileStamp
    version: int


class Database(Reader[FileStamp]):
    """A data file, read-only. Raises DataError from every call where it is missing, damaged or not ours.

    A partial file is one too: what is read of it is what it would be merged.
    """

    _without_conditions = -1
    """The generation up to which no conditions were recorded: of what came before it nothing has to be asked again."""
    _versions: KeptVersions
    """What was read by this connection,"""
    _texts: TextFacts
    """what was made of it, and"""
    _names: Names
    """the names that are in it."""
    _is_copy: bool
    """Whether what is read is not the file, but what it was when it was opened."""

    @property
    def root(self) -> str:
        """The project's folder, which recorded relative paths start from; absolute."""
        with self._reading() as connection:
            return self._root_of(connection)

    @property
    def has_arcs(self) -> bool:
        """Whether any run recorded jumps or arcs."""
        with self._reading() as connection:
            sql = (
                # Where a tracer made the data, one of the first code objects shows it.
                f"SELECT EXISTS (SELECT 1 FROM (SELECT probes FROM code LIMIT 100) WHERE {_HAS_ARCS})"  # noqa: S608  # ours
                " OR EXISTS (SELECT 1 FROM signature WHERE arcs <> '')"
                f" OR EXISTS (SELECT 1 FROM code WHERE {_HAS_ARCS})"
            )
            return bool(connection.execute(sql).fetchone()[0])

    @property
    def has_conditions(self) -> bool:
        """Whether any run recorded what jumps test."""
        with self._reading() as connection:
            sql = (
                f"SELECT EXISTS (SELECT 1 FROM file f CROSS JOIN code c ON {of_file('c.id', 'f.id')}"  # noqa: S608  # ours
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
            sql = "SELECT p.label || c.label AS name FROM context c JOIN prefix p ON p.id = c.prefix_id ORDER BY name"
            return tuple(label for (label,) in connection.execute(sql))

    def outcomes(self) -> dict[str, tuple[str, float]]:
        """{test's label: (outcome, seconds)}."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT p.label || c.label, c.outcome, c.duration FROM context c JOIN prefix p ON p.id = c.prefix_id"
                " WHERE c.outcome NOT NULL"
            )
            return {label: (_OUTCOMES[outcome], duration / _MICROSECONDS) for label, outcome, duration in rows}

    def generation(self) -> int:
        """Counts merges that changed facts, from 0."""
        with self._reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
            return int(row[0]) if row else 0

    def files_changed_since(self, generation: int) -> tuple[str, ...]:
        """Recorded paths whose facts changed after that generation, sorted; those of which nothing is left, too."""
        # Sorted by SQLite it would be five times as slow: it takes all files by an index of paths.
        sql = (
            "SELECT path FROM file WHERE generation > :generation"
            " UNION ALL SELECT path FROM gone WHERE generation > :generation"
        )
        with self._reading() as connection:
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
            return fingerprint(connection, self._names, path)

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
            return contexts_of_lines(connection, self._names, path, first, last)

    def lines_of_context(self, label: str) -> dict[str, frozenset[Line]]:
        """{recorded path: lines} of all that one context ran, in the newest version of each file that it ran."""
        with self._reading() as connection:
            return lines_of_context(connection, label)

    def _open(self) -> sqlite3.Connection:
        self._without_conditions = -1
        self._names, self._texts = Names(), TextFacts()
        self._versions = KeptVersions(self._names)
        connection = open_reader(self.path)
        if is_partial(connection):
            with closing(connection) as partial:
                connection = self._merged(partial)
        self._is_copy = is_in_memory(connection)
        return connection

    def _merged(self, partial: sqlite3.Connection) -> sqlite3.Connection:
        """What a partial file has, merged in memory. Raises DataError where it isn't what was written."""
        from minicov_lsp.store.merging import Merger  # few partial files are read alone
        from minicov_lsp.store.soundness import UnsoundError

        try:
            with ExitStack() as cleanup:
                partial.execute("BEGIN")  # what is read together was there together
                merged = cleanup.enter_context(closing(open_in_memory(self._root_of(partial))))
                with immediate(merged):
                    merger = Merger(merged, notes_changes=False)
                    merger.merge(partial)
                    merger.flush()
                cleanup.pop_all()
                return merged
        except (sqlite3.Error, UnsoundError, *_OF_ROWS) as error:
            raise damaged(self.path, error) from error

    def _root_of(self, connection: sqlite3.Connection) -> str:
        row = connection.execute("SELECT value FROM meta WHERE key = 'root'").fetchone()
        return str(row[0]) if row else str(self.path.absolute().parent)

    def _is_still(self, stamp: FileStamp) -> bool:
        # What others write to the file shows by a connection to it.
        return stamp == self._opened if self._is_copy else stamp[:1] == (self._opened or stamp)[:1]

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
            connection = self._connected(file_stamp(self.path))
            try:
                # One transaction, so that what is read together was there together; it never outlives the call.
                connection.execute("BEGIN")
                try:
                    yield connection
                finally:
                    connection.execute("ROLLBACK")
            except (sqlite3.Error, *_OF_ROWS) as error:
                self.close()
                raise damaged(self.path, error) from error
