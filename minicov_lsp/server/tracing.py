"""`$/setTrace` and `$/logTrace`: a client that wants to hear what goes on is told what a log file would hold."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from lsprotocol import types

from minicov_lsp.server.own_log import LOG, spare_standard_error


class Trace(logging.Handler):
    """Sends records to the client: with `messages` what is worth a line, with `verbose` everything, and from where."""

    def __init__(self, send: Callable[[types.LogTraceParams], None]) -> None:
        """`send` is called on the event loop that runs now."""
        super().__init__()
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._is_verbose = False
        self._level_before = LOG.level

    def follow(self, value: object) -> None:
        """Begin, go on otherwise, or end, as the client says; what is no TraceValue ends it."""
        self.close()
        if value not in (types.TraceValue.Messages, types.TraceValue.Verbose):
            return
        self._is_verbose = value == types.TraceValue.Verbose
        self.setLevel(logging.DEBUG if self._is_verbose else logging.INFO)
        spare_standard_error()
        LOG.addHandler(self)
        LOG.setLevel(logging.DEBUG)

    def close(self) -> None:
        """Send nothing more."""
        LOG.removeHandler(self)
        LOG.setLevel(self._level_before)
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on, from any thread."""
        where = f"{record.levelname} {record.name} {record.threadName}" if self._is_verbose else None
        try:
            self._loop.call_soon_threadsafe(self._send, types.LogTraceParams(record.getMessage(), where))
        except RuntimeError:  # the event loop has ended
            self.close()
