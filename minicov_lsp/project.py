"""A project's folder, configuration and data file together: which files count, and what ran of each.

The only place where what could run meets what did; reporters and commands get their analyses from here.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from minicov_lsp.config import Config, PathAliases
from minicov_lsp.documents.texts import HERE, Texts
from minicov_lsp.errors import ConfigError, DataError
from minicov_lsp.folders import make_folder
from minicov_lsp.log import Log
from minicov_lsp.store.connection import has_content
from minicov_lsp.store.coverage_py_files import beside
from minicov_tracer import sources
from minicov_tracer.globs import glob_regex

if TYPE_CHECKING:
    from minicov_lsp.measuring import Measuring
    from minicov_lsp.model import MeasuredFile
    from minicov_lsp.source.cache import ModelCache
    from minicov_lsp.source.exclusion import ExclusionRules
    from minicov_lsp.store.recorded import RecordedData

log = Log(__name__)

_MODULE_NAME = re.compile(r"[^.#~!$@%^&*()+=,\ud800-\udfff]+\.pyw?")
"""A module's file; what editors leave beside it is none, nor what has bytes in its name that are no text."""
_MOST_NAMES = 5
"""How many files a warning names."""


Progress = Callable[[int, int], None]
Make = Callable[["MeasuredFile"], bytes]


class _Place:
    """A file that was measured, under all the names that it was recorded under."""

    __slots__ = ("file", "recorded")

    def __init__(self, file: Path, recorded: tuple[str, ...]) -> None:
        self.file, self.recorded = file, recorded


class Project:
    """Reads one project; what can be left out is told to `warn`, a line at a time."""

    def __init__(
        self,
        root: Path,
        config: Config,
        data_file: Path | None = None,
        *,
        warn: Callable[[str], None] = log.warning,
        models: ModelCache | None = None,
        texts: Texts = HERE,
    ) -> None:
        """Take a project's folder; the data file is the configuration's unless it is given, the cache the user's.

        Raises ConfigError for a bad pattern in `[paths]`.
        """
        self.root = root.resolve()
        self.config = config
        self.data_file = self.root / (data_file or config.data_file)
        self.aliases = PathAliases(config.paths, self.root, config.origins)
        self.texts, self._warn = texts, warn
        self._models = models
        self._measuring: Measuring | None = None

    # What follows is loaded for those who look at code: who merges or runs does not.

    @cached_property
    def rules(self) -> ExclusionRules:
        """Which lines do not count."""
        from minicov_lsp.source.exclusion import ExclusionRules

        origins = tuple(self.config.pattern_origins.items())
        return ExclusionRules(self.config.exclude, self.config.partial, self.config.partial_branches_always, origins)

    @cached_property
    def models(self) -> ModelCache:
        """Where analyses are kept."""
        from minicov_lsp.source.cache import user_cache

        return user_cache(make=self.texts.parse) if self._models is None else self._models

    def make_data_folder(self) -> None:
        """Make the folder that the data file is in. Raises MinicovError."""
        make_folder(self.data_file.parent, "name another data file with --data")

    def data_to_read(self) -> Path:
        """The data file, or coverage.py's own where there is that and nothing of ours."""
        return self.data_file if has_content(self.data_file) else beside(self.data_file) or self.data_file

    def is_data_name(self, name: str) -> bool:
        """Whether a file of that name in the data file's folder may be, or go into, the data that is read."""
        return name.startswith(self.data_file.name) or f"{name}.db" == self.data_file.name

    def open_data(self) -> RecordedData:
        """The data that counts now, whoever wrote it; to be closed."""
        from minicov_lsp.store.recorded import open_recorded

        return open_recorded(self.data_to_read(), self.root, lambda path: self.root / self.aliases.rename(path))

    def has_branches(self) -> bool:
        """Whether the data has branches. Raises DataError."""
        with self.open_data() as data:
            return data.has_arcs

    def what_was_measured(self) -> tuple[bool, bool]:
        """Whether the data has branches, and whether it has conditions: it is opened once. Raises DataError."""
        with self.open_data() as data:
            return data.has_arcs, data.has_conditions

    def measured_files(self, progress: Progress | None = None) -> Iterator[MeasuredFile]:
        """The files that a report covers, by absolute path; `progress` is told (done, of).

        Raises DataError (also where no file is left), ConfigError for a bad pattern, and SourceError for a file that
        can't be read or parsed, unless errors are ignored: then it is left out with a warning.
        """
        with self.open_data() as database:
            has_branches = database.has_arcs
            changed: list[str] = []
            for place in self._places(database, progress):
                measured, is_changed = self._measured(database, place, has_branches=has_branches)
                if is_changed:
                    changed.append(name_in(place.file, self.root))
                if measured is not None:
                    yield measured
            self._tell_changed(changed)

    def each(self, purpose: str, make: Make, progress: Progress | None = None) -> Iterator[tuple[str, bytes]]:
        """(path, what `make` makes of it) for each file of a report, taken from the cache if it was made before.

        `purpose` names what is made, and all that it depends on beside the file. Raises what `measured_files` does.
        """
        from minicov_lsp.source.entries import code_identity, key_of

        with self.open_data() as database:
            has_branches = database.has_arcs
            changed: list[str] = []
            alike = key_of(purpose, code_identity(), repr(self.rules), self.config.report_contexts, has_branches).hex()
            for place in self._places(database, progress):
                name = name_in(place.file, self.root)
                key = self._key(database, place, alike, name)
                found = self.models.entries.read(key) if key is not None else None
                if found is None:
                    # What is made of the model is kept, so the model needn't be.
                    measured, is_changed = self._measured(
                        database, place, has_branches=has_branches, keep_model=key is None
                    )
                    if measured is None:
                        continue
                    found = (b"changed\0" if is_changed else b"same\0") + make(measured)
                    if key is not None and not measured.is_recorded:  # its warning is to be told each time
                        self.models.entries.write(key, found)
                state, _, content = found.partition(b"\0")
                if state == b"changed":
                    changed.append(name)
                yield name, content
            self._tell_changed(changed)

    def _key(self, database: RecordedData, place: _Place, alike: str, name: str) -> bytes | None:
        """The key of all that a file's part of a report follows from; None where the file can't be read.

        `alike` stands for what all files have in common.
        """
        import hashlib

        from minicov_lsp.source.entries import key_of

        try:
            content = hashlib.sha256(place.file.read_bytes()).hexdigest()
        except OSError:
            return None
        ran = [(recorded, database.fingerprint(recorded)) for recorded in place.recorded]
        return key_of("report", alike, name, content, ran)

    def _places(self, database: RecordedData, progress: Progress | None) -> Iterator[_Place]:
        """The files of a report; `progress` is told of each that is done. Raises DataError where there are none."""
        places = self._selected(database)
        if not places:
            raise DataError(f"{database.path}: no data to report; check --include and --omit, or run it again")
        for done, place in enumerate(places, 1):
            yield place
            if progress is not None:
                progress(done, len(places))

    def _tell_changed(self, changed: list[str]) -> None:
        if changed:
            self._warn(f"changed since it ran, so its lines may be counted wrongly: {_some(changed)}; run it again")

    def _selected(self, database: RecordedData) -> list[_Place]:
        """Where the files are that the configuration does not leave out of reports."""
        include = pattern_of(self.config, "report_include", self.root)
        omit = pattern_of(self.config, "report_omit", self.root)
        places = {str(file): _Place(file, names) for file, names in self.recorded_names(database).items()}
        return [
            places[name]
            for name in sorted(places)
            if (include is None or include.match(name)) and not (omit is not None and omit.match(name))
        ]

    def recorded_names(self, database: RecordedData) -> dict[Path, tuple[str, ...]]:
        """{file as it is here: the names that it was recorded under}. Raises DataError."""
        recorded_root = Path(database.root)
        names: dict[Path, tuple[str, ...]] = {}
        for recorded in database.files():
            file = self._file(self._renamed(recorded, recorded_root), recorded_root)
            names[file] = (*names.get(file, ()), recorded)
        return names

    def _renamed(self, recorded: str, recorded_root: Path) -> str:
        """The path that `[paths]` gives a recorded file; a pattern may name the folder that it was recorded from."""
        renamed = self.aliases.rename(recorded)
        if renamed != recorded or recorded_root == self.root:
            return renamed
        whole = str(recorded_root / recorded)
        mapped = self.aliases.rename(whole)
        return recorded if mapped == whole else mapped

    def _file(self, path: str, recorded_root: Path) -> Path:
        """Where a recorded file is: in the project, or in the folder that it was recorded from."""
        here = Path(os.path.join(self.root, path))  # noqa: PTH118  # `/` takes twice as long, and there are thousands
        if recorded_root == self.root or here.exists():
            return here
        there = recorded_root / path
        return there if there.exists() else here

    def _measured(
        self, database: RecordedData, place: _Place, *, has_branches: bool, keep_model: bool = True
    ) -> tuple[MeasuredFile | None, bool]:
        """What `Measuring.measured` says of one file, and raises."""
        if self._measuring is None:
            from minicov_lsp.measuring import Measuring  # takes as long to load as a report that is all kept

            self._measuring = Measuring(self.root, self.config, self.rules, self.models, self._warn)
        name = name_in(place.file, self.root)
        text = sources.read(str(place.file))
        versions = [facts for recorded in place.recorded for facts in database.facts(recorded, text)]
        return self._measuring.measured(
            place.file, name, text, versions, has_branches=has_branches, keep_model=keep_model
        )


def name_in(file: Path, root: Path) -> str:
    """How reports call a file: relative to the project's folder with `/` if it lies in it, else absolute."""
    # Not by `relative_to`, which takes longer than to ask the data file for what ran.
    name, folder = file.as_posix(), root.as_posix()
    return "." if name == folder else name.removeprefix(folder.rstrip("/") + "/")


def pattern_of(config: Config, field_name: str, root: Path) -> re.Pattern[str] | None:
    """What the file patterns of a setting match, None where there are none. Raises ConfigError, which says where."""
    patterns: tuple[str, ...] = getattr(config, field_name)
    try:
        return glob_regex(patterns, str(root))
    except (ValueError, re.error) as error:
        raise ConfigError(f"{config.origins.get(field_name, field_name)}: {error}") from error


def source_of(config: Config, root: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """What to measure: (folders, packages). A name in `source` is a folder where there is one, else a package.

    Raises ConfigError for a folder in `source_dirs` that isn't there, and for a file system's root.
    """
    folders = [root / name for name in config.source_dirs]
    packages = list(config.source_pkgs)
    for name in config.source:
        if (root / name).is_dir():
            folders.append(root / name)
        else:
            packages.append(name)
    for folder in folders:
        if not folder.is_dir() or folder.resolve().parent == folder.resolve():
            origin = config.origins.get("source_dirs", config.origins.get("source", "source"))
            problem = "is a whole file system" if folder.is_dir() else "is not a folder"
            raise ConfigError(f"{origin}: {folder} {problem}; name a folder of the project")
    return tuple(folder.resolve() for folder in folders), tuple(packages)


def may_have_run(config: Config, root: Path, measured: Iterable[Path]) -> tuple[Path, ...]:
    """The files that a run could have imported from what it measures, whether or not it did.

    Those of a package are known only if its `__init__.py` is among those that were `measured`. Raises ConfigError.
    """
    folders, packages = source_of(config, root)
    ran = tuple(measured)
    for package in packages:
        ending = ("", *package.split("."), "__init__.py")
        found = [file.parent for file in ran if file.parts[-len(ending) + 1 :] == ending[1:]]
        folders += tuple(sorted(found, key=lambda folder: len(folder.parts))[:1])
    omit = pattern_of(config, "run_omit", root)
    files = {file for folder in folders for file in _importable(folder, config)}
    return tuple(sorted(file for file in files if omit is None or not omit.match(str(file))))


def _importable(folder: Path, config: Config) -> Iterator[Path]:
    """The Python files in a folder, and in those folders in it that are packages (or in all)."""
    for parent, folders, names in os.walk(folder):
        if not (config.include_namespace_packages or "__init__.py" in names or Path(parent) == folder):
            folders.clear()
            continue
        for name in names:
            if _MODULE_NAME.fullmatch(name):
                with contextlib.suppress(OSError, RuntimeError):  # a link that leads to itself
                    yield Path(parent, name).resolve(strict=True)


def _some(names: list[str]) -> str:
    rest = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
