"""Contexts of a file that is merged into the data file: which of them it knows, and whose facts count.

A test that was measured in an earlier run joins what is there, replaces it, or was itself replaced by what is there.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

from minicov_lsp.store.chunk_rows import Told
from minicov_lsp.store.footprints import FIRST_NUMBER
from minicov_lsp.store.inserting import insert
from minicov_lsp.store.ledger import number_after
from minicov_lsp.store.names import split
from minicov_tracer.chunks import OUTCOMES

_AT_ONCE = 5000
"""Contexts that are added together."""
_ADD = (
    "INSERT INTO context (id, prefix_id, label, run_id, time, outcome, duration, ended)",
    "(?, ?, ?, ?, ?, ?, ?, ?)",
)
_KNOWN = """
    SELECT p.label || c.label, c.id FROM context c JOIN prefix p ON p.id = c.prefix_id
    WHERE c.prefix_id IN (SELECT value FROM json_each(?))
"""
_ADD_PREFIX = "INSERT INTO prefix (id, label)", "(?, ?)"
_FIND = "SELECT id, run_id, time, outcome, duration, ended FROM context WHERE id = ?"
_UPDATE = "UPDATE context SET run_id = ?, time = ?, outcome = ?, duration = ?, ended = ? WHERE id = ?"


class Run(NamedTuple):
    """A run, as the data file has it."""

    id: int
    name: str
    replaces: bool


class Mapped:
    """What became of the contexts of a file that is merged."""

    def __init__(self) -> None:
        self.ids: dict[int, int] = {}
        """{id there: id in the data file, or 0 where what is there was replaced by what the data file has}."""
        self.replaced: set[int] = set()
        """Ids in the data file of those whose facts there replace what the data file has."""


class _Known(NamedTuple):
    """A context that the data file has."""

    id: int
    run: int
    time: float
    outcome: int | None
    duration: int | None
    ended: float | None


class Contexts:
    """The contexts of a data file, by a connection to it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._runs: dict[int, Run] = {}
        self._prefixes: dict[str, int] = {}
        self._last_prefix = 0
        """The largest id of one."""
        self._known: dict[str, int] = {}
        """{name: id} of all contexts with one of"""
        self._loaded: set[int] = set()
        """these prefixes."""
        self._last = FIRST_NUMBER - 1
        """The largest id."""

    def begin(self) -> None:
        """Forget what another process may have changed."""
        self._runs.clear()
        self._prefixes = {label: prefix for prefix, label in self._connection.execute("SELECT id, label FROM prefix")}
        self._last_prefix = max(self._prefixes.values(), default=0)
        self._known.clear()
        self._loaded.clear()
        (last,) = self._connection.execute("SELECT max(id) FROM context").fetchone()
        self._last = last or FIRST_NUMBER - 1

    def runs(self, rows: Iterable[tuple[int, str, int]]) -> dict[int, Run]:
        """{id there: the run here} of rows (id, name, replaces), which are added where they are new."""
        found = {}
        for there, name, replaces in rows:
            self._connection.execute("INSERT OR IGNORE INTO run (name, replaces) VALUES (?, ?)", (name, replaces))
            row = self._connection.execute("SELECT id FROM run WHERE name = ?", (name,)).fetchone()
            found[there] = self._run(row[0])
        return found

    def merge(self, rows: Iterable[Told], runs: Mapping[int, Run], *, anew: bool) -> Mapped:
        """Give each context there a row here; if `anew`, all that the data file has of known ones is replaced.

        Raises KeyError where a row is of no run, and TypeError, ValueError or OverflowError where a value is none of
        ours.
        """
        mapped = Mapped()
        left, known = iter(rows), self._known
        while some := list(islice(left, _AT_ONCE)):
            names = [split(row[1]) for row in some]
            self._load({prefix for prefix, _ in names})
            new: list[object] = []
            for row, (prefix, rest) in zip(some, names, strict=True):
                there, name, run_there, time, outcome, duration, ended = row
                run = runs[run_there]
                if name in known:
                    self._join(mapped, known[name], row, run, anew=anew)
                    continue
                known[name] = mapped.ids[there] = self._last = number_after(self._last)
                number = self._prefixes[prefix]
                new += (self._last, number, rest, run.id, time, outcome, duration, _unlike(ended, time))
            insert(self._connection, *_ADD, new)
        return mapped

    def _load(self, labels: set[str]) -> None:
        """Give prefixes that are new a row, and look for the contexts of the others."""
        wanted: list[int] = []
        new: list[object] = []
        for label in sorted(labels):
            number = self._prefixes.get(label)
            if number is None:
                self._last_prefix += 1
                self._prefixes[label] = self._last_prefix
                self._loaded.add(self._last_prefix)
                new += (self._last_prefix, label)
            elif number not in self._loaded:
                wanted.append(number)
        insert(self._connection, *_ADD_PREFIX, new)
        if wanted:
            self._loaded.update(wanted)
            self._known.update(self._connection.execute(_KNOWN, (json.dumps(wanted),)))

    def _join(self, mapped: Mapped, number: int, row: Told, run: Run, *, anew: bool) -> None:
        """Decide what a known context's facts there are worth. What ran outside of tests is never replaced."""
        there, name, _, time, outcome, duration, ended = row
        here = _Known(*self._connection.execute(_FIND, (number,)).fetchone())
        ours = self._run(here.run)
        is_later = anew or (time, run.name) > (here.time, ours.name)
        mapped.ids[there] = here.id
        if anew or (name and run.id != here.run):
            if is_later and (anew or run.replaces):
                mapped.replaced.add(here.id)
            elif not is_later and ours.replaces:
                mapped.ids[there] = 0
        when = (run.id, time) if is_later else (here.run, here.time)
        told: tuple[int | None, int | None, float | None] = outcome, duration, ended
        if not anew:
            before = here.outcome, here.duration, here.time if here.ended is None else here.ended
            told = max((before, told), key=_last)
        now = *when, *told[:2], _unlike(told[2], when[1])
        if now != here[1:]:
            self._connection.execute(_UPDATE, (*now, here.id))

    def _run(self, number: int) -> Run:
        run = self._runs.get(number)
        if run is None:
            row = self._connection.execute("SELECT id, name, replaces FROM run WHERE id = ?", (number,)).fetchone()
            run = self._runs[number] = Run(row[0], row[1], bool(row[2]))
        return run


def _unlike(ended: float | None, time: float) -> float | None:
    """What `context.ended` has."""
    return None if ended == time else ended


def _last(told: tuple[int | None, int | None, float | None]) -> tuple[bool, float, str]:
    """Of outcomes told of a test, the largest counts: the last, of equal ones the word."""
    outcome, _, ended = told
    return (False, 0.0, "") if outcome is None else (True, ended or 0.0, OUTCOMES[outcome])
