"""`minicov builds`, `build`, `files`, `changed`, `dirs`: the figures of builds, and how they changed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from minicov_lsp.commands.columns import Cell, write_columns
from minicov_lsp.commands.command import UsageError
from minicov_lsp.commands.history import FIGURES, asked, figures_cells, open_history, selected_figures, total
from minicov_lsp.errors import DataError
from minicov_lsp.history.build import Figures

_MOST_BUILDS = 10


class Builds:
    """Lists builds, the latest first."""

    name = "builds"
    help = "list the latest builds, or all"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add how many."""
        parser.add_argument("most", nargs="?", default=str(_MOST_BUILDS), metavar="N|all", help="how many (10)")

    def run(self, options: argparse.Namespace) -> int:
        """Write the table."""
        if options.most != "all" and not (options.most.isdecimal() and int(options.most)):
            raise UsageError(f"{options.most}: how many builds? a number from 1 on, or all")
        history = open_history(Path.cwd())
        if not history.builds:
            raise DataError("no build was recorded yet; `minicov new` records one")
        shown = history.builds if options.most == "all" else history.builds[-int(options.most) - 1 :]
        rows = []
        previous: Figures | None = None
        for build in shown:
            figures = total(history.archive.figures(build))
            words = (f"@{build.number}", build.branch, build.commit[:10], f"{build.recorded:%Y-%m-%d %H:%M}")
            rows.append([*map(Cell, words), *figures_cells(figures, previous)])
            previous = figures
        if options.most != "all":
            rows = rows[-int(options.most) :]
        write_columns(("Build", "Branch", "Commit", "Recorded (UTC)", *FIGURES), rows[::-1], words=4)
        return 0


class BuildCommand:
    """Tells of one build."""

    name = "build"
    help = "tell of one build: its commit, its figures, and how they changed"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add which build."""
        parser.add_argument("words", nargs="*", metavar="@BUILD", help="the build (the latest)")

    def run(self, options: argparse.Namespace) -> int:
        """Write its description, a line for each thing."""
        history = open_history(Path.cwd())
        wanted = asked(history, options.words)
        if wanted.path or len(options.words) > 1:
            raise UsageError("one build can be named: @N, @@, @-N or @BRANCH")
        old, new = selected_figures(history, wanted)
        cells = figures_cells(total(new), total(old) if wanted.old is not None else None)
        build = wanted.new
        facts = {
            "Build": f"@{build.number}",
            "Branch": build.branch,
            "Commit": build.commit,
            "Recorded": f"{build.recorded:%Y-%m-%d %H:%M:%S} UTC",
            "Files": str(len(new)),
            **{title: cell.text or "unchanged" for title, cell in zip(_TITLES, cells, strict=True)},
        }
        width = max(map(len, facts))
        sys.stdout.writelines(f"{title.ljust(width)}  {text}\n" for title, text in facts.items())
        return 0


_TITLES = ("Coverage", "Covered lines", "Coverage changed", "Covered changed", "Missed changed", "Relevant changed")


class FiguresOfFiles:
    """A table with a line for each file, or for each folder."""

    takes_program = False

    def __init__(self, name: str, help_text: str, *, only_changed: bool = False, by_folder: bool = False) -> None:
        self.name = name
        self.help = help_text
        self._only_changed = only_changed
        self._by_folder = by_folder

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add which builds and files."""
        parser.add_argument(
            "words",
            nargs="*",
            metavar="[@BUILD [@BUILD]] [PATH]",
            help="a build (the latest), or an older and a newer one; a file or folder",
        )

    def run(self, options: argparse.Namespace) -> int:
        """Write the table."""
        history = open_history(Path.cwd())
        old, new = selected_figures(history, asked(history, options.words))
        if self._by_folder:
            old, new = by_folder(old), by_folder(new)
        rows = [
            [Cell(path), *figures_cells(new.get(path, Figures()), old.get(path))]
            for path in sorted(old.keys() | new.keys())
            if (path in new or self._only_changed)
            and not (self._only_changed and old.get(path, Figures()).rate == new.get(path, Figures()).rate)
        ]
        if rows:
            write_columns(("Folder" if self._by_folder else "File", *FIGURES), rows)
        return 0


def by_folder(figures: Mapping[str, Figures]) -> dict[str, Figures]:
    """{folder that has files of its own: the figures of these}; the top folder is "."."""
    folders: dict[str, Figures] = {}
    for path, each in figures.items():
        folder = PurePosixPath(path).parent.as_posix()
        folders[folder] = folders.get(folder, Figures()) + each
    return folders


FILES = FiguresOfFiles("files", "list the files of a build with their figures")
CHANGED = FiguresOfFiles("changed", "list the files whose coverage rate changed between builds", only_changed=True)
DIRS = FiguresOfFiles("dirs", "list the folders of a build with their figures", by_folder=True)
