"""`minicov new`, `new-json`: record a build, from the data file or from what another tool measured."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from minicov_lsp.commands.command import note, project_for
from minicov_lsp.commands.history import described, repository_of, total
from minicov_lsp.commands.merging import merge_unmerged
from minicov_lsp.commands.progress import progress_bar
from minicov_lsp.errors import DataError
from minicov_lsp.git import HEAD, Repository
from minicov_lsp.history.archive import archive_of
from minicov_lsp.history.build import FileCoverage
from minicov_lsp.history.exchange import GivenBuild, complete, read_coveralls, read_uncov
from minicov_lsp.history.recording import files_of_build


class _Recorder:
    """Records what standard input holds, or else the data file."""

    takes_program = False

    def __init__(self, name: str, help_text: str, read: Callable[[str], GivenBuild], *, takes_data: bool) -> None:
        self.name = name
        self.help = help_text
        self._read = read
        self._takes_data = takes_data

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """None of its own."""

    def run(self, options: argparse.Namespace) -> int:
        """Record a build, and say which."""
        repository = Repository(Path.cwd())
        head = repository.commit()
        given = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read()
        if given.strip():
            branch, commit, files = self._given(repository, self._read(given))
        elif self._takes_data:
            branch, commit, files = repository.branch(), head, self._measured(options, repository)
        else:
            raise DataError(f"`minicov {self.name}` reads a build from standard input, which is empty")
        if not files:
            raise DataError("none of the measured files lies in this repository; nothing was recorded")
        build = archive_of(repository_of(repository.folder)).add(branch, commit, files)
        figures = total({file.path: file.figures for file in files})
        note(options, f"recorded {described(build)}: {figures.rate:.2f}% ({figures.covered}/{figures.relevant} lines)")
        return 0

    def _given(self, repository: Repository, given: GivenBuild) -> tuple[str, str, list[FileCoverage]]:
        commit = repository.commit(given.commit)
        return given.branch, commit, list(complete(given, lambda paths: repository.contents(commit, paths)))

    def _measured(self, options: argparse.Namespace, repository: Repository) -> list[FileCoverage]:
        project = project_for(options)
        merge_unmerged(options, project)
        with progress_bar(options, "Recording a build") as progress:
            return list(
                files_of_build(project.measured_files(progress), project.root, repository_of(repository.folder).top)
            )


NEW = _Recorder(
    "new",
    f"record a build: what is measured now, at {HEAD}; or what standard input tells in uncov's format",
    read_uncov,
    takes_data=True,
)
NEW_JSON = _Recorder(
    "new-json", "record a build that standard input tells as JSON for Coveralls", read_coveralls, takes_data=False
)
