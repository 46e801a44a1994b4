"""Who has a core first: the event loop, before the threads and the process that work for it."""

from __future__ import annotations

import os
import sys

LESS_URGENT = 5
"""By how much what works for the event loop is nicer than it."""


def step_back() -> None:
    """Let the event loop have a core before this thread, and before the process that it starts.

    Niceness is a thread's own on Linux, and what a thread starts inherits it; elsewhere it is a process's.
    """
    if sys.platform == "linux":
        os.nice(LESS_URGENT)
