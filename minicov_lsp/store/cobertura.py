"""Reading Cobertura reports, as coverage.py and many other tools write them.

    <source>/project</source>                    folders that file names may be relative to
    <class filename="shop/basket.py">
      <line number="12" hits="1" branch="true" condition-coverage="50% (1/2)" missing-branches="14,exit"/>

A report may come from anyone. It is read as a stream and keeps no tree; it may declare no entity, and nothing outside
of it is ever opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.parsers import expat

from minicov_lsp.errors import DataError
from minicov_lsp.store.foreign import ForeignFile, Ways, hit_count, line_number, merged

_MOST_BYTES = 512 * 1024 * 1024
_MOST_FOLDERS = 1000
_COUNTS = re.compile(r"\((\d{1,6})/(\d{1,6})\)")


def is_cobertura(start: bytes) -> bool:
    """Whether a file that begins so may be a report."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"<") and (b"<coverage" in text or text.startswith(b"<?xml"))


def read_cobertura(path: Path, exists: Callable[[str], bool]) -> list[ForeignFile]:
    """The files of a report; `exists` tells in which of its folders a file is. Raises DataError and OSError."""
    if path.stat().st_size > _MOST_BYTES:
        raise DataError(f"{path}: is too large for a report ({path.stat().st_size >> 20} MB)")
    return merged(_Reader(path, exists).read())


class _Reader:
    """Reads one report."""

    def __init__(self, path: Path, exists: Callable[[str], bool]) -> None:
        self._path = path
        self._exists = exists
        self._folders: list[str] = []
        self._text: list[str] | None = None
        self._files: list[ForeignFile] = []
        self._is_report = False
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse

    def read(self) -> list[ForeignFile]:
        """The files, a class each."""
        with self._path.open("rb") as file:
            try:
                self._parser.ParseFile(file)
            except expat.ExpatError as error:
                raise DataError(f"{self._where}: is no whole XML ({error}); make the report again") from error
        return self._files

    @property
    def _where(self) -> str:
        return f"{self._path}:{self._parser.CurrentLineNumber}"

    def _refuse(self, *_: object) -> int:
        raise DataError(f"{self._where}: declares or uses entities, which no report needs; it was not read")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self._is_report:
            if name != "coverage":
                raise DataError(f"{self._where}: <{name[:40]}> is no Cobertura report; it was not read")
            self._is_report = True
        elif name == "source":
            self._text = []
        elif name == "class":
            self._files.append(ForeignFile(self._place(attributes.get("filename", ""))))
        elif name == "line" and self._files:
            self._line(attributes)

    def _end(self, name: str) -> None:
        if name == "source" and self._text is not None:
            if len(self._folders) < _MOST_FOLDERS:
                self._folders.append("".join(self._text).strip())
            self._text = None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _place(self, name: str) -> str:
        """A file's path: in the folder where it is; where it is in none, in the first."""
        if not name:
            raise DataError(f"{self._where}: a class without a filename; make the report again")
        places = [f"{folder.rstrip('/')}/{name}" for folder in self._folders if folder] or [name]
        return next(filter(self._exists, places), places[0])

    def _line(self, attributes: Mapping[str, str]) -> None:
        file = self._files[-1]
        number = line_number(attributes.get("number", ""), self._where)
        file.could_run.add(number)
        if hit_count(attributes.get("hits", ""), self._where):
            file.ran.setdefault("", set()).add(number)
        if attributes.get("branch", "").lower() != "true":
            return
        counts = _COUNTS.search(attributes.get("condition-coverage", ""))
        if counts is not None:
            missing = attributes.get("missing-branches")
            told = tuple(missing.split(",")) if missing else None
            file.ways.setdefault("", {})[number] = Ways((), told, (int(counts[1]), int(counts[2])))
