"""The file in the repository's own folder (`.git`) that keeps the builds.

A text, and the states of its lines, are kept once however many builds have them, so a build of a project in which
little changed takes little more than its list of files.
"""

from __future__ import annotations

import sqlite3
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from minicov_lsp.errors import DataError
from minicov_lsp.git import Place
from minicov_lsp.history.build import Build, Figures, FileCoverage, LineState, lines_of, text_digest
from minicov_lsp.store.soundness import unpacked

NAME = "minicov-history.db"

_APPLICATION_ID = 0x6D436849
"""As PRAGMA application_id: "mChI"."""
_VERSION = 1
_BUSY_TIMEOUT = 10.0
"""Seconds to wait for another process's lock."""
_MOST_COUNT = 2**63 - 1
_TABLES = """
CREATE TABLE build (
    number INTEGER PRIMARY KEY,  -- from 1
    branch TEXT NOT NULL,
    commit_name TEXT NOT NULL,
    recorded INTEGER NOT NULL  -- seconds since 1970, UTC
);
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,  -- SHA-256 of its UTF-8
    text BLOB NOT NULL  -- UTF-8, zlib
);
CREATE TABLE coverage (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES source (id),
    states BLOB NOT NULL,  -- a 64-bit integer for each line, little-endian, zlib: hits, 0 missed, -1 not relevant
    UNIQUE (source_id, states)
);
CREATE TABLE file (
    build INTEGER NOT NULL REFERENCES build (number),
    path TEXT NOT NULL,  -- from the repository's top folder, with /
    coverage_id INTEGER NOT NULL REFERENCES coverage (id),
    covered INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    PRIMARY KEY (build, path)
) WITHOUT ROWID;
"""
_FILES = """
    SELECT f.path, s.text, c.states FROM file f
    JOIN coverage c ON c.id = f.coverage_id JOIN source s ON s.id = c.source_id
"""


def archive_of(repository: Place) -> Archive:
    """The builds of a repository, whether or not there are any."""
    return Archive(repository.own / NAME)


class Archive:
    """The builds of one repository. Raises DataError from every call where the file is damaged or not ours."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, branch: str, commit: str, files: Sequence[FileCoverage]) -> Build:
        """Record a build, whole or not at all, and give it with its number."""
        recorded = datetime.now(UTC).replace(microsecond=0)
        with self._connection(writes=True) as connection:
            connection.execute("BEGIN IMMEDIATE")
            (last,) = connection.execute("SELECT coalesce(max(number), 0) FROM build").fetchone()
            build = Build(last + 1, branch, commit, recorded)
            row = (build.number, branch, commit, int(recorded.timestamp()))
            connection.execute("INSERT INTO build VALUES (?, ?, ?, ?)", row)
            for file in files:
                _add_file(connection, build, file)
            connection.execute("COMMIT")
        return build

    def builds(self) -> tuple[Build, ...]:
        """All builds, oldest first; none where nothing was ever recorded."""
        if not self.path.exists():
            return ()
        with self._connection() as connection:
            return tuple(
                Build(number, branch, commit, datetime.fromtimestamp(recorded, UTC))
                for number, branch, commit, recorded in connection.execute("SELECT * FROM build ORDER BY number")
            )

    def figures(self, build: Build) -> dict[str, Figures]:
        """{path: its figures} of a build, by path; nothing is unpacked for it."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT path, covered, missed FROM file WHERE build = ? ORDER BY path", (build.number,)
            )
            return {path: Figures(covered, missed) for path, covered, missed in rows}

    def file(self, build: Build, path: str) -> FileCoverage | None:
        """One file of a build; None where the build doesn't have it."""
        with self._connection() as connection:
            row = connection.execute(f"{_FILES} WHERE f.build = ? AND f.path = ?", (build.number, path)).fetchone()
            return _file_coverage(*row) if row is not None else None

    @contextmanager
    def _connection(self, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection for one question; never left in a transaction."""
        mode = "rwc" if writes else "ro"
        try:
            uri = f"{self.path.absolute().as_uri()}?mode={mode}"
            with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT, isolation_level=None)) as connection:
                connection.execute("PRAGMA trusted_schema = OFF")
                self._check(connection, writes=writes)
                yield connection
        except (sqlite3.Error, ValueError, struct.error, zlib.error) as error:
            raise DataError(
                f"{self.path}: the history can't be {'written' if writes else 'read'} ({error}); "
                "if it is damaged, move it away"
            ) from error

    def _check(self, connection: sqlite3.Connection, *, writes: bool) -> None:
        """See that the file is ours, and make its tables where it is new. Raises DataError."""
        if writes and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            connection.executescript(
                f"BEGIN IMMEDIATE; PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION};"
                f"{_TABLES.replace('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS')} COMMIT;"
            )
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if application != _APPLICATION_ID:
            raise DataError(f"{self.path}: not a history of minicov's; move it away")
        if version > _VERSION:
            raise DataError(
                f"{self.path}: written by a newer minicov (version {version}, this one knows {_VERSION}); upgrade it"
            )


def _add_file(connection: sqlite3.Connection, build: Build, file: FileCoverage) -> None:
    digest, states = text_digest(file.text), _packed(file.states)
    found = connection.execute("SELECT id FROM source WHERE digest = ?", (digest,)).fetchone()
    if found is None:
        text = zlib.compress(file.text.encode("utf-8", "surrogatepass"), 9)
        found = connection.execute(
            "INSERT INTO source (digest, text) VALUES (?, ?) RETURNING id", (digest, text)
        ).fetchone()
    key = (found[0], states)
    connection.execute("INSERT OR IGNORE INTO coverage (source_id, states) VALUES (?, ?)", key)
    (coverage,) = connection.execute("SELECT id FROM coverage WHERE source_id = ? AND states = ?", key).fetchone()
    figures = file.figures
    row = (build.number, file.path, coverage, figures.covered, figures.missed)
    connection.execute("INSERT INTO file VALUES (?, ?, ?, ?, ?)", row)


def _packed(states: Sequence[LineState]) -> bytes:
    return zlib.compress(struct.pack(f"<{len(states)}q", *(min(state, _MOST_COUNT) for state in states)), 9)


def _file_coverage(path: str, packed_text: bytes, packed_states: bytes) -> FileCoverage:
    """Raises ValueError, struct.error and zlib.error for what is not as it was written."""
    text = unpacked(packed_text).decode("utf-8", "surrogatepass")
    lines = len(lines_of(text))
    data = zlib.decompressobj().decompress(packed_states, 8 * lines + 1)
    return FileCoverage(path, text, struct.unpack(f"<{lines}q", data))
