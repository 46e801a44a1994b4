"""Reading a flight recorder's files: of a process that died, or of one that still runs.

The format is `minicov_tracer.recorder`'s. No lock is taken and nothing is
written; a log that is being written gives what was complete at that moment.
"""

from __future__ import annotations

import json
import mmap
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from minicov_lsp.errors import DataError
from minicov_lsp.model import Arc
from minicov_lsp.store.json_probes import converted
from minicov_tracer.recorder import CONTEXT, COUNT_AT, ENTRIES_AT, HEADER, MAGIC

_HEADER = struct.Struct(HEADER)
_LONGEST_LINE = 256 * 1024 * 1024
"""Bytes; a line holds a source text at most."""


@dataclass(frozen=True, slots=True)
class LoggedCode:
    """A code object, as the recorder met it."""

    base: int
    """The log's number of its probe 0."""
    bits: int
    """How many probes it has; numbers after them are exceptions."""
    path: str
    """Absolute."""
    name: str
    first_line: int
    probes: str
    """The text of its probe table."""


@dataclass(frozen=True, slots=True)
class LoggedHit:
    """One entry: a probe that was hit, or an arc that was seen as such or that an exception made."""

    context: str
    code: LoggedCode
    probe: int | None
    arc: Arc | None


@dataclass
class _Known:
    """What the probes file has said so far."""

    root: str = ""
    run: str = ""
    replaces: bool = False
    python: str = ""
    texts: dict[str, str | None] = field(default_factory=dict)
    bases: list[int] = field(default_factory=list)
    codes: list[LoggedCode] = field(default_factory=list)
    arcs: dict[int, Arc] = field(default_factory=dict)
    bases_of_arcs: dict[int, int] = field(default_factory=dict)
    """{number of an arc that was seen as such: its code object's base}."""
    labels: dict[int, str] = field(default_factory=dict)
    outcomes: dict[str, tuple[str, float]] = field(default_factory=dict)


def _mapped(file: int) -> mmap.mmap:
    """A read-only map of a file. Raises DataError where it is empty."""
    try:
        return mmap.mmap(file, 0, access=mmap.ACCESS_READ)
    except ValueError as error:
        raise DataError("a hit log is empty") from error


class HitLog:
    """A pair of files `base`.hits and `base`.probes; `base` names no file itself.

    Raises DataError from every call where the files are damaged, OSError where they can't be read.
    """

    def __init__(self, base: Path, *, keeps_open: bool = False) -> None:
        """Read the files of `base`; those that are kept open, until `close`, can be read when they are deleted."""
        self._kept: dict[Path, BinaryIO] | None = {} if keeps_open else None
        self.hits_file = Path(f"{base}.hits")
        self.probes_file = Path(f"{base}.probes")
        self.known = _Known()
        self._probes_read = 0
        self._entries_read = 0
        self._context = ""

    def poll(self) -> Iterator[LoggedHit]:
        """The hits since the last call. After a checkpoint of the process the log starts over, and so does this."""
        entries = self._new_entries()
        # After the entries: what they mean was written before them.
        self._read_probes()
        known = self.known
        for entry in entries:
            if entry & CONTEXT:
                self._context = known.labels.get(entry & ~CONTEXT, "")
                continue
            index = bisect_right(known.bases, known.bases_of_arcs.get(entry, entry)) - 1
            if index < 0:
                continue
            code = known.codes[index]
            if entry in known.arcs:
                yield LoggedHit(self._context, code, None, known.arcs[entry])
            elif entry < code.base + code.bits:
                yield LoggedHit(self._context, code, entry - code.base, None)

    def close(self) -> None:
        """Let go of the files that were kept open."""
        for file in (self._kept or {}).values():
            file.close()
        self._kept = None

    @contextmanager
    def _open(self, path: Path) -> Iterator[BinaryIO]:
        kept = self._kept
        if kept is None:
            with path.open("rb") as file:
                yield file
        else:
            if path not in kept:
                kept[path] = path.open("rb")
            yield kept[path]

    def process(self) -> tuple[int, int]:
        """(process id, start of the process in clock ticks since boot or 0)."""
        with self.hits_file.open("rb") as file:
            _, pid, _, start, _ = self._header(file.read(_HEADER.size))
        return pid, start

    def is_unborn(self) -> bool:
        """Whether the process died while it made its files, or makes them now: nothing was logged yet."""
        try:
            with self.probes_file.open("rb") as probes, self.hits_file.open("rb") as hits:
                count = hits.read(ENTRIES_AT)[COUNT_AT : COUNT_AT + 8]
                return not probes.readline(_LONGEST_LINE).endswith(b"\n") and not (count + hits.read()).strip(b"\0")
        except OSError:
            return False

    def run_id(self) -> str:
        """The run that the process is part of."""
        with self.probes_file.open("rb") as file:
            try:
                return str(json.loads(file.readline(_LONGEST_LINE))["run"])
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(f"{self.probes_file}: damaged ({error})") from error

    def _header(self, data: bytes) -> tuple[bytes, int, int, int, int]:
        if len(data) < _HEADER.size or not data.startswith(MAGIC):
            raise DataError(f"{self.hits_file}: not a hit log of minicov")
        magic, pid, capacity, start, count = _HEADER.unpack(data[: _HEADER.size])
        return magic, pid, capacity, start, count

    def _new_entries(self) -> array[int]:
        entries = array("I")
        # A map, not a read: only a map sees the other process's stores as they happen on every file system.
        with self._open(self.hits_file) as file, _mapped(file.fileno()) as mapped:
            count = self._header(mapped[: _HEADER.size])[4]
            if count > (len(mapped) - ENTRIES_AT) // entries.itemsize:
                raise DataError(f"{self.hits_file}: says that it has more entries than it has room for")
            if count < self._entries_read:
                self._entries_read = 0
            start = ENTRIES_AT + entries.itemsize * self._entries_read
            entries.frombytes(mapped[start : ENTRIES_AT + entries.itemsize * count])
            self._entries_read = count
        return entries

    def _read_probes(self) -> None:
        with self._open(self.probes_file) as file:
            file.seek(self._probes_read)
            for line in iter(lambda: file.readline(_LONGEST_LINE), b""):
                if not line.endswith(b"\n"):
                    break  # still being written
                self._probes_read += len(line)
                try:
                    self._learn(json.loads(line))
                except (ValueError, LookupError, TypeError, RecursionError) as error:
                    raise DataError(f"{self.probes_file}: damaged ({error})") from error

    def _learn(self, said: dict[str, Any]) -> None:
        known = self.known
        if "code" in said:
            probes = said["probes"]
            if not isinstance(probes, str):  # as before version 4 of the data file
                probes = converted(probes, said["line"])
            code = LoggedCode(said["code"], said["bits"], said["path"], said["name"], said["line"], probes)
            index = bisect_right(known.bases, code.base)
            known.bases.insert(index, code.base)
            known.codes.insert(index, code)
        elif "raise" in said:
            start, end = said["arc"]
            known.arcs[said["raise"]] = (int(start), int(end))
        elif "number" in said:
            start, end = said["arc"]
            known.arcs[said["number"]] = (int(start), int(end))
            known.bases_of_arcs[said["number"]] = int(said["of"])
        elif "context" in said:
            known.labels[said["context"]] = str(said["label"])
        elif "outcome" in said:
            label = known.labels.get(said["outcome"], "")
            known.outcomes[label] = (str(said["word"]), float(said["duration"]))
        elif "path" in said:
            known.texts[said["path"]] = said["text"]
        elif "minicov" in said:
            known.root, known.run, known.python = str(said["root"]), str(said["run"]), str(said["python"])
            known.replaces = bool(said["replaces"])
