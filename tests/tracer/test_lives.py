"""Every way to start, to go on and to die: what ran is in the merged data file, and the program notices nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

import pytest

from minicov_lsp.store.database import Database

from .lives import LIVES, live

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and fork are POSIX's")

KEEPS_LOG = find_spec(f"minicov_tracer.{'_monitoring' if sys.version_info >= (3, 12) else '_settrace'}") is not None
"""Whether the core keeps a hit log: those in C do."""
TRACES_IN_PYTHON = sys.version_info < (3, 12) and not KEEPS_LOG
"""Whether the core is a trace function in Python, which CPython switches off when it has no stack left to run on."""


NEEDS_LOG = {
    "os._exit",
    "killed",
    "terminated",
    "segmentation fault",
    "fork",
    "pool that is terminated",
    "exec",
    "a child that ends a little later",
}
"""What only the hit log can know; a core that keeps none loses it, or has it merged later."""


@pytest.mark.parametrize("name", LIVES)
def test_what_ran_is_found(name: str, tmp_path: Path) -> None:
    """Each line that ran before the end is in the data file, and the status is the program's own."""
    if name in NEEDS_LOG and not KEEPS_LOG:
        pytest.skip("this core keeps no hit log")
    if name == "end of the recursion" and TRACES_IN_PYTHON:
        pytest.skip("a trace function in Python is switched off at the end of the recursion")
    ended = live(LIVES[name], tmp_path)
    assert ended.status == LIVES[name].status, ended.messages
    assert ended.expected - ended.found == set()
    assert ended.left == ()


@pytest.mark.skipif(not KEEPS_LOG, reason="only what the hit log has survives a kill")
def test_a_kill_costs_nothing(tmp_path: Path) -> None:
    """Lines, arcs and exceptions of a killed process are those that it would have written itself."""
    source = textwrap.dedent("""\
        import os, signal, sys
        def work(n):
            for i in range(n):
                try:
                    if i % 2:
                        raise ValueError
                except ValueError:
                    continue
                yield i
        print(list(work(4)))
        os.kill(os.getpid(), signal.SIGKILL) if "die" in sys.argv else 0
        """)
    (tmp_path / "program.py").write_text(source)
    found = []
    for argument, status in (("live", 0), ("die", -9)):
        command = [sys.executable, "-m", "minicov_lsp", "run", "program.py", argument]
        assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, timeout=60).returncode == status
        with Database(tmp_path / ".coverage.db") as database:
            (facts,) = database.facts("program.py")
            found.append((facts.lines(), facts.arcs() - {(11, -1)}))
    assert found[0] == found[1]
    assert (8, 3) in found[0][1]
