"""Messages on a byte stream: the base protocol's headers and bodies.

Content-Length: 17<CR><LF>
<CR><LF>
{"jsonrpc":"2.0"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_BODY = 256 * 1024 * 1024
"""Bytes; whoever announces more does not speak this protocol."""
_MAX_HEADER = 64 * 1024

_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


class FrameError(Exception):
    """The stream can't be read on: where the next message begins is unknown."""


class FrameReader:
    """Cuts a stream into bodies, however the bytes arrive."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._awaited: int | None = None
        self._is_lost = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The bodies that are complete now. Raises FrameError after the last that could be read, then gives none."""
        if self._is_lost:
            return
        self._data += data
        while True:
            if self._awaited is None:
                try:
                    self._awaited = self._header()
                except FrameError:
                    self._is_lost = True
                    raise
            if self._awaited is None or len(self._data) < self._awaited:
                return
            body = bytes(self._data[: self._awaited])
            del self._data[: self._awaited]
            self._awaited = None
            yield body

    def _header(self) -> int | None:
        """The length of the body that follows, or None while its header isn't complete."""
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            if len(self._data) > _MAX_HEADER:
                raise FrameError("no end of the header after 64 KiB")
            return None
        header = bytes(self._data[:end])
        del self._data[: end + 4]
        found = _LENGTH.search(header)
        if found is None:
            raise FrameError(f"a header without Content-Length: {header[:100]!r}")
        length = int(found[1])
        if length > MAX_BODY:
            raise FrameError(f"a message of {length} bytes")
        return length
