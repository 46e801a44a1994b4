"""What the commands about builds share: the repository's history, and which builds and files are meant."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from minicov_lsp.commands.columns import Cell
from minicov_lsp.commands.command import UsageError
from minicov_lsp.errors import DataError, SourceError
from minicov_lsp.git import Place, Repository, find_repository
from minicov_lsp.history.archive import Archive, archive_of
from minicov_lsp.history.build import Build, Figures
from minicov_lsp.history.references import LATEST, before, build_named, is_reference
from minicov_lsp.reporters.reporter import grade


@dataclass(frozen=True, slots=True)
class History:
    """The builds of the repository that the current folder is in."""

    top: Path
    """The repository's top folder."""
    archive: Archive
    builds: tuple[Build, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the words after a command mean."""

    old: Build | None
    """The build to compare with; None for the first build."""
    new: Build
    path: str
    """A file or folder, from the top folder; "" is all of them."""

    def selected(self, paths: Iterable[str]) -> list[str]:
        """Those of some paths that are asked about."""
        return [path for path in paths if not self.path or path == self.path or path.startswith(f"{self.path}/")]


def open_history(folder: Path) -> History:
    """The history of the repository that a folder is in. Raises SourceError where it is in none, and DataError."""
    Repository(folder).commit()
    place = repository_of(folder)
    archive = archive_of(place)
    return History(place.top, archive, archive.builds())


def repository_of(folder: Path) -> Place:
    """The repository that a folder is in. Raises SourceError."""
    place = find_repository(folder)
    if place is None:
        raise SourceError(f"{folder}: no .git is in this folder or above it, and the history is kept there")
    return place


def asked(history: History, words: Sequence[str], *, first_is_old: bool = False) -> Asked:
    """What `[BUILD] [BUILD] [PATH]` means; one build alone is compared with the one before it.

    With `first_is_old` it is the one that the latest is compared with. A file whose name begins with `@` needs a build
    before it. Raises UsageError, and DataError where there is no such build, or nothing of that name in it.
    """
    rest = list(words)
    given: list[Build] = []
    while rest and len(given) < 2 and is_reference(rest[0]):
        given.append(build_named(rest.pop(0), history.builds))
    if len(rest) > 1:
        raise UsageError(f"{' '.join(rest)}: one file or folder can be named; builds come before it and begin with @")
    path = inside(history.top, rest[0]) if rest else ""
    if len(given) == 2:
        return Asked(given[0], given[1], path)
    latest = build_named(LATEST, history.builds)
    if given and first_is_old:
        return Asked(given[0], latest, path)
    new = given[0] if given else latest
    return Asked(before(new, history.builds), new, path)


def inside(top: Path, name: str) -> str:
    """A file's or folder's name from the top folder; what begins with `/` and lies elsewhere is meant from there.

    Raises UsageError for a name that leads out of the repository.
    """
    path = Path(os.path.normpath(Path.cwd().resolve() / name))
    if path.is_relative_to(top):
        return "" if path == top else path.relative_to(top).as_posix()
    if name.startswith("/"):
        return name.strip("/")
    raise UsageError(f"{name}: lies outside of the repository {top}")


def selected_figures(history: History, wanted: Asked) -> tuple[dict[str, Figures], dict[str, Figures]]:
    """Figures of the files that are asked about, of both builds. Raises DataError where neither has one."""
    new = history.archive.figures(wanted.new)
    old = history.archive.figures(wanted.old) if wanted.old is not None else {}
    chosen = [{path: figures[path] for path in wanted.selected(figures)} for figures in (old, new)]
    if wanted.path and not any(chosen):
        raise DataError(f"{wanted.path}: build @{wanted.new.number} has no such file or folder")
    return chosen[0], chosen[1]


def total(figures: Mapping[str, Figures]) -> Figures:
    """All files together."""
    return sum(figures.values(), Figures())


FIGURES = ("Cov", "C/R lines", "Cov change", "C", "M", "R")
"""Headings: rate, covered of relevant lines, and by how much the rate and the covered, missed and relevant lines went
up or down."""


def figures_cells(new: Figures, old: Figures | None) -> list[Cell]:
    """The cells under FIGURES; `old` is None where there was nothing to compare with."""
    earlier = old if old is not None else Figures()
    rate_change = new.rate - earlier.rate if old is not None else 0
    rate_style = {"good": "green", "fair": "yellow", "poor": "red"}[grade(new.rate)]
    return [
        Cell(f"{new.rate:.2f}%", rate_style),
        Cell(f"{new.covered}/{new.relevant}"),
        _changed(rate_change, f"{rate_change:+.2f}%", good=1),
        _changed(new.covered - earlier.covered, f"{new.covered - earlier.covered:+d}", good=1),
        _changed(new.missed - earlier.missed, f"{new.missed - earlier.missed:+d}", good=-1),
        _changed(new.relevant - earlier.relevant, f"{new.relevant - earlier.relevant:+d}", good=0),
    ]


def _changed(difference: float, text: str, *, good: int) -> Cell:
    if not difference:
        return Cell("")
    return Cell(text, "" if not good else "green" if difference * good > 0 else "red")


def described(build: Build) -> str:
    """A build in a few words."""
    return f"build @{build.number} ({build.branch}, {build.commit[:10]}, {build.recorded:%Y-%m-%d %H:%M} UTC)"
