"""Reading LCOV tracefiles, as geninfo, coverage.py and minicov write them.

    # comment                        as lcov 2 writes on request, also before all others
    TN:test name                     the context of what follows; often empty
    SF:src/shop/basket.py            begins a file
    DA:12,3                          line 12 ran 3 times
    BRDA:12,0,jump to line 14,1      of the ways on from line 12, this one was taken; - is: the line never ran
    end_of_record

Functions, decisions and sums are passed over: lines and ways tell them all. The format is the geninfo manual page's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from minicov_lsp.errors import DataError
from minicov_lsp.store.foreign import ForeignFile, Ways, hit_count, line_number, merged

_LONGEST_LINE = 1024 * 1024
"""Bytes."""
_RECORDS = (b"TN:", b"SF:")
"""What a tracefile can begin with."""


def is_lcov(start: bytes) -> bool:
    """Whether a file that begins so is a tracefile, perhaps after lines of comment."""
    lines = (line.lstrip() for line in start.splitlines())
    return next((line for line in lines if line and not line.startswith(b"#")), b"").startswith(_RECORDS)


def read_lcov(path: Path) -> list[ForeignFile]:
    """The files of a tracefile. Raises DataError and OSError."""
    return merged(_Reader(path).files())


class _Reader:
    """Reads one tracefile, a line at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = 0
        self._context = ""
        self._file: ForeignFile | None = None
        self._taken: dict[int, list[bool]] = {}

    def files(self) -> Iterator[ForeignFile]:
        """Each record of the file."""
        with self._path.open("rb") as file:
            for line in iter(lambda: file.readline(_LONGEST_LINE + 1), b""):
                self._number += 1
                if len(line) > _LONGEST_LINE:
                    raise DataError(f"{self._where}: the line is too long for a tracefile")
                name, _, value = line.decode("utf-8", "replace").strip().partition(":")
                if name == "end_of_record":
                    yield self._end()
                else:
                    self._take(name, value)
        if self._file is not None:
            raise DataError(f"{self._where}: the file ends within a record; make the report again")

    @property
    def _where(self) -> str:
        return f"{self._path}:{self._number}"

    def _take(self, name: str, value: str) -> None:
        if name == "TN":
            self._context = value
        elif name == "SF":
            if self._file is not None:
                raise DataError(f"{self._where}: SF: within a record; make the report again")
            self._file, self._taken = ForeignFile(value), {}
        elif name == "DA":
            self._line(*self._fields(value, 2)[:2])
        elif name == "BRDA":
            self._branch(*self._fields(value, 4))

    def _fields(self, value: str, number: int) -> list[str]:
        # The name of a branch may have commas; nothing else has.
        fields = value.split(",")
        if len(fields) < number or self._file is None:
            raise DataError(f"{self._where}: {value[:40]!r} is not what a tracefile has there; make the report again")
        return fields if number < 4 else [fields[0], fields[1], ",".join(fields[2:-1]), fields[-1]]

    def _line(self, number: str, hits: str) -> None:
        if self._file is not None:
            line = line_number(number, self._where)
            self._file.could_run.add(line)
            if hit_count(hits, self._where):
                self._file.ran.setdefault(self._context, set()).add(line)

    def _branch(self, number: str, _block: str, _name: str, hits: str) -> None:
        taken = self._taken.setdefault(line_number(number, self._where), [])
        taken.append(hit_count(hits, self._where))

    def _end(self) -> ForeignFile:
        if self._file is None:
            raise DataError(f"{self._where}: end_of_record without SF: before it; make the report again")
        file, self._file = self._file, None
        file.ways[self._context] = {
            line: Ways(tuple(taken), None, (sum(taken), len(taken))) for line, taken in self._taken.items()
        }
        return file
