"""What every reporter is, and how a report becomes a file."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TextIO

from minicov_lsp.config import Config
from minicov_lsp.folders import make_folder
from minicov_lsp.model import MeasuredFile
from minicov_lsp.project import Make

STANDARD_OUTPUT = "-"
ELSEWHERE = "name another place with -o"
"""What to do where a report can't be written."""
_GOOD, _FAIR = 90.0, 75.0
"""From how many percent on a total is good, and fair; coverage badges mostly use these."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a reporter puts into words."""

    files: Iterable[MeasuredFile]
    """In the order of their absolute paths; to be gone through once."""
    has_branches: bool
    """Whether branches were measured."""
    config: Config
    """With what the command line said."""
    root: Path
    """The project's folder; absolute."""
    has_conditions: bool = True
    """Whether conditions were measured."""
    kept: Callable[[str, Make], Iterable[tuple[str, bytes]]] | None = None
    """`Project.each`: makes what is in `files`, or takes it from the cache; None where nothing is kept."""

    def each(self, purpose: str, make: Make) -> Iterable[tuple[str, bytes]]:
        """(path, what `make` makes of it) for each of `files`; only one of both is gone through.

        What is made can be kept and is then not made again: `purpose` names it with all that it depends on beside the
        file, its facts, and how they are measured.
        """
        if self.kept is not None:
            return self.kept(purpose, make)
        return ((file.path, make(file)) for file in self.files)


class Reporter(Protocol):
    """One format; third parties register theirs under the entry point `minicov.reporters`."""

    name: str
    """What `--format` calls it: "json"."""
    title: str
    """What it makes, for messages: "JSON report"."""

    def target(self, config: Config) -> str:
        """Where the report goes if nobody says: a file, a folder or "-", from the project's folder."""

    def write(self, report: Report, target: str) -> float:
        """Write the report and give the total in percent, to hold against `fail_under`.

        Raises OSError, and whatever going through `report.files` raises; then no half report is left.
        """


@contextlib.contextmanager
def written(target: str) -> Iterator[TextIO]:
    """A text stream that becomes the file `target` when all went well ("-": standard output); folders are made."""
    if target == STANDARD_OUTPUT:
        yield sys.stdout
        return
    path = Path(target)
    make_folder(path.parent, ELSEWHERE)
    if path.exists() and not path.is_file():  # a pipe or /dev/stdout can't be replaced
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        unfinished.replace(path.resolve() if path.is_symlink() else path)
    finally:
        unfinished.unlink(missing_ok=True)


def printable(name: str) -> str:
    """A name without what would steer a terminal or end a record."""
    return "".join(character if character.isprintable() else "?" for character in name)


def natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """A key by which numbers in names count as numbers; a name in which one stands first comes before others."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], name


def grade(percentage: float) -> Literal["good", "fair", "poor"]:
    """How good a percentage is, for its colour."""
    return "good" if percentage >= _GOOD else "fair" if percentage >= _FAIR else "poor"
