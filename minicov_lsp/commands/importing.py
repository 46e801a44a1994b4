"""`minicov import`: what other tools recorded is added to the data file."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG

from minicov_lsp.commands.command import FAILED, note, project_for, warn
from minicov_lsp.commands.merging import interruptible, tell_of_lost_files
from minicov_lsp.commands.progress import progress_bar
from minicov_lsp.errors import DataError, MinicovError, SourceError
from minicov_lsp.metrics.foreign_ways import ran_with_arcs
from minicov_lsp.model import SourceModel
from minicov_lsp.project import Project
from minicov_lsp.store.cobertura import is_cobertura, read_cobertura
from minicov_lsp.store.connection import header
from minicov_lsp.store.coverage_py import CoveragePyData, text_that_ran
from minicov_lsp.store.coverage_py_files import is_coverage_py
from minicov_lsp.store.foreign import ForeignFile, ImportedFile
from minicov_lsp.store.importing import files_of, import_files
from minicov_lsp.store.lcov import is_lcov, read_lcov
from minicov_tracer import schema, sources

_START = 4096
"""Bytes by which a format is known."""


class Import:
    """Adds coverage.py's data files, LCOV tracefiles and Cobertura reports."""

    name = "import"
    help = "add what coverage.py recorded, or an LCOV or Cobertura report"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add which files."""
        parser.add_argument(
            "paths", nargs="+", metavar="FILE", help="data files of coverage.py, LCOV or Cobertura reports"
        )

    def run(self, options: argparse.Namespace) -> int:
        """Add each; status 1 where one could not be."""
        project = project_for(options)
        project.make_data_folder()
        status = 0
        for name in options.paths:
            try:
                self._import(options, project, Path(name))
            except (MinicovError, OSError) as error:
                warn(str(error))
                status = FAILED
        tell_of_lost_files(project)
        return status

    def _import(self, options: argparse.Namespace, project: Project, path: Path) -> None:
        reading = _Reading(project, path)
        with interruptible(), progress_bar(options, f"Importing {path.name}") as progress:
            files = _told(reading.files(), progress)
            rename = project.aliases.rename if project.aliases else str
            result = import_files(project.data_file, files, project.root, rename)
        for problem in result.problems:
            raise DataError(problem.message)
        note(options, f"imported {reading.title} of {_files(reading.number)} from {path}")
        if reading.unfit:
            warn(f"{path}: where {_lines(reading.unfit)} went on to can't be told from the text as it is now")
        if reading.unknown:
            warn(
                f"{path}: {_files(reading.unknown)} changed after it was written, or {_be(reading.unknown)} not here; "
                "what ran of them is counted for the text as it is"
            )


@dataclass
class _Reading:
    """One file that is being read, and what there was to say of it."""

    project: Project
    path: Path
    title: str = ""
    number: int = 0
    """How many files it tells of."""
    unknown: int = 0
    """Of how many of these the text that ran is unknown."""
    unfit: int = 0
    """Lines whose ways on don't fit the text."""
    _time: int = field(init=False, default=0)

    def files(self) -> Iterator[ImportedFile]:
        """All that it tells of. Raises DataError and OSError."""
        for found in self._read(self._beginning()):
            self.number += 1
            self.unknown += found.text is None
            yield found

    def _beginning(self) -> bytes:
        """What its format is known by. It is read several times, which a pipe can't be."""
        try:
            state = self.path.stat()
            if not S_ISREG(state.st_mode):
                raise DataError(f"{self.path}: is a folder, pipe or device; name a file, saved from it if need be")
            with self.path.open("rb") as file:
                start = file.read(_START)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise DataError(f"{self.path}: can't be read ({why}); name a file that can") from error
        self._time = state.st_mtime_ns
        return start

    def _read(self, start: bytes) -> Iterable[ImportedFile]:
        if is_coverage_py(self.path):
            self.title = "coverage.py's data"
            return self._coverage_py()
        if header(self.path) == schema.APPLICATION_ID:
            raise DataError(f"{self.path}: is a data file of minicov; `minicov combine --append {self.path}` adds it")
        if is_lcov(start):
            self.title = "the LCOV report"
            return map(self._with_text, read_lcov(self.path))
        if is_cobertura(start):
            self.title = "the Cobertura report"
            return map(self._with_text, read_cobertura(self.path, lambda name: self._place(name).exists()))
        raise DataError(
            f"{self.path}: is neither coverage.py's data nor an LCOV or Cobertura report; name one of these"
        )

    def _coverage_py(self) -> Iterator[ImportedFile]:
        with CoveragePyData(self.path, self.project.root, self._place) as data:
            yield from files_of(data)

    def _place(self, recorded: str) -> Path:
        """Where a file is here."""
        return self.project.root / self.project.aliases.rename(recorded)

    def _with_text(self, file: ForeignFile) -> ImportedFile:
        place = self._place(file.path)
        ran, unfit = ran_with_arcs(file, self._model(place, file.path))
        self.unfit += unfit
        return ImportedFile(file.path, text_that_ran(place, self._time), frozenset(file.could_run), ran)

    def _model(self, place: Path, name: str) -> SourceModel | None:
        text = sources.read(str(place))
        try:
            return None if text is None else self.project.models.model(text, self.project.rules, path=name)
        except SourceError:
            return None


def _told(files: Iterable[ImportedFile], progress: Callable[[int, int], None]) -> Iterator[ImportedFile]:
    for number, file in enumerate(files, 1):
        yield file
        progress(number, number + 1)


def _files(number: int) -> str:
    return f"{number} {'file' if number == 1 else 'files'}"


def _lines(number: int) -> str:
    return f"{number} {'line' if number == 1 else 'lines'}"


def _be(number: int) -> str:
    return "is" if number == 1 else "are"
