"""Writing a data file of coverage.py, of schema 7, that its own commands read."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from minicov_lsp.errors import DataError
from minicov_lsp.model import Arc, FileFacts, Line
from minicov_lsp.store.coverage_py import SCHEMA
from minicov_lsp.store.coverage_py_files import is_coverage_py
from minicov_tracer.bytecode import bitmap
from minicov_tracer.version import VERSION

_TABLES = """
    CREATE TABLE coverage_schema (version integer);
    CREATE TABLE meta (key text, value text, unique (key));
    CREATE TABLE file (id integer primary key, path text, unique (path));
    CREATE TABLE context (id integer primary key, context text, unique (context));
    CREATE TABLE line_bits (
        file_id integer, context_id integer, numbits blob,
        foreign key (file_id) references file (id), foreign key (context_id) references context (id),
        unique (file_id, context_id));
    CREATE TABLE arc (
        file_id integer, context_id integer, fromno integer, tono integer,
        foreign key (file_id) references file (id), foreign key (context_id) references context (id),
        unique (file_id, context_id, fromno, tono));
    CREATE TABLE tracer (
        file_id integer primary key, tracer text, foreign key (file_id) references file (id));
"""


def export_coverage_py(target: Path, files: Iterable[tuple[str, tuple[FileFacts, ...]]], *, has_branches: bool) -> None:
    """Write (path, facts in the lines of one text) of each file; `target` is replaced if it is coverage.py's.

    Raises DataError where something else is there or it can't be written.
    """
    if os.path.lexists(target) and not is_coverage_py(target):
        raise DataError(f"{target}: is there, and no data file of coverage.py; name another file")
    scratch = target.with_name(f"{target.name}.writing.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(scratch, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN")
            _Export(connection, has_branches=has_branches).write(files)
            connection.execute("COMMIT")
        scratch.replace(target)
    except sqlite3.Error as error:
        raise DataError(f"{target}: can't be written ({error})") from error
    finally:
        scratch.unlink(missing_ok=True)


class _Export:
    """One file that is being written."""

    def __init__(self, connection: sqlite3.Connection, *, has_branches: bool) -> None:
        self._connection = connection
        self._has_branches = has_branches
        self._contexts: dict[str, int] = {}

    def write(self, files: Iterable[tuple[str, tuple[FileFacts, ...]]]) -> None:
        """All of it, within a transaction."""
        execute = self._connection.execute
        for statement in _TABLES.split(";"):
            execute(statement)
        execute("INSERT INTO coverage_schema VALUES (?)", (SCHEMA,))
        meta = {"has_arcs": str(int(self._has_branches)), "version": f"minicov {VERSION}"}
        self._connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        for number, (path, facts) in enumerate(files, 1):
            execute("INSERT INTO file VALUES (?, ?)", (number, path))
            for label, (lines, arcs) in _by_context(facts).items():
                self._write_context(number, self._context(label), lines, arcs)

    def _context(self, label: str) -> int:
        if label not in self._contexts:
            self._contexts[label] = len(self._contexts) + 1
            self._connection.execute("INSERT INTO context VALUES (?, ?)", (self._contexts[label], label))
        return self._contexts[label]

    def _write_context(self, file: int, context: int, lines: set[Line], arcs: set[Arc]) -> None:
        if not self._has_branches:
            row = (file, context, bitmap(lines))
            self._connection.execute("INSERT INTO line_bits VALUES (?, ?, ?)", row)
            return
        # coverage.py knows a line only by its transitions. One to itself is what its core for 3.12 and later writes of
        # a line that it saw run and nothing else.
        alone = lines - {line for arc in arcs for line in arc}
        rows = [(file, context, *arc) for arc in sorted(arcs | {(line, line) for line in alone})]
        self._connection.executemany("INSERT INTO arc VALUES (?, ?, ?, ?)", rows)


def _by_context(facts: Iterable[FileFacts]) -> dict[str, tuple[set[Line], set[Arc]]]:
    """{context: (lines, arcs)} of one file."""
    found: dict[str, tuple[set[Line], set[Arc]]] = {}
    for one in facts:
        for code in one.codes:
            for (lines, arcs), labels in code.hits.items():
                for label in labels:
                    known_lines, known_arcs = found.setdefault(label, (set(), set()))
                    known_lines |= lines
                    known_arcs |= arcs
    return found
