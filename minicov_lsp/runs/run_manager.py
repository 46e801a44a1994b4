"""The runs of one workspace folder: one at a time, newer ones wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from minicov_lsp.runs.runners import Plan
from minicov_lsp.runs.test_run import RunListener, TestRun


@dataclass(slots=True)
class _Entry:
    run: TestRun
    task: asyncio.Task[None]


class RunManager:
    """Starts, queues and cancels runs; used on one event loop."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._entries: dict[str, _Entry] = {}
        self._turn = asyncio.Lock()
        self._telling: set[asyncio.Task[None]] = set()

    def submit(self, run_id: str, prepare: Callable[[], Plan], listener: RunListener) -> None:
        """Run as soon as the runs before it have ended; `prepare` is called in a thread then."""
        run = TestRun(listener, self._executor)
        task = asyncio.get_running_loop().create_task(self._take_turn(run, prepare))
        self._entries[run_id] = _Entry(run, task)
        task.add_done_callback(lambda _: self._ended(run_id))

    def cancel(self, run_id: str) -> bool:
        """End a run with all its processes, or take it from the queue; whether there is such a run."""
        entry = self._entries.get(run_id)
        if entry is not None:
            entry.task.cancel()
        return entry is not None

    @property
    def active(self) -> tuple[str, ...]:
        """The runs that go on or wait, oldest first."""
        return tuple(self._entries)

    async def idle(self) -> None:
        """Wait until no run goes on or waits."""
        while self._entries:
            await asyncio.wait([entry.task for entry in self._entries.values()])

    async def close(self) -> None:
        """End all runs, and wait until they have."""
        tasks = [entry.task for entry in self._entries.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def kill(self) -> None:
        """End all processes at once."""
        for entry in self._entries.values():
            entry.run.kill()

    async def _take_turn(self, run: TestRun, prepare: Callable[[], Plan]) -> None:
        async with self._turn:
            await run.run(prepare)

    def _ended(self, run_id: str) -> None:
        """Forget a run; one that was cancelled before its turn has told nobody yet."""
        run = self._entries.pop(run_id).run
        if not run.has_finished:
            telling = asyncio.get_running_loop().create_task(run.give_up())
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)
