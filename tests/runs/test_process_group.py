import asyncio
import os
import sys
import time

import pytest

from minicov_lsp.errors import RunError
from minicov_lsp.runs import process_group
from minicov_lsp.runs.process_group import ProcessGroup

pytestmark = pytest.mark.skipif(os.name == "nt", reason="process groups are those of POSIX")


def follow(program, *, end=None, tmp_path, environment=None):
    """Run a program; (its status, its output, how long it took)."""

    async def session():
        said = []
        group = await ProcessGroup.start(
            [sys.executable, "-u", "-c", program], tmp_path, environment or os.environ, said.append
        )
        started = time.monotonic()
        if end is not None:
            while end not in "".join(said):
                await asyncio.sleep(0.01)
            await group.end(0.3)
        status = await group.wait()
        return status, "".join(said), time.monotonic() - started

    return asyncio.run(session())


def test_output_and_status(tmp_path):
    """Both streams, in the order written, with whole characters; the exit status last."""
    program = "import sys, os; os.write(1, b'a\\xc3'); os.write(1, b'\\xa9\\n'); os.write(2, b'b\\xff\\n'); sys.exit(3)"
    status, said, _ = follow(program, tmp_path=tmp_path)
    assert (status, said) == (3, "a\u00e9\nb\ufffd\n")


def test_folder_environment_and_input(tmp_path):
    """It runs where and with what it is told, and reads nothing of ours."""
    program = "import os, sys; print(os.getcwd(), os.environ['X'], repr(sys.stdin.read()))"
    _, said, _ = follow(program, tmp_path=tmp_path, environment={**os.environ, "X": "y"})
    assert said == f"{tmp_path} y ''\n"


def test_a_group_that_does_not_listen_is_killed(tmp_path):
    """SIGTERM first; SIGKILL for those who stay, the children too."""
    program = (
        "import signal, os, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); child = os.fork();"
        "print('ready' if child else '', flush=True); time.sleep(600)"
    )
    status, _, took = follow(program, end="ready", tmp_path=tmp_path)
    assert status == -9
    assert took < 300


def test_a_group_that_listens_ends_by_itself(tmp_path):
    """Whoever cleans up on SIGTERM may do so."""
    program = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7));"
        "print('ready', flush=True); time.sleep(600)"
    )
    assert follow(program, end="ready", tmp_path=tmp_path)[0] == 7


def test_a_daemon_that_holds_the_output_open_holds_up_nothing(tmp_path):
    """The run is over when its program is."""
    program = "import os, time; print('x', flush=True)\nif os.fork() == 0: os.setsid(); time.sleep(40)"
    status, said, took = follow(program, tmp_path=tmp_path)
    assert (status, said) == (0, "x\n")
    assert took < 30


def test_too_much_output_is_cut_off_and_said_to_be(tmp_path, monkeypatch):
    """The program is never held up by it."""
    monkeypatch.setattr(process_group, "OUTPUT_LIMIT", 10_000)
    status, said, _ = follow("print('x' * 99 + '\\n' * 100_000)", tmp_path=tmp_path)
    assert status == 0
    assert len(said) < 10_200
    assert "left out" in said


@pytest.mark.parametrize("program", ["/no/such/program", "no\0name"])
def test_what_cannot_be_started_is_an_error_that_names_it(tmp_path, program):
    """One line: what, where, why."""
    with pytest.raises(RunError, match="could not be started"):
        asyncio.run(ProcessGroup.start([program], tmp_path, os.environ, print))
