"""What the data file of one folder says, by the files on disk; and what changed in it.

Everything here may take long and is called from worker threads.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from minicov_lsp.documents.incremental import Recorded
from minicov_lsp.errors import DataError
from minicov_lsp.project import Project
from minicov_lsp.store.database import Database

log = logging.getLogger(__name__)

NOTHING_RECORDED = Recorded(())


@dataclass(frozen=True, slots=True)
class _State:
    """What was read at one moment."""

    inode: int = 0
    generation: int = -1
    names: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    """{file here: names that it was recorded under}."""
    has_branches: bool = True


class DataSource:
    """Reads one data file."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._database = Database(project.data_file)
        self._state = _State()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def refresh(self) -> frozenset[Path]:
        """Look whether anything changed: the files of which something else is known now.

        Raises DataError where the data file is damaged or not ours; what was
        known before stays.
        """
        with self._lock:
            inode = _inode_of_content(self.project.data_file)
            try:
                if inode and not self._database.changed():
                    return frozenset()
                before, self._state = self._state, self._read(inode) if inode else _State()
                return self._difference(before)
            except DataError:
                # It is looked at again next time, whether or not the file changes before that.
                self._database.close()
                self._database = Database(self.project.data_file)
                raise

    def _read(self, inode: int) -> _State:
        names: dict[Path, tuple[str, ...]] = {}
        recorded_root = Path(self._database.root)
        for recorded in self._database.files():
            file = self._file(recorded, recorded_root)
            names[file] = (*names.get(file, ()), recorded)
        return _State(inode, self._database.generation(), names, self._database.has_arcs)

    def _file(self, recorded: str, recorded_root: Path) -> Path:
        """Where a recorded file is: in the project, or in the folder that it was recorded from."""
        path = self.project.aliases.rename(recorded)
        here, there = self.project.root / path, recorded_root / path
        return there if here != there and not here.exists() and there.exists() else here

    def _difference(self, before: _State) -> frozenset[Path]:
        now = self._state
        if (now.inode, now.has_branches) != (before.inode, before.has_branches):
            return frozenset(before.names.keys() | now.names.keys())
        changed = set(self._database.files_changed_since(before.generation)) if now.inode else set()
        gone_or_new = before.names.keys() ^ now.names.keys()
        return frozenset(gone_or_new) | {file for file, names in now.names.items() if not changed.isdisjoint(names)}

    def recorded(self, file: Path) -> Recorded:
        """All that is known of a file. Raises DataError."""
        state = self._state
        versions = [facts for name in state.names.get(file, ()) for facts in self._database.facts(name)]
        return Recorded(tuple(versions), state.has_branches) if versions else NOTHING_RECORDED

    def files(self) -> tuple[Path, ...]:
        """The files of which something is known, sorted."""
        return tuple(sorted(self._state.names))


def _inode_of_content(file: Path) -> int:
    """Which file it is, or 0 where there is none, or nothing in it yet: an empty file is an empty database."""
    try:
        found = file.stat()
    except OSError:
        return 0
    return found.st_ino if found.st_size else 0
