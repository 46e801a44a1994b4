"""The byte streams to and from a client: standard input and output, or one TCP connection.

Standard streams are read and written by threads of their own, so that the
event loop never waits for a client: it must hear of a cancel, and of the
client's end, whatever the client reads.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Protocol

log = logging.getLogger(__name__)

_CHUNK = 65536
_FLUSH = 1.0
"""Seconds for the last messages to be written when the server ends."""


class Connection(Protocol):
    """Where answers go."""

    def write(self, data: bytes) -> None:
        """Send bytes, at once or soon; never waits."""

    def close(self) -> None:
        """Send what is left, and no more after it."""


class StandardStreams:
    """Standard input and output of this process, which nothing else in it can write to any more."""

    def __init__(self) -> None:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.setmode(0, os.O_BINARY)
            msvcrt.setmode(1, os.O_BINARY)
        self._input = os.dup(0)
        self._output = os.dup(1)
        # A stray print, or a library that writes to file descriptor 1, must not come between two messages.
        os.dup2(2, 1)
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._broken: Callable[[], None] = lambda: None
        self._writing = threading.Thread(target=self._write, name="minicov-writer", daemon=True)

    def start(self, received: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        """Begin; both callbacks are called on the running event loop, `ended` when either end is closed."""
        loop = asyncio.get_running_loop()

        def tell(callback: Callable[..., None], *arguments: bytes) -> None:
            try:
                loop.call_soon_threadsafe(callback, *arguments)
            except RuntimeError:
                log.debug("the event loop has ended")

        def read() -> None:
            try:
                while data := os.read(self._input, _CHUNK):
                    tell(received, data)
            except OSError as error:
                log.debug("standard input: %s", error)
            tell(ended)

        def broken() -> None:
            tell(ended)

        self._broken = broken
        threading.Thread(target=read, name="minicov-reader", daemon=True).start()
        self._writing.start()

    def write(self, data: bytes) -> None:
        """Queue bytes for the writing thread."""
        self._outgoing.put(data)

    def close(self) -> None:
        """Wait a moment for the queue to be written."""
        self._outgoing.put(None)
        if self._writing.ident is not None:
            self._writing.join(_FLUSH)

    def _write(self) -> None:
        try:
            while (data := self._outgoing.get()) is not None:
                view = memoryview(data)
                while view:
                    view = view[os.write(self._output, view) :]
        except OSError as error:
            log.debug("standard output: %s", error)
            self._broken()


class TcpStream:
    """The one client of a TCP server."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport, which keeps what can't be sent yet."""
        if not self._writer.is_closing():
            self._writer.write(data)

    def close(self) -> None:
        """Close once all is sent."""
        self._writer.close()

    @staticmethod
    async def read(reader: asyncio.StreamReader, received: Callable[[bytes], None]) -> None:
        """Read until the client is gone."""
        try:
            while data := await reader.read(_CHUNK):
                received(data)
        except OSError as error:
            log.debug("TCP: %s", error)
