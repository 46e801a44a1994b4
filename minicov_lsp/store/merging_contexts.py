"""Contexts of a file that is merged into the data file: which of them it knows, and whose facts count.

A test that was measured in an earlier run joins what is there, replaces it, or was itself replaced by what is there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from minicov_lsp.store.footprints import FIRST_NUMBER
from minicov_lsp.store.ledger import number_after
from minicov_lsp.store.merged_schema import OUTCOMES
from minicov_lsp.store.part_rows import ContextRow
from minicov_tracer import seals

_AT_ONCE = 500
"""Contexts that are added together."""
_NUMBERS = {word: number for number, word in enumerate(OUTCOMES)}
_INSERT = """
    INSERT INTO context (id, prefix_id, label, run_id, time, outcome, duration, ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_FIND = "SELECT id, run_id, time, outcome, duration, ended FROM context WHERE id = ?"
_UPDATE = "UPDATE context SET run_id = ?, time = ?, outcome = ?, duration = ?, ended = ? WHERE id = ?"


_written = lru_cache(maxsize=100)(str)
"""A time as it is sealed; of many contexts it is the same."""


class Run(NamedTuple):
    """A run, as the data file has it."""

    id: int
    name: str
    replaces: bool


class Prefix(NamedTuple):
    """What names begin with."""

    id: int
    label: str


class Mapped:
    """What became of the contexts of a file that is merged."""

    def __init__(self) -> None:
        self.ids: dict[int, int] = {}
        """{id there: id in the data file, or 0 where what is there was replaced by what the data file has}."""
        self.replaced: set[int] = set()
        """Ids in the data file of those whose facts there replace what the data file has."""
        self.shares = 0
        """What `seals.Tally.contexts` is there."""


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
        self._known: dict[str, int] = {}
        """{name: id} of all contexts."""
        self._last = FIRST_NUMBER - 1
        """The largest id."""

    def begin(self) -> None:
        """Forget what another process may have changed."""
        self._runs.clear()
        self._prefixes = {label: prefix for prefix, label in self._connection.execute("SELECT id, label FROM prefix")}
        self._known = {label: context for context, label in self._connection.execute("SELECT id, label FROM contexts")}
        self._last = max(self._known.values(), default=FIRST_NUMBER - 1)

    def runs(self, rows: Iterable[tuple[int, str, int]]) -> dict[int, Run]:
        """{id there: the run here} of rows (id, name, replaces), which are added where they are new."""
        found = {}
        for there, name, replaces in rows:
            self._connection.execute("INSERT OR IGNORE INTO run (name, replaces) VALUES (?, ?)", (name, replaces))
            row = self._connection.execute("SELECT id FROM run WHERE name = ?", (name,)).fetchone()
            found[there] = self._run(row[0])
        return found

    def prefixes(self, rows: Iterable[tuple[int, str]]) -> dict[int, Prefix]:
        """{id there: the prefix here} of rows (id, label), which are added where they are new."""
        found = {}
        for there, label in rows:
            number = self._prefixes.get(label)
            if number is None:
                number = self._connection.execute("INSERT INTO prefix (label) VALUES (?)", (label,)).lastrowid or 0
                self._prefixes[label] = number
            found[there] = Prefix(number, label)
        return found

    def merge(
        self,
        rows: Iterable[ContextRow],
        runs: Mapping[int, Run],
        prefixes: Mapping[int, Prefix],
        *,
        anew: bool,
    ) -> Mapped:
        """Give each context there a row here; if `anew`, all that the data file has of known ones is replaced.

        Raises KeyError where a row is of no run or has no prefix, and TypeError, ValueError or OverflowError where a
        value is none of ours.
        """
        mapped = Mapped()
        left, known = iter(rows), self._known
        while some := list(islice(left, _AT_ONCE)):
            new = []
            for row in some:
                there, digest, prefix_there, label, run_there, time, word, duration, ended = row
                run, prefix = runs[run_there], prefixes[prefix_there]
                name = prefix.label + label
                mapped.shares ^= seals.context_share(
                    digest, name, run.name, _written(time), word, duration, _written(ended)
                )
                if name in known:
                    self._join(mapped, known[name], row, run, is_nameless=not name, anew=anew)
                    continue
                known[name] = mapped.ids[there] = self._last = number_after(self._last)
                told = _told(time, word, duration, ended)
                new.append((self._last, prefix.id, label, run.id, time, *told))
            self._connection.executemany(_INSERT, new)
        return mapped

    def _join(self, mapped: Mapped, number: int, row: ContextRow, run: Run, *, is_nameless: bool, anew: bool) -> None:
        """Decide what a known context's facts there are worth. What ran outside of tests is never replaced."""
        there, _, _, _, _, time, word, duration, ended = row
        here = _Known(*self._connection.execute(_FIND, (number,)).fetchone())
        ours = self._run(here.run)
        is_later = anew or (time, run.name) > (here.time, ours.name)
        mapped.ids[there] = here.id
        if anew or (not is_nameless and run.id != here.run):
            if is_later and (anew or run.replaces):
                mapped.replaced.add(here.id)
            elif not is_later and ours.replaces:
                mapped.ids[there] = 0
        now = (run.id, time) if is_later else (here.run, here.time)
        outcome: tuple[float, int, int | None] | None = None
        if here.outcome is not None and not anew:
            outcome = here.time if here.ended is None else here.ended, here.outcome, here.duration
        if word is not None and (outcome is None or (ended, word) > (outcome[0], OUTCOMES[outcome[1]])):
            outcome = ended or 0.0, _NUMBERS[word], _microseconds(duration)
        told = (None, None, None) if outcome is None else (*outcome[1:], None if outcome[0] == now[1] else outcome[0])
        if (*now, *told) != here[1:]:
            self._connection.execute(_UPDATE, (*now, *told, here.id))

    def _run(self, number: int) -> Run:
        run = self._runs.get(number)
        if run is None:
            row = self._connection.execute("SELECT id, name, replaces FROM run WHERE id = ?", (number,)).fetchone()
            run = self._runs[number] = Run(row[0], row[1], bool(row[2]))
        return run


def _told(
    time: float, word: str | None, duration: float | None, ended: float | None
) -> tuple[int | None, int | None, float | None]:
    """How a test ended, as `context` has it."""
    if word is None:
        return None, None, None
    return _NUMBERS[word], _microseconds(duration), None if ended == time else ended


def _microseconds(duration: float | None) -> int:
    return round((duration or 0.0) * 1e6)
