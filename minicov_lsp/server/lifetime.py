"""Ending with the client: a server whose client is gone has nobody to serve."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

INTERVAL = 1.0
"""Seconds between two looks at the client's process."""


def is_alive(pid: int) -> bool:
    """Whether a process is there; one that has ended and was not reaped yet is not."""
    if sys.platform == "win32":
        return True  # os.kill would end it; there a closed standard input tells
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[:1]
    except OSError:
        return True
    return state != [b"Z"]


async def watch_client(pid: Callable[[], int | None], gone: Callable[[], None]) -> None:
    """Call `gone` when the process whose id `pid` gives, once it is known, is no more."""
    while True:
        await asyncio.sleep(INTERVAL)
        client = pid()
        if client is not None and client > 0 and not is_alive(client):
            gone()
            return


def end_on_signals(stop: Callable[[], None]) -> None:
    """Let a polite signal end the server as a closed standard input does, so that no run is left behind."""
    if sys.platform == "win32":
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
