"""Queueing and cancelling, with the real pytest in real processes."""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from minicov_lsp.errors import RunError
from minicov_lsp.runs.run_manager import RunManager
from minicov_lsp.runs.runners import Plan
from minicov_tracer.settings import Settings

pytestmark = pytest.mark.skipif(os.name == "nt", reason="process groups are those of POSIX")


class Ear:
    """Remembers what it is told of one run."""

    def __init__(self):
        self.told = []
        self.ended = asyncio.Event()

    def started(self, tests):
        self.told.append(("started", tuple(tests)))

    def collected(self, tests):
        self.told.append(("collected", tuple(tests)))

    def test(self, outcome):
        self.told.append(("test", outcome.id, outcome.outcome))

    def output(self, text):
        pass

    def problem(self, message):
        self.told.append(("problem", message))

    async def finished(self, result):
        self.told.append(("finished", result.outcome))
        self.ended.set()


@pytest.fixture
def plan(tmp_path):
    """How the tests of a small file are run."""
    (tmp_path / "test_m.py").write_text("def test_a(): pass\ndef test_b(): assert False\n")

    def make(*tests, settings=None):
        told = Settings(data_file=str(tmp_path / ".coverage.db"), root=str(tmp_path), run_id="r", replaces=True)
        return Plan(tmp_path, sys.executable, tests, ("-p", "no:cacheprovider"), settings or told, dict(os.environ))

    return make


def session(run):
    """Run a coroutine with a manager."""

    async def whole():
        with ThreadPoolExecutor(2) as executor:
            manager = RunManager(executor)
            await run(manager)
            await manager.close()

    asyncio.run(whole())


def test_a_run_is_told_from_start_to_end(plan, tmp_path):
    """Started, collected, each test, finished; the data is merged by then."""

    async def run(manager):
        ear = Ear()
        manager.submit("1", lambda: plan("test_m.py::test_a", "test_m.py::test_b"), ear)
        await ear.ended.wait()
        both = ("test_m.py::test_a", "test_m.py::test_b")
        assert ear.told == [
            ("started", both),
            ("collected", both),
            ("test", both[0], "passed"),
            ("test", both[1], "failed"),
            ("finished", "failed"),
        ]
        assert (tmp_path / ".coverage.db").exists()

    session(run)


def test_what_cannot_be_prepared_is_told_and_over(plan):
    """One problem, and the end; the next run has its turn."""

    def fail():
        raise RunError("no Python")

    async def run(manager):
        first, second = Ear(), Ear()
        manager.submit("1", fail, first)
        manager.submit("2", lambda: plan("test_m.py::test_a"), second)
        await second.ended.wait()
        assert first.told == [("problem", "no Python"), ("started", ()), ("finished", "error")]
        assert second.told[-1] == ("finished", "passed")

    session(run)


def test_a_mistake_of_ours_is_told_and_over():
    """Whoever follows the run hears of its end, whatever happens."""

    def fail():
        raise ZeroDivisionError

    async def run(manager):
        ear = Ear()
        manager.submit("1", fail, ear)
        await ear.ended.wait()
        assert [each[0] for each in ear.told] == ["problem", "started", "finished"]

    session(run)


def test_cancelled_before_its_turn_a_run_tells_its_end(plan):
    """Even one that was cancelled in the moment it was made."""

    async def run(manager):
        first, second = Ear(), Ear()
        manager.submit("1", lambda: plan("test_m.py::test_a"), first)
        manager.submit("2", lambda: plan("test_m.py::test_a"), second)
        assert manager.cancel("2")
        await second.ended.wait()
        assert second.told == [("started", ()), ("finished", "cancelled")]
        await first.ended.wait()
        assert first.told[-1] == ("finished", "passed")
        assert not manager.cancel("2")

    session(run)
