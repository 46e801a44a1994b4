"""Merging partial files on behalf of a command: its progress, and a word on what became of them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from minicov_lsp.commands.command import note, warn
from minicov_lsp.commands.progress import progress_bar
from minicov_lsp.project import Project
from minicov_lsp.store.connection import has_content
from minicov_lsp.store.kept import note_kept, unmerged_partials
from minicov_lsp.store.paths import recorded_paths

if TYPE_CHECKING:
    from minicov_lsp.store.combine import CombineResult


def merge(
    options: argparse.Namespace, project: Project, partials: Sequence[Path], *, append: bool, keep: bool = False
) -> CombineResult:
    """Merge partial files into the project's data file; says which could not be. Raises DataError."""
    from minicov_lsp.store.combine import combine  # before most reports there is nothing to merge

    project.make_data_folder()
    with interruptible(), progress_bar(options, "Merging") as progress:
        result = combine(
            project.data_file,
            partials,
            append=append,
            keep=keep,
            root=project.root,
            rename=project.aliases.rename if project.aliases else str,
            progress=progress,
        )
    if keep and result.merged:
        problems = {problem.partial for problem in result.problems}
        note_kept(project.data_file, [path for path in partials if path.is_file() and path not in problems])
    for problem in result.problems:
        warn(problem.message)
    return result


@contextmanager
def interruptible() -> Iterator[None]:
    """Say after Ctrl-C what that means for the data file."""
    try:
        yield
    except KeyboardInterrupt:
        warn("interrupted; the data file is whole, and nothing is lost: do it again to finish")
        raise


def begin_with_what_is_read(project: Project) -> None:
    """Before something is added to a data file that isn't there yet: let it hold what coverage.py's does.

    Raises DataError and OSError.
    """
    from minicov_lsp.store.importing import adopt_coverage_py

    project.make_data_folder()
    adopt_coverage_py(project.data_file, project.root, project.aliases.rename if project.aliases else str)


def tell_of_lost_files(project: Project) -> None:
    """After data came from elsewhere: say which of its files are not here, and how to find them. Raises DataError."""
    if not has_content(project.data_file):
        return
    # All others are in the project, and mostly there are no others.
    if not any(map(os.path.isabs, recorded_paths(project.data_file))):
        return
    with project.open_data() as data:
        names = project.recorded_names(data)
    lost = [name for file, recorded in names.items() if not file.exists() for name in recorded]
    outside = [name for name in lost if not (project.root / name).is_relative_to(project.root)]
    if not outside:
        return
    from minicov_lsp.config.suggestion import suggest_alias

    line = suggest_alias(outside, project.root)
    hint = f"add `{line}` to [tool.minicov.paths]" if line else "[tool.minicov.paths] says where they are"
    warn(f"{len(outside)} of {sum(map(len, names.values()))} files are not here, the first is {outside[0]}; {hint}")


def merge_unmerged(options: argparse.Namespace, project: Project) -> None:
    """Before a report: merge the partial files beside the data file, and say so. Raises DataError."""
    partials = unmerged_partials(project.data_file, warn)
    if partials:
        merged = merge(options, project, partials, append=True).merged
        note(options, f"merged {files(merged)} into {project.data_file}")


def files(number: int) -> str:
    """How many partial files, in words."""
    return f"{number} partial {'file' if number == 1 else 'files'}"
