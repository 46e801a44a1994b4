"""What a server and the process that reads texts beside it have in memory, together at one moment; from /proc."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PAUSE = 0.05
"""Seconds from one look to the next."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Residence:
    """Looks again and again at what is resident, in a thread of its own, until the server is gone; in MiB."""

    def __init__(self, server: int) -> None:
        self.server = self.beside = self.both = 0
        """What was seen at most."""
        self._pid = server
        threading.Thread(target=self._look_on, daemon=True).start()

    def _look_on(self) -> None:
        wait = threading.Event().wait
        with suppress(OSError):
            while True:
                server = _resident(self._pid)
                beside = sum(self._others())
                self.server, self.beside = max(self.server, server), max(self.beside, beside)
                self.both = max(self.both, server + beside)
                wait(PAUSE)

    def _others(self) -> Iterator[int]:
        for children in Path(f"/proc/{self._pid}/task").glob("*/children"):
            with suppress(OSError):  # a thread, or a child, that has ended meanwhile
                for child in map(int, children.read_text().split()):
                    if b"documents.questions" in Path(f"/proc/{child}/cmdline").read_bytes():
                        yield _resident(child)


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE >> 20
