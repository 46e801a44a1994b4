"""One run of tests under coverage, from its start to the merged data."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from minicov_lsp.errors import MinicovError, RunError
from minicov_lsp.runs.events import (
    FAILURES,
    WORDS,
    Collected,
    CollectionFailed,
    EventFile,
    Outcome,
    Started,
)
from minicov_lsp.runs.process_group import ProcessGroup
from minicov_lsp.runs.runners import (
    Plan,
    lacks_pytest,
    pytest_command,
    refuse_too_old,
    unittest_command,
    unittest_tests,
)
from minicov_lsp.runs.selection import after_not_found
from minicov_lsp.store.combine import CombineResult, combine
from minicov_lsp.store.importing import adopt_coverage_py
from minicov_lsp.store.kept import unmerged_partials
from minicov_tracer.events import VARIABLE as EVENTS_VARIABLE
from minicov_tracer.launch import environment

log = logging.getLogger(__name__)

EVENTS_PAUSE = 0.05
"""Seconds between two looks at the run's events."""
MOST_ATTEMPTS = 3
"""With the parameters that were known, with those there are now, without what is gone."""
_FEW = 5
"""Tests that are named in the log."""
_MISUSED = 4
"""pytest's exit status for ids that it doesn't know, among other things."""
_KEPT_OUTPUT = 64 * 1024
"""Characters of output that are looked through for the reason of a failed start."""

_FATAL = re.compile(r"Fatal Python error: .*")
"""What the interpreter says when it crashes, behind whatever stood in the line already."""
_NOT_FOUND = re.compile(r"^ERROR: (?:file or directory )?not found: (?P<path>.+)$", re.MULTILINE)

Ending = Literal["passed", "failed", "error", "cancelled"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended."""

    outcome: Ending
    counts: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(WORDS, 0))
    """{outcome: how many tests}."""


class RunListener(Protocol):
    """Whoever follows one run; called on the event loop."""

    def started(self, tests: Sequence[str]) -> None:
        """First of all: what was asked to run."""

    def collected(self, tests: Sequence[str]) -> None:
        """What will run in fact."""

    def test(self, outcome: Outcome) -> None:
        """A test, or the collection of a file, ended."""

    def output(self, text: str) -> None:
        """Something was written to standard output or error."""

    def problem(self, message: str) -> None:
        """Something that the user should know and can mend."""

    async def finished(self, result: RunResult) -> None:
        """Last of all, always; the data is merged. The next run waits for it."""


class TestRun:
    """A run that goes on; used on one event loop."""

    __test__ = False  # not a test of ours, whatever its name

    def __init__(self, listener: RunListener, executor: Executor) -> None:
        self._listener = listener
        self._executor = executor
        self._group: ProcessGroup | None = None
        self._counts: dict[str, int] = dict.fromkeys(WORDS, 0)
        self.has_finished = False
        self._known: dict[str, None] = {}
        self._going: dict[str, None] = {}
        """Tests that have begun and not ended."""
        self._output = ""

    async def run(self, prepare: Callable[[], Plan]) -> None:
        """Prepare in a thread, run, merge; cancelling this task ends every process of the run."""
        plan = None
        outcome: Ending = "error"
        try:
            plan = await asyncio.get_running_loop().run_in_executor(self._executor, prepare)
            log.info("run in %s by %s: %s", plan.folder, plan.python, ", ".join(plan.tests[:_FEW]) or "all tests")
            self._listener.started(plan.tests)
            outcome = await self._run(plan)
        except asyncio.CancelledError:
            outcome = "cancelled"
        except MinicovError as error:
            self._listener.problem(str(error))
        except Exception:
            # Whatever went wrong, whoever follows the run must hear that it has ended.
            log.exception("a test run failed inside minicov")
            self._listener.problem("the test run failed inside minicov; its log says more")
        if plan is None:
            self._listener.started(())
        await self._finish(outcome)

    async def give_up(self) -> None:
        """End a run that never came to its turn."""
        self._listener.started(())
        await self._finish("cancelled")

    async def _finish(self, outcome: Ending) -> None:
        """Tell the end, whether or not a cancel comes in between."""
        log.info("the run has ended: %s, %s", outcome, self._counts)
        self.has_finished = True
        await asyncio.shield(self._listener.finished(RunResult(outcome, self._counts)))

    async def _run(self, plan: Plan) -> Ending:
        """Run, and merge what was measured however that ended."""
        try:
            return await self._pytest(plan)
        finally:
            await self._merge(plan)

    async def _pytest(self, plan: Plan) -> Ending:
        """Run pytest, and again without the tests that it doesn't know: one of them keeps it from running any."""
        tests, status = plan.tests, 0
        for _ in range(MOST_ATTEMPTS):
            self._output = ""
            status = await self._attempt(plan, partial(pytest_command, plan, tests))
            missing = self._not_found(plan) if status == _MISUSED and not self._known else set()
            if not missing or not (tests := after_not_found(tests, missing)):
                break
        if not self._known:
            refuse_too_old(plan, self._output)
        if status == 1 and not self._known and lacks_pytest(self._output):
            status = await self._unittest(plan, tests)
        return self._ending(plan, status)

    async def _unittest(self, plan: Plan, tests: Sequence[str]) -> int:
        """Run unittest in pytest's place; its exit status. Raises RunError where it has no tests."""
        names = await asyncio.get_running_loop().run_in_executor(self._executor, unittest_tests, plan, tests)
        self._output = ""
        return await self._attempt(plan, lambda _: unittest_command(plan, names))

    async def _attempt(self, plan: Plan, command: Callable[[Path], list[str]]) -> int:
        """Start a program, whose command may use a folder for as long as it runs, and follow it; its exit status."""
        with tempfile.TemporaryDirectory(prefix="minicov-", ignore_cleanup_errors=True) as scratch:
            events = Path(scratch, "events")
            surroundings = environment(plan.settings, plan.environment) | {EVENTS_VARIABLE: str(events)}
            self._group = await ProcessGroup.start(command(Path(scratch)), plan.folder, surroundings, self._take_output)
            source = EventFile(events)
            following = asyncio.create_task(self._follow(source, plan))
            try:
                return await self._group.wait()
            except asyncio.CancelledError:
                await self._group.end()
                raise
            finally:
                following.cancel()
                self._take_events(source, plan)

    def kill(self) -> None:
        """End the run's processes at once, when there is no time for anything else."""
        if self._group is not None:
            self._group.kill()

    async def _follow(self, source: EventFile, plan: Plan) -> None:
        while True:
            self._take_events(source, plan)
            await asyncio.sleep(EVENTS_PAUSE)

    def _take_events(self, source: EventFile, plan: Plan) -> None:
        for event in source.read():
            if isinstance(event, Collected):
                self._known.update(dict.fromkeys(event.tests))
                self._listener.collected(tuple(self._known))
            elif isinstance(event, CollectionFailed):
                file = _relative(event.path, plan.folder)
                self._take_outcome(Outcome(file, "error", 0.0, event.message, event.path, event.line))
            elif isinstance(event, Started):
                self._going[event.id] = None
            elif isinstance(event, Outcome):
                self._take_outcome(event)

    def _take_outcome(self, outcome: Outcome) -> None:
        self._known[outcome.id] = None
        self._going.pop(outcome.id, None)
        self._counts[outcome.outcome] += 1
        self._listener.test(outcome)

    def _take_output(self, text: str) -> None:
        self._output = (self._output + text)[-_KEPT_OUTPUT:]
        self._listener.output(text)

    def _not_found(self, plan: Plan) -> set[str]:
        """The ids that pytest says it doesn't know."""
        return {_relative(match["path"], plan.folder) for match in _NOT_FOUND.finditer(self._output)}

    def _ending(self, plan: Plan, status: int) -> Ending:
        """What an exit status of pytest means; raises RunError where no test could run."""
        if status == 1 and self._known:
            return "failed"
        if any(self._counts[word] for word in FAILURES):
            return "error"
        if status == 0 and self._going:
            raise RunError(f"the tests' program ended in {', '.join(self._going)}; no test behind it was run")
        if status == 0:
            return "passed"
        if status == 5:
            raise RunError(f"no tests to run were found in {plan.folder}")
        raise RunError(f"the tests' program ended with {_named(status)} in {plan.folder}: {self._last_words()}")

    def _last_words(self) -> str:
        """The line of the output that most likely says why."""
        lines = [line.strip() for line in self._output.splitlines() if line.strip()]
        errors = [line for line in lines if re.match(r"(\w+\.)*(\w*Error|ERROR|INTERNALERROR>?)\b", line)]
        fatal = _FATAL.findall(self._output)
        return next(iter(fatal[-1:] or errors[-1:] or lines[-1:]), "it wrote nothing")[:300]

    async def _merge(self, plan: Plan) -> None:
        """Bring what the run's processes wrote into the data file; not given up half-way."""
        merging = asyncio.get_running_loop().run_in_executor(self._executor, _combine, plan)
        try:
            result = await asyncio.shield(merging)
        except asyncio.CancelledError:
            await asyncio.wait([merging])
            raise
        for problem in result.problems:
            self._listener.problem(problem.message)
        kept_in = Path(plan.settings.data_file).parent
        if plan.folder.is_dir() and not os.access(kept_in, os.W_OK):
            self._listener.problem(
                f"{kept_in} can't be written to, so nothing of what ran was kept: let it be written to, or set"
                " `minicov.dataFile` to a place that can"
            )


def _relative(path: str, folder: Path) -> str:
    """A path, or node id, below the folder without the folder."""
    return path.removeprefix(f"{folder}{os.sep}").replace(os.sep, "/")


def _combine(plan: Plan) -> CombineResult:
    data_file, root = Path(plan.settings.data_file), Path(plan.settings.root)
    partials = unmerged_partials(data_file)
    if not partials:
        return CombineResult(0, ())  # nothing could be written where the workspace is read-only, data there as well
    adopt_coverage_py(data_file, root)
    return combine(data_file, partials, append=True, root=root)


def _named(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"
