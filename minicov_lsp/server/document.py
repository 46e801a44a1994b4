"""One open document: its text, and the picture that is painted of it in a worker thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from minicov_lsp.documents.incremental import Painter, Recorded
from minicov_lsp.documents.picture import NOTHING, Picture
from minicov_lsp.documents.text import split_lines
from minicov_lsp.errors import DataError
from minicov_lsp.runs.selection import file_of, ids_of, is_selected
from minicov_lsp.server.data_source import NOTHING_RECORDED, DataSource
from minicov_lsp.server.previous_build import NO_REGRESSIONS, Regressions

log = logging.getLogger(__name__)

MAX_PAUSE = 0.5
"""Seconds that painting waits at most for another keystroke, and rests at most after it has painted."""


@dataclass(frozen=True, slots=True)
class _Easel:
    """What painting needs, handed to a worker thread."""

    painter: Painter
    source: DataSource
    path: Path
    lines: tuple[str, ...]
    recorded: Recorded
    must_read: bool
    """Whether what was recorded may no longer be what there is to read."""

    def paint(self) -> _Painted:
        """Read if need be, and paint."""
        recorded = self.recorded
        if self.must_read:
            try:
                recorded = self.source.recorded(self.path)
            except DataError as error:
                # Whoever watches the data file tells the user; what was known before still holds.
                log.info("%s: %s", self.path, error)
        picture = self.painter.paint(self.lines, recorded)
        return _Painted(picture, recorded, self.source.previous.regressions(self.path, self.lines, picture))


@dataclass(frozen=True, slots=True)
class _Painted:
    """What a worker thread made of a text."""

    picture: Picture = NOTHING
    recorded: Recorded = NOTHING_RECORDED
    regressions: Regressions = NO_REGRESSIONS


class Document:
    """Belongs to the workspace, and to the event loop.

    A picture is told for the newest text only; one that comes too late is
    dropped and painted again. One that was painted before other data came is
    told all the same: it was right when that came.
    """

    def __init__(
        self, uri: str, path: Path, executor: Executor, painted: Callable[[Document], Awaitable[None]]
    ) -> None:
        self.uri = uri
        self.path = path
        self.version = 0
        self.lines: tuple[str, ...] = ("",)
        self.picture: Picture = NOTHING
        self.regressions = NO_REGRESSIONS
        self.telling = asyncio.Lock()
        """Held while a picture is told: one comes after the other."""
        self._executor = executor
        self._painted = painted
        self._source: DataSource | None = None
        self._painter: Painter | None = None
        self._recorded = NOTHING_RECORDED
        self._must_read = False
        self._wanted = self._done = self._texts = 0
        self._settled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._painted_text = 0
        self._cost = 0.0
        """Seconds that painting took last."""
        self._rested = 0.0
        """When painting may go on, by the event loop's clock."""
        self._selection: tuple[Picture, frozenset[str], bool] | None = None
        """What `is_run_by` said last: it is asked for every picture, and there may be thousands of tests."""

    def set_source(self, source: DataSource | None) -> None:
        """Take what is known of this file from there, or nowhere."""
        self._source = source
        self._painter = None
        self._texts += 1  # what is painted from elsewhere is no picture any more
        if source is not None:
            self._painter = source.painter(self.path)
        self._must_read = True
        self._want()

    def set_text(self, lines: tuple[str, ...], version: int) -> None:
        """Take the client's text."""
        self.lines, self.version = lines, version
        self._texts += 1
        self._want()

    def set_whole_text(self, text: str, version: int) -> None:
        """Take the client's text, not yet cut into lines."""
        self.set_text(split_lines(text), version)

    def forget_recorded(self) -> None:
        """Read anew what is known."""
        self._must_read = True
        self._want()

    async def settle(self) -> None:
        """Wait until the picture is that of the text as it is now."""
        while self._done != self._wanted:
            await self._settled.wait()

    @property
    def is_settled(self) -> bool:
        """Whether the picture is that of the text."""
        return self._done == self._wanted

    def is_run_by(self, selected: frozenset[str], relative: str) -> bool:
        """Whether any of these tests is in this file, or ran it before; `relative` is the file's name in node ids."""
        known = self._selection
        if known is None or known[0] is not self.picture or known[1] != selected:
            is_run = any(file_of(test) == relative for test in selected) or any(
                is_selected(test, selected) for test in ids_of(self.picture.contexts)
            )
            known = self._selection = self.picture, selected, is_run
        return known[2]

    def close(self) -> None:
        """Stop painting; whoever waits gets the picture there is."""
        if self._task is not None:
            self._task.cancel()
        self._done = self._wanted
        self._settled.set()

    def _want(self) -> None:
        self._wanted += 1
        self._settled.clear()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._paint())

    async def _paint(self) -> None:
        """Paint until the picture is the text's, and rest after it: half of the time is left to everything else.

        Other data is painted at once; after a keystroke another one is waited for, the longer the more painting costs.
        """
        loop = asyncio.get_running_loop()
        while self._done != self._wanted:
            pause = self._cost if self._texts != self._painted_text else 0.0
            await asyncio.sleep(max(pause, self._rested - loop.time()))
            wanted, text, started = self._wanted, self._texts, loop.time()
            painted = await self._in_thread()
            self._recorded, self._painted_text = painted.recorded, text
            self._cost = min(loop.time() - started, MAX_PAUSE)
            self._rested = loop.time() + self._cost
            if text != self._texts:
                continue
            self.picture, self.regressions = painted.picture, painted.regressions
            try:
                await self._painted(self)
            except Exception:  # whoever waits for the picture must get it
                log.exception("the picture of %s could not be told", self.path)
            if wanted == self._wanted:
                self._done = wanted
                self._settled.set()

    async def _in_thread(self) -> _Painted:
        if self._painter is None or self._source is None:
            return _Painted()
        easel = _Easel(self._painter, self._source, self.path, self.lines, self._recorded, self._must_read)
        self._must_read = False
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, easel.paint)
        except Exception:
            # A picture of another text would lie; one file that can't be painted must not take the others with it.
            log.exception("%s could not be painted", self.path)
            return _Painted()
