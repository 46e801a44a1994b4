"""Ctrl-C while something is done that is to be done whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def held_back() -> Iterator[None]:
    """Let KeyboardInterrupt wait until what is done within has been done; then it is raised.

    SQLite calls our functions in the middle of a statement. An exception that is
    raised there becomes an error of the statement, which looks like damage.
    Python raises KeyboardInterrupt in the main thread only, and only where nobody
    else handles the signal: elsewhere nothing is changed.
    """
    is_ours = threading.current_thread() is threading.main_thread()
    if not is_ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    held: list[int] = []

    def hold(number: int, _frame: FrameType | None) -> None:
        held.append(number)

    signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if held:
        raise KeyboardInterrupt
