"""What is known of the files of one folder: from its data file, and from processes that still run.

Everything here may take long and is called from worker threads.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from minicov_lsp.documents.counting import Counted, Data
from minicov_lsp.documents.details import only_of
from minicov_lsp.documents.incremental import Finish, Painter, Recorded
from minicov_lsp.errors import DataError
from minicov_lsp.model import FileFacts
from minicov_lsp.project import Project
from minicov_lsp.server.previous_build import PreviousBuild
from minicov_lsp.store.running import RunningProcesses
from minicov_tracer import sources

log = logging.getLogger(__name__)

KEPT_FILES = 32
"""Files whose facts are kept in memory."""

NOTHING_RECORDED = Recorded(())


@dataclass(frozen=True, slots=True)
class _State:
    """What was read at one moment."""

    data: tuple[Path, int] = (Path(), 0)
    """Which file it was; its inode is 0 where there was none."""
    generation: int = -1
    names: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    """{file here: names that it was recorded under}."""
    has_branches: bool = True
    has_conditions: bool = False


class DataSource:
    """Reads one data file, and what is being written beside it."""

    def __init__(self, project: Project, *, conditions: bool = True) -> None:
        """Read a project's data; `conditions` says whether they are shown where they were measured."""
        self.project = project
        self.previous = PreviousBuild(project.root)
        self._conditions = conditions
        self._database = project.open_data()
        self._running = RunningProcesses(project.data_file)
        self._state = _State()
        self._listed: tuple[Path, str, tuple[str, ...]] | None = None
        self._places: Mapping[Path, tuple[str, ...]] = {}
        """Of what was listed last."""
        self._was_read = False
        self._kept: OrderedDict[Path, Recorded] = OrderedDict()
        """What the data file says of files: the very same object for as long as it says the same."""
        self._renamed: list[tuple[Path, Path]] = []
        """(what a file or folder was called, what it is called now)."""
        self._moved: dict[Path, Path] = {}
        """{a file that is gone: one that was asked for and has its text}."""
        self._nameless: set[Path] = set()
        """Files that were asked for and not recorded under names of their own: any change may concern them."""
        self._untold: set[str] = set()
        """Files that running processes have hit, until that could be told."""
        self.is_live = False
        """Whether a process runs that writes beside the data file."""
        self.live_files: frozenset[Path] = frozenset()
        """The files that such a process has hit."""
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the files."""
        self._database.close()
        self._running.close()

    def refresh(self) -> frozenset[Path]:
        """Look whether anything changed: the files of which something else is known now.

        Raises DataError where the data file is damaged or not ours; what was
        known before stays.
        """
        with self._lock:
            self._untold |= self._running.poll()
            self.is_live = self._running.is_live
            self.live_files = frozenset(map(Path, self._running.live_files()))
            changed = self._refresh_recorded()
            changed |= self._nameless if changed else frozenset()
            for file in changed:
                self._kept.pop(file, None)
            # Only now: what a process ran that was merged meanwhile has been read from the data file.
            hit, self._untold = self._untold | self._running.forget_merged(), set()
            return changed | frozenset(map(Path, hit))

    def _refresh_recorded(self) -> frozenset[Path]:
        self._was_read = True
        path = self.project.data_to_read()
        if path != self._database.path:  # coverage.py's file gives way to ours
            self._database.close()
            self._database = self.project.open_data()
        inode = _inode_of_content(path)
        try:
            if inode and not self._database.changed():
                return frozenset()
            before, self._state = self._state, self._read(inode) if inode else _State()
            return self._difference(before)
        except DataError:
            # It is looked at again next time, whether or not the file changes before that.
            self._database.close()
            self._database = self.project.open_data()
            raise

    def _read(self, inode: int) -> _State:
        database = self._database
        listed = database.path, database.root, database.files()
        if listed != self._listed or Path(database.root) != self.project.root:
            # Where each of them is must be found out; which is the same for all commits that bring no other file.
            self._listed, self._places = listed, self.project.recorded_names(database)
        names = self._places
        return _State((database.path, inode), database.generation(), names, database.has_arcs, database.has_conditions)

    def _difference(self, before: _State) -> frozenset[Path]:
        now = self._state
        if replace(now, generation=0, names={}) != replace(before, generation=0, names={}):
            return frozenset(before.names.keys() | now.names.keys())
        changed = set(self._database.files_changed_since(before.generation)) if now.data[1] else set()
        gone_or_new = before.names.keys() ^ now.names.keys() if now.names is not before.names else ()
        return frozenset(gone_or_new) | {file for file, names in now.names.items() if not changed.isdisjoint(names)}

    def recorded(self, file: Path) -> Recorded:
        """All that is known of a file. Raises DataError."""
        with self._lock:
            if not self._was_read:  # whoever asks first need not wait for a refresh
                self._refresh_recorded()
            kept = self._read_file(file)
            live = self._running.facts(str(file))
        if not live:
            return kept
        has_conditions = kept.has_conditions or _has_conditions(live)
        return Recorded(live + kept.facts, kept.has_branches, has_conditions)

    def fingerprint(self, file: Path) -> str | None:
        """Tells, also in another session, whether a file's facts are those that were looked at before.

        None while a process runs, or has just ended, that hit the file. Raises DataError.
        """
        with self._lock:
            if not self._was_read:
                self._refresh_recorded()
            if self._running.facts(str(file)):
                return None
            ran = [(name, self._database.fingerprint(name)) for name in self._names(file)]
            return repr((ran, self._state.has_branches, self._state.has_conditions, self._conditions))

    def counted(self, file: Path, text: str, fingerprint: str | None) -> Counted:
        """All that a file is counted from, for another process; `fingerprint` is what was told. Raises DataError."""
        with self._lock:
            if not self._was_read:
                self._refresh_recorded()
            names, live, state = self._names(file), self._running.facts(str(file)), self._state
            path = self._database.path
        project = self.project
        aliases = tuple(project.config.paths.items())
        data = Data(path, project.root, aliases, project.rules, self._conditions, project.models.folder)
        has_conditions = state.has_conditions or _has_conditions(live)
        return Counted(data, file, text, names, live, state.has_branches, has_conditions, fingerprint)

    def painter(self, file: Path, *, spans: bool = True, is_wanted: Callable[[str], bool] | None = None) -> Painter:
        """Paints a file from what is known here; of what was carried only what contexts with wanted labels showed."""
        project, carried = self.project, partial(self._carried, file, is_wanted)
        finish = Finish(spans, self._conditions)
        return Painter(str(file), project.rules, project.models, carried, finish, project.texts)

    def _carried(self, file: Path, is_wanted: Callable[[str], bool] | None, text: str) -> tuple[FileFacts, ...]:
        """What the data file knows of a text from all versions of its file; nothing where it can't be read."""
        there = self.project.texts.identities(sources.normalize(text))  # which may take long
        with self._lock:
            try:
                found = tuple(self._database.facts_of_text(name, text, lambda _: there) for name in self._names(file))
            except DataError as error:
                log.info("%s: %s", file, error)
                return ()
        return found if is_wanted is None else only_of(found, is_wanted)

    def rename(self, old: Path, new: Path) -> None:
        """A file or folder is called otherwise from now on; what is known of it stays known until it runs again."""
        with self._lock:
            self._renamed.append((old, new))
            self._kept.clear()

    def _names(self, file: Path) -> tuple[str, ...]:
        """The names under which a file was recorded: its own, those it had before, or those of a file now gone."""
        names, asked = self._state.names, file
        for old, new in reversed(self._renamed):
            if file not in names and file.is_relative_to(new):
                file = old / file.relative_to(new)
        if file in names:
            return names[file]
        self._nameless.add(asked)
        text = sources.read(str(file)) if self._state.data[1] else None
        if text is None:
            return ()
        same = set(self._database.paths_of_text(sources.digest(text)))
        gone = [was for was, known in names.items() if not same.isdisjoint(known) and not was.exists()]
        self._moved.update(dict.fromkeys(gone, asked))
        return tuple(name for was in gone for name in names[was] if name in same)

    def _read_file(self, file: Path) -> Recorded:
        """What the data file says; while a process runs it is asked for again and again."""
        kept = self._kept.get(file)
        if kept is None:
            facts = tuple(facts for name in self._names(file) for facts in self._database.facts(name))
            kept = self._kept[file] = Recorded(facts, self._state.has_branches, self._state.has_conditions)
            if len(self._kept) > KEPT_FILES:
                self._kept.popitem(last=False)
        return kept

    def files(self) -> tuple[Path, ...]:
        """The files of which something is known, where they are now, sorted."""
        with self._lock:
            running = frozenset(map(Path, self._running.files()))
            # As strings: paths are compared by functions in Python, which takes ten times as long.
            return tuple(sorted({self._place(file) for file in self._state.names.keys() | running}, key=str))

    def _place(self, file: Path) -> Path:
        """Where a recorded file is now, as far as it is known that it was moved."""
        if not (self._moved or self._renamed) or file.exists():
            return file
        place = file
        for old, new in self._renamed:
            if place.is_relative_to(old):
                place = new / place.relative_to(old)
        place = place if place != file else self._moved.get(file, file)
        return place if place.exists() else file


def _has_conditions(live: Iterable[FileFacts]) -> bool:
    return any(code.tests for facts in live for code in facts.codes)


def _inode_of_content(file: Path) -> int:
    """Which file it is, or 0 where there is none, or nothing in it yet: an empty file is an empty database."""
    try:
        found = file.stat()
    except OSError:
        return 0
    return found.st_ino if found.st_size else 0
