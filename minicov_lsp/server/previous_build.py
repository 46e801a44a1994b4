"""What regressed: lines of a document that the latest build of its repository covered, and that are missed now.

Asked from worker threads. The history changes rarely, so one look at the file tells whether what is known still holds.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path

from minicov_lsp.documents.picture import Picture
from minicov_lsp.errors import DataError
from minicov_lsp.git import Place, find_repository
from minicov_lsp.history.archive import archive_of
from minicov_lsp.history.build import Build, FileCoverage
from minicov_lsp.history.comparison import regressed_lines
from minicov_lsp.model import Line

log = logging.getLogger(__name__)

_KEPT_FILES = 32

_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Regressions:
    """What regressed in one text."""

    lines: tuple[Line, ...] = ()
    """Ascending; first lines of statements."""
    build: Build | None = None
    """In which these were covered; None where nothing regressed."""


NO_REGRESSIONS = Regressions()


@dataclass(slots=True)
class _Known:
    """What was read of one state of the history."""

    stamp: _Stamp
    build: Build | None = None
    files: dict[str, FileCoverage | None] = field(default_factory=dict)


class PreviousBuild:
    """The latest build of the repository that a folder is in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._repository: Place | None = None
        self._known: _Known | None = None
        self._lock = threading.Lock()

    def regressions(self, file: Path, lines: tuple[str, ...], picture: Picture) -> Regressions:
        """What of a picture, which is of exactly these lines, was covered in the build."""
        missed = {line for run in picture.runs if run.mark == "missed" for line in range(run.first, run.last + 1)}
        if not missed:
            return NO_REGRESSIONS
        try:
            with self._lock:
                build, before = self._look(file)
        except DataError as error:
            log.info("%s", error)
            return NO_REGRESSIONS
        found = regressed_lines(before, lines, missed) if before is not None else ()
        return Regressions(found, build) if found else NO_REGRESSIONS

    def _look(self, file: Path) -> tuple[Build | None, FileCoverage | None]:
        """The latest build, and what it says of a file. Raises DataError."""
        if self._repository is None:  # there may be one later
            self._repository = find_repository(self._folder)
        if self._repository is None or not file.is_relative_to(self._repository.top):
            return None, None
        archive = archive_of(self._repository)
        stamp = _stamp(archive.path)
        if stamp is None:
            return None, None
        if self._known is None or self._known.stamp != stamp:
            self._known = _Known(stamp, next(reversed(archive.builds()), None))
        known = self._known
        if known.build is None:
            return None, None
        path = file.relative_to(self._repository.top).as_posix()
        if path not in known.files:
            if len(known.files) >= _KEPT_FILES:
                known.files.pop(next(iter(known.files)))
            known.files[path] = archive.file(known.build, path)
        return known.build, known.files[path]


def _stamp(path: Path) -> _Stamp | None:
    """What changes when a file is written or replaced; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
