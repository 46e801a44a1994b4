"""Watching data files, so that a run lights up wherever it was started.

An event says only that something may have changed; then the data file itself
is asked, which is cheap (`glances` says when). Where no events come (network
folders, some containers) it is asked every now and then. While a process runs
that writes beside it, it is asked often: a hit in a memory map is no event.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watchdog.events import (
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from minicov_lsp.server.folder import Folder
from minicov_lsp.server.glances import Glances

log = logging.getLogger(__name__)

CONFIGURATION_FILES = frozenset(
    {".coveragerc", ".coveragerc.toml", "pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", ".pytest.ini"}
)
LONGEST_WAIT = 0.5
"""Seconds after which events are acted on even if more keep coming."""
POLL = 1.0
"""Seconds between two looks where events are not trusted."""
LIVE_POLL = 0.08
"""Seconds between two looks while a process runs that writes beside the data file."""
SAFETY_POLL = 2.0
"""Seconds between two looks beside events: nobody can tell whether a file system sends them."""

_NOISE = ("-shm", "-journal", ".bad")
"""Endings of files that change without the data having changed; a commit shows in `-wal`."""


class Debounce:
    """Calls once for many calls: after a quiet while, or at the latest so long after the first.

    calls   | | ||  |        | | | | | | | | |
    acts            ^                ^       ^
    """

    def __init__(self, act: Callable[[], None], loop: asyncio.AbstractEventLoop, quiet: float) -> None:
        self._act = act
        self._loop = loop
        self._quiet = quiet
        self._first: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self) -> None:
        """Something may have changed."""
        now = self._loop.time()
        if self._first is None:
            self._first = now
        if self._timer is not None:
            self._timer.cancel()
        due = min(now + self._quiet, self._first + max(LONGEST_WAIT, self._quiet))
        self._timer = self._loop.call_at(due, self._fire)

    def cancel(self) -> None:
        """Forget what was called."""
        if self._timer is not None:
            self._timer.cancel()

    def _fire(self) -> None:
        self._first = self._timer = None
        self._act()


class _Events(FileSystemEventHandler):
    """Passes on, from watchdog's thread, what concerns one folder."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, changed: Callable[[str], None], is_data: Callable[[str], bool]
    ) -> None:
        self._loop = loop
        self._changed = changed
        self._is_data = is_data

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Look at names only: opening and closing a file is no news, and reading one does that too."""
        if not isinstance(event, FileCreatedEvent | FileDeletedEvent | FileModifiedEvent | FileMovedEvent):
            return
        for path in (event.src_path, event.dest_path):
            name = os.path.basename(os.fsdecode(path))  # noqa: PTH119  # may be bytes
            if name in CONFIGURATION_FILES or (self._is_data(name) and not name.endswith(_NOISE)):
                try:
                    self._loop.call_soon_threadsafe(self._changed, name)
                except RuntimeError:
                    log.debug("the event loop has ended")


@dataclass(slots=True)
class _Watched:
    """What is watched of one folder."""

    data: Glances
    configuration: Debounce
    polling: asyncio.Task[None]
    watches: list[Any] = field(default_factory=list)


class Live:
    """Watches the folders of a workspace; used on one event loop."""

    def __init__(self, data_changed: Callable[[Folder], None], configuration_changed: Callable[[Folder], None]) -> None:
        self._data_changed = data_changed
        self._configuration_changed = configuration_changed
        self._observer: Any = None
        self._watched: dict[str, _Watched] = {}

    def watch(self, folder: Folder) -> None:
        """Begin, or begin anew after its settings have changed."""
        self.unwatch(folder)
        loop = asyncio.get_running_loop()
        mode = folder.settings.watch
        quiet = folder.settings.debounce / 1000
        data = Glances(lambda: self._data_changed(folder), loop, quiet)
        configuration = Debounce(lambda: self._configuration_changed(folder), loop, quiet)

        def changed(name: str) -> None:
            (configuration if name in CONFIGURATION_FILES else data)()

        polling = loop.create_task(
            self._poll(folder, None if mode == "events" else POLL if mode == "poll" else SAFETY_POLL)
        )
        watched = self._watched[folder.uri] = _Watched(data, configuration, polling)
        if mode != "poll":
            project = folder.opened.project
            handler = _Events(loop, changed, project.is_data_name)
            for directory in {folder.path, project.data_file.parent}:
                self._schedule(handler, directory, watched)

    def unwatch(self, folder: Folder) -> None:
        """Watch a folder no more."""
        watched = self._watched.pop(folder.uri, None)
        if watched is None:
            return
        watched.polling.cancel()
        watched.data.cancel()
        watched.configuration.cancel()
        for watch in watched.watches:
            self._observer.unschedule(watch)

    def rest(self, folder: Folder) -> None:
        """The data of a folder had changed, and that is being shown."""
        watched = self._watched.get(folder.uri)
        if watched is not None:
            watched.data.rest()

    def close(self) -> None:
        """Watch nothing any more; doesn't wait for watchdog's threads."""
        for watched in self._watched.values():
            watched.polling.cancel()
        if self._observer is not None:
            self._observer.stop()

    def _schedule(self, handler: _Events, directory: Path, watched: _Watched) -> None:
        try:
            if self._observer is None:
                observer = Observer()
                observer.daemon = True
                observer.start()
                self._observer = observer
            watched.watches.append(self._observer.schedule(handler, str(directory), recursive=False))
        except OSError as error:
            # No such folder yet, or no inotify watches left; polling sees it too.
            log.info("%s is not watched: %s", directory, error)

    async def _poll(self, folder: Folder, pause: float | None) -> None:
        """Look every `pause` seconds, and all the time while something runs."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(LIVE_POLL)
            if folder.source.is_live or (pause is not None and loop.time() - last >= pause):
                last = loop.time()
                self._data_changed(folder)
