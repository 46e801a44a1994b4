"""Ctrl-C while something is done that is to be done whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def held_back() -> Iterator[Callable[[], None]]:
    """Let KeyboardInterrupt wait for a call of what is given, or until what is done within has been done.

    SQLite calls our functions in the middle of a statement. An exception that is
    raised there becomes an error of the statement, which looks like damage.
    Python raises KeyboardInterrupt in the main thread only, and only where nobody
    else handles the signal: elsewhere nothing is changed.
    """
    held: list[int] = []

    def let_through() -> None:
        if held:
            raise KeyboardInterrupt

    is_ours = threading.current_thread() is threading.main_thread()
    if not is_ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield let_through
        return

    def hold(number: int, _frame: FrameType | None) -> None:
        held.append(number)

    signal.signal(signal.SIGINT, hold)
    try:
        yield let_through
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    let_through()
