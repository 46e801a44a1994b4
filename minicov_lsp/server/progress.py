"""Work-done progress, of runs and of long answers: exactly one begin, then reports, then exactly one end."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from typing import Self

from lsprotocol import types

from minicov_lsp.server.language_server import MinicovServer

log = logging.getLogger(__name__)

_Value = types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd


class RunProgress:
    """Asks the client for a progress bar; what comes before its answer waits for it."""

    def __init__(self, ls: MinicovServer, token: str, title: str) -> None:
        self._ls = ls
        self._token = token
        self._waiting: list[_Value] | None = None
        self._percentage = -1
        if ls.wishes.shows_progress:
            self._waiting = [types.WorkDoneProgressBegin(title=title, cancellable=True, percentage=0)]
            self._is_created = False
            asked: Future[None] = ls.protocol.send_request(
                types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token=token)
            )
            asked.add_done_callback(self._created)

    def report(self, done: int, total: int) -> None:
        """So many of so many tests have ended; told when the percentage has changed."""
        percentage = 100 * done // total if total else 0
        if percentage != self._percentage:
            self._percentage = percentage
            message = f"{done} of {total} tests"
            self._tell(types.WorkDoneProgressReport(message=message, percentage=percentage, cancellable=True))

    def end(self, message: str) -> None:
        """The run has ended."""
        self._tell(types.WorkDoneProgressEnd(message=message))

    def _tell(self, value: _Value) -> None:
        if self._waiting is None:
            return
        if not self._is_created:
            self._waiting.append(value)
            return
        self._ls.progress(types.ProgressParams(token=self._token, value=value))

    def _created(self, asked: Future[None]) -> None:
        if asked.cancelled() or asked.exception() is not None:
            log.info("the client shows no progress")
            self._waiting = None
            return
        self._is_created = True
        waiting, self._waiting = self._waiting or [], []
        for value in waiting:
            self._tell(value)


class ProgressOf:
    """The progress of a request, told by the token that the client sent along; without one nothing is told."""

    def __init__(self, ls: MinicovServer, token: object, title: str) -> None:
        self._ls = ls
        self._token = token if isinstance(token, int | str) and not isinstance(token, bool) else None
        self._title = title
        self._percentage = 0

    def __enter__(self) -> Self:
        self._tell(types.WorkDoneProgressBegin(title=self._title, cancellable=False, percentage=0))
        return self

    def __exit__(self, *_: object) -> None:
        self._tell(types.WorkDoneProgressEnd())

    def report(self, done: int, total: int, what: str) -> None:
        """So many of so many are done; told when the percentage has changed."""
        percentage = 100 * done // total if total else 100
        if percentage != self._percentage:
            self._percentage = percentage
            self._tell(types.WorkDoneProgressReport(message=f"{done} of {total} {what}", percentage=percentage))

    def _tell(self, value: _Value) -> None:
        if self._token is not None:
            self._ls.progress(types.ProgressParams(token=self._token, value=value))
