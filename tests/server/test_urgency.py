"""Who has a core first."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from minicov_lsp.server.urgency import LESS_URGENT, step_back

NICENESS = [sys.executable, "-c", "import os; print(os.getpriority(os.PRIO_PROCESS, 0))"]


@pytest.mark.skipif(sys.platform != "linux", reason="niceness is a process's own here")
def test_a_thread_steps_back_and_what_it_starts():
    """The thread and its children are nicer by as much; the thread of the event loop is not."""

    def seen() -> tuple[int, int]:
        own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        return own, int(subprocess.run(NICENESS, check=True, capture_output=True).stdout)

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    with ThreadPoolExecutor(1, initializer=step_back) as executor:
        assert executor.submit(seen).result() == (before + LESS_URGENT, before + LESS_URGENT)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
