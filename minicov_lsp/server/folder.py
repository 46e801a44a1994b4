"""One workspace folder: its project, its data, its runs."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from minicov_lsp.config import Config, read_config
from minicov_lsp.documents.texts import Texts
from minicov_lsp.errors import ConfigError
from minicov_lsp.project import Project
from minicov_lsp.runs.conventions import Conventions, read_conventions
from minicov_lsp.runs.events import FAILURES, Outcome
from minicov_lsp.runs.run_manager import RunManager
from minicov_lsp.runs.test_index import TestIndex
from minicov_lsp.server.data_source import DataSource
from minicov_lsp.server.document import Document
from minicov_lsp.server.settings import Settings, read_settings
from minicov_lsp.server.snapshot import Failure
from minicov_lsp.server.summaries import Summaries

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a run was asked to run, so that it can be asked again."""

    tests: tuple[str, ...]
    """Node ids; none is everything."""
    label: str
    """For people: "3 tests covering f"."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a folder's files say of it; read anew when one of them changes."""

    settings: Settings
    project: Project
    conventions: Conventions
    tests: TestIndex
    warnings: tuple[str, ...]
    """For the user, each once."""


@dataclass(slots=True)
class Folder:
    """The mutable state of one folder; belongs to the workspace, and to the event loop."""

    uri: str
    path: Path
    """Without symbolic links, as recorded files and pytest's own paths are."""
    name: str
    opened: Opened
    source: DataSource
    summaries: Summaries
    runs: RunManager
    configuration: object = None
    """The client's settings for this folder."""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    """{node id: where it failed}."""
    running: dict[str, Selection] = field(default_factory=dict)
    """{run id: what it runs}."""
    last: Selection | None = None
    """What was run last."""
    damage: str = ""
    """What the user was told of the data file; "" while it is whole."""
    links: dict[Path, Path] = field(default_factory=dict)
    """{where a link in the folder leads to, outside of it: the link}; those that documents were opened through."""

    @property
    def settings(self) -> Settings:
        """The settings that count in this folder."""
        return self.opened.settings

    def contains(self, path: Path) -> bool:
        """Whether a file lies in the folder, or where a link in it leads to."""
        # As strings: paths are compared by functions in Python, which takes ten times as long, and there are thousands.
        name = _beginning(path)
        return any(name.startswith(_beginning(root)) for root in (self.path, *self.links))

    def relative(self, path: Path) -> str:
        """A file's name in node ids."""
        for real, link in self.links.items():
            if path.is_relative_to(real):
                path = link / path.relative_to(real)
        return path.relative_to(self.path).as_posix()

    def follow(self, path: Path) -> None:
        """Take in what a link on the way to a file leads to, if the way comes through the folder and leaves it."""
        before: Path | None = None
        for step in reversed((path, *path.parents)):
            real = step.resolve()
            if before is not None and not real.is_relative_to(self.path):
                self.links[real] = before / step.name
                return
            before = real if real.is_relative_to(self.path) else None

    def take_outcome(self, outcome: Outcome, failure: Failure | None) -> frozenset[Path]:
        """Remember how a test ended, and where it failed if it did; the files of which something else holds now."""
        self.outcomes[outcome.id] = outcome
        before = self.failures.pop(outcome.id, None)
        if failure is not None:
            self.failures[outcome.id] = failure
        return frozenset(each.path for each in (before, failure) if each is not None)

    def forget_outcomes(self, tests: Iterable[str]) -> frozenset[Path]:
        """Know no longer how these tests ended; the files of which something else holds now."""
        gone = [self.failures.pop(test, None) for test in tests if self.outcomes.pop(test, None)]
        return frozenset(failure.path for failure in gone if failure is not None)

    def is_touched(self, document: Document) -> bool:
        """Whether a run goes on that runs this file: it was hit already, is among the tests, or they ran it before."""
        if document.path in self.source.live_files:
            return True
        if not all(selection.tests for selection in self.running.values()):
            return True
        selected = frozenset(test for selection in self.running.values() for test in selection.tests)
        return document.is_run_by(selected, self.relative(document.path)) if selected else False

    def failed_tests(self) -> Iterator[str]:
        """The tests that fail now."""
        return (test for test, outcome in self.outcomes.items() if outcome.outcome in FAILURES)


def _beginning(folder: Path) -> str:
    """What the names of a folder and of all that is in it begin with, as the system compares them."""
    name = os.path.normcase(folder)
    return name if name.endswith(os.sep) else name + os.sep


def open_project(path: Path, layers: tuple[object, ...], texts: Texts) -> Opened:
    """Read what a folder's files say; what is wrong with them becomes warnings, and the defaults count."""
    warnings: list[str] = []
    try:
        config = read_config(path)
        warnings += (_with_folder(path, each) for each in config.warnings)
    except ConfigError as error:
        warnings.append(_with_folder(path, str(error)))
        config = Config()
    settings = read_settings((config.editor, *layers), warnings.append)
    config = config._replace(paths={**config.paths, **_paths(settings)})
    data_file = Path(os.path.expanduser(settings.data_file)) if settings.data_file else None  # noqa: PTH111  # as above
    try:
        project = Project(path, config, data_file, warn=warnings.append, texts=texts)
    except ConfigError as error:
        warnings.append(_with_folder(path, str(error)))
        project = Project(path, config._replace(paths={}), data_file, warn=warnings.append, texts=texts)
    conventions = read_conventions(path)
    return Opened(settings, project, conventions, TestIndex(path, conventions, texts), tuple(dict.fromkeys(warnings)))


def _with_folder(folder: Path, message: str) -> str:
    """What is told of a file in a folder, which of the workspace's it may be."""
    name = message.partition(":")[0]
    return os.path.join(folder, message) if (folder / name).is_file() else message  # noqa: PTH118  # no path


def _paths(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The editor's path mappings as `[paths]` has them."""
    return {f"pathMappings {there}": (here, there) for there, here in settings.path_mappings.items()}


def new_folder(uri: str, path: Path, name: str, layers: tuple[object, ...], executor: Executor, texts: Texts) -> Folder:
    """A folder that was added to the workspace."""
    opened = open_project(path, layers, texts)
    log.info("folder %s: data in %s", path, opened.project.data_file)
    source = DataSource(opened.project, conditions=opened.settings.conditions)
    return Folder(uri, path, name, opened, source, Summaries(source), RunManager(executor))
