"""Reading the rows of a partial file's chunks. Everything may be damaged: ValueError tells that it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Any, TypeVar

from minicov_tracer import chunks

Row = TypeVar("Row")
Told = tuple[int, str, int, float, int | None, int | None, float | None]
"""Of a context: its number there, name, the run's number there, time, outcome, microseconds, when it ended."""


class Reader:
    """Takes a chunk apart from its beginning. Raises TypeError where it is none, ValueError where it is cut off."""

    def __init__(self, rows: bytes) -> None:
        if not isinstance(rows, bytes):
            raise TypeError("a chunk that is no bytes")
        self._rows = rows
        self._place = 0

    def is_left(self) -> bool:
        """Whether there is another row."""
        return self._place < len(self._rows)

    def head(self, form: Struct) -> tuple[Any, ...]:
        """The numbers with which a row begins."""
        return form.unpack(self.bytes(form.size))

    def bytes(self, size: int) -> bytes:
        """What follows."""
        start, self._place = self._place, self._place + size
        if self._place > len(self._rows):
            raise ValueError("a chunk of which something is cut off")
        return self._rows[start : self._place]


def item(rows: Sequence[Row], number: int) -> Row:
    """The row with a number from 1. Raises ValueError where there is none."""
    if not 0 < number <= len(rows):
        raise ValueError(f"row {number}, which is not there")
    return rows[number - 1]


def files(rows: bytes) -> list[tuple[str, bytes]]:
    """(path, digest) of a chunk of files."""
    reader, found = Reader(rows), []
    while reader.is_left():
        path, digest = reader.head(chunks.FILE_HEAD)
        found.append((reader.bytes(path).decode(), reader.bytes(digest)))
    return found


def contexts(rows: bytes) -> list[str]:
    """The names of a chunk of contexts."""
    reader, found = Reader(rows), []
    while reader.is_left():
        (size,) = reader.head(chunks.CONTEXT_HEAD)
        found.append(reader.bytes(size).decode())
    return found


def notes(rows: bytes) -> list[tuple[int, int, float, float]]:
    """(context's number, outcome, when, duration) of a chunk of notes."""
    reader, found = Reader(rows), []
    while reader.is_left():
        context, outcome, count, time, duration = reader.head(chunks.NOTE_HEAD)
        reader.bytes(4 * count)
        found.append((context, outcome, time, duration))
    return found


def told(names: Iterable[bytes], notes_: Iterable[bytes], run: int) -> list[Told]:
    """What chunks of contexts and of notes tell of each context: the last time, and the outcome that is the last."""
    every = [name for rows in names for name in contexts(rows)]
    times: dict[int, float] = {}
    ended: dict[int, tuple[float, str, float, int]] = {}
    for number, outcome, time, duration in (row for rows in notes_ for row in notes(rows)):
        times[number] = max(times.get(number, time), time)
        if outcome != chunks.NO_OUTCOME:
            if outcome >= len(chunks.OUTCOMES):
                raise ValueError("an outcome that is none")
            now = time, chunks.OUTCOMES[outcome], duration, outcome
            ended[number] = max(ended.get(number, now), now)
    return [_told(number, name, run, times.get(number), ended.get(number)) for number, name in enumerate(every, 1)]


def _told(number: int, name: str, run: int, time: float | None, ended: tuple[float, str, float, int] | None) -> Told:
    if time is None:
        raise ValueError("a context of no time")
    if ended is None:
        return number, name, run, time, None, None, None
    return number, name, run, time, ended[3], round(ended[2] * 1e6), ended[0]
