"""`minicov combine`: partial files become the data file."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from minicov_lsp.commands.command import FAILED, note, project_for, warn
from minicov_lsp.commands.merging import begin_with_what_is_read, files, merge, tell_of_lost_files
from minicov_lsp.errors import DataError
from minicov_lsp.project import Project
from minicov_lsp.store.connection import check_place, has_content
from minicov_lsp.store.partials import gather_partials
from minicov_tracer import sources


class Combine:
    """Merges what runs with `--parallel`, killed runs or other machines left."""

    name = "combine"
    help = "merge partial files into the data file"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add which files, and what becomes of them."""
        parser.add_argument(
            "paths", nargs="*", metavar="PATH", help="data files, or folders with some (default: beside the data file)"
        )
        parser.add_argument("-a", "--append", action="store_true", help="add to the data file instead of replacing it")
        parser.add_argument("--keep", action="store_true", help="leave the merged files where they are")
        parser.add_argument(
            "--prune", action="store_true", help="then forget what ran of files and functions that are not on disk now"
        )

    def run(self, options: argparse.Namespace) -> int:
        """Merge them; status 1 where one could not be."""
        project = project_for(options)
        check_place(project.data_file)
        damaged: list[str] = []
        wanted = tuple(
            dict.fromkeys(_wanted([Path(path) for path in options.paths], project.data_file, damaged.append))
        )
        for message in damaged:
            warn(message)
        if not wanted:
            note(options, f"nothing to combine: there are no partial files of {project.data_file}")
            return self._prune(options, project, FAILED if damaged else 0)
        if options.append:
            begin_with_what_is_read(project)
        result = merge(options, project, wanted, append=options.append, keep=options.keep)
        note(options, f"merged {files(result.merged)} into {project.data_file}")
        tell_of_lost_files(project)
        return self._prune(options, project, FAILED if result.problems or damaged else 0)

    def _prune(self, options: argparse.Namespace, project: Project, status: int) -> int:
        """Forget what nobody has any more, if that is asked for, and say what; the status to end with."""
        if not options.prune or not has_content(project.data_file):
            return status
        from minicov_lsp.store.pruning import prune

        with project.open_data() as data:
            names = project.recorded_names(data)
        places = {name: file for file, recorded in names.items() for name in recorded}
        pruned = prune(project.data_file, lambda path: sources.read(str(places.get(path, project.root / path))))
        for path in pruned.files:
            note(options, f"forgot {path}: there is no such file here")
        what = f"older versions of files: {pruned.versions}, functions and the like that were edited: {pruned.codes}"
        note(options, f"forgot files: {len(pruned.files)}, {what}")
        return status


def _wanted(paths: list[Path], data_file: Path, tell: Callable[[str], None]) -> Iterator[Path]:
    """The files that are named, and those in the folders that are named; `tell` hears of damaged hit logs there.

    Raises DataError.
    """
    for path in paths or [data_file.parent]:
        if os.path.isdir(path):  # noqa: PTH112  # unlike pathlib's, never raises OSError: a name may be too long
            there = path.resolve() / data_file.name
            if there != data_file and there.is_file():  # a data file brought from another machine
                yield there
            yield from gather_partials(there, tell)
        elif os.path.isfile(path):  # noqa: PTH113  # as above
            if path.resolve() == data_file.resolve():
                raise DataError(f"{path}: is the data file itself; --append keeps what it holds")
            yield path.resolve()
        else:
            raise DataError(f"{path}: no such file or folder to combine")
