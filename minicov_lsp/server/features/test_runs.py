"""minicov/testRun and progress: what the client hears of a run, from its start to its end."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types

from minicov_lsp.documents.text import split_lines
from minicov_lsp.errors import MinicovError, RunError
from minicov_lsp.runs.events import FAILURES, Outcome
from minicov_lsp.runs.interpreter import activated, choose_interpreter
from minicov_lsp.runs.measuring import adding_settings_for
from minicov_lsp.runs.runners import Plan
from minicov_lsp.runs.selection import still_there, without_parameters
from minicov_lsp.runs.test_run import RunResult
from minicov_lsp.server.folder import Folder, Opened, Selection
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.positions import range_of_lines
from minicov_lsp.server.progress import RunProgress
from minicov_lsp.server.snapshot import Failure
from minicov_tracer import sources

METHOD = "minicov/testRun"


async def start(ls: MinicovServer, folder: Folder, selection: Selection) -> str:
    """Queue a run, or put it in place of those that go on, as the setting has it; its id.

    Settings that the client was asked for before are waited for: it may be those that say which Python runs.
    """
    async with ls.configuring:
        pass
    run_id = str(uuid.uuid4())
    if folder.settings.when_busy == "replace":
        for other in folder.runs.active:
            folder.runs.cancel(other)
    folder.last = selection
    planned = partial(prepare, run_id, folder.path, folder.opened, selection, dict(os.environ))
    folder.runs.submit(run_id, planned, Follower(ls, folder, run_id, selection))
    return run_id


def prepare(run_id: str, folder: Path, opened: Opened, selection: Selection, environment: Mapping[str, str]) -> Plan:
    """All that a run must know; called in a worker thread. Raises RunError, ConfigError."""
    interpreter = choose_interpreter(folder, opened.settings.python, environment)
    tests = still_there(selection.tests, opened.tests.may_hold)
    if selection.tests and not tests:
        raise RunError(f"{selection.label}: none of these tests is there any more")
    with suppress(MinicovError):  # the run's end tells it where nothing could be kept
        opened.project.make_data_folder()
    measured = adding_settings_for(opened.project)
    conditions = measured.conditions and opened.settings.conditions
    return Plan(
        folder=folder,
        python=interpreter.path,
        tests=tests,
        arguments=opened.settings.test_args,
        settings=measured.replaced(run_id=run_id, conditions=conditions),
        environment=activated(interpreter.path, environment),
        unittest_files=opened.tests.unittest_files,
    )


class Follower:
    """Tells the client of one run, and the workspace of its outcomes; a `RunListener`."""

    def __init__(self, ls: MinicovServer, folder: Folder, run_id: str, selection: Selection) -> None:
        self._ls = ls
        self._folder = folder
        self._run_id = run_id
        self._selection = selection
        self._progress: RunProgress | None = None
        self._total = self._done = 0
        self._texts: dict[Path, tuple[str, ...]] = {}

    def started(self, tests: Sequence[str]) -> None:
        """The run's turn has come."""
        self._total = len(tests)
        self._ls.state.begin_run(self._folder, self._run_id, self._selection)
        self._progress = RunProgress(self._ls, self._run_id, f"Running {self._selection.label}")
        self._tell("started", tests=list(tests), label=self._selection.label)

    def collected(self, tests: Sequence[str]) -> None:
        """Now it is known how many tests run."""
        self._total = len(tests)
        self._report()

    def test(self, outcome: Outcome) -> None:
        """A test ended."""
        self._done += 1
        failure = self._failure(outcome)
        self._ls.state.take_outcome(self._folder, outcome, failure)
        told: dict[str, Any] = {"message": outcome.message} if outcome.message else {}
        if failure is not None:
            told["location"] = self._location(failure)
        self._tell("test", id=outcome.id, outcome=outcome.outcome, duration=outcome.duration, **told)
        self._report()

    def output(self, text: str) -> None:
        """Something was written."""
        self._tell("output", text=text)

    def problem(self, message: str) -> None:
        """Something that the user can mend."""
        self._ls.warn(message)

    async def finished(self, result: RunResult) -> None:
        """The run has ended and its data is merged; whoever hears it finds the new pictures."""
        await self._ls.state.end_run(self._folder, self._run_id)
        self._tell("finished", outcome=result.outcome, counts=dict(result.counts))
        if self._progress is not None:
            self._progress.end(_in_words(result))

    def _report(self) -> None:
        if self._progress is not None and self._total:
            self._progress.report(min(self._done, self._total), self._total)

    def _tell(self, event: str, **more: object) -> None:
        if self._ls.wishes.test_runs:
            self._ls.protocol.notify(
                METHOD, {"runId": self._run_id, "folder": self._folder.uri, "event": event, **more}
            )

    def _failure(self, outcome: Outcome) -> Failure | None:
        """Where a test failed: where it was raised if that is in the folder, else where the test begins."""
        if outcome.outcome not in FAILURES:
            return None
        path, line = Path(outcome.path).resolve(), outcome.line
        if not outcome.path or not self._folder.contains(path) or not line:
            bare = without_parameters(outcome.id)
            found = self._folder.opened.tests.find(bare)
            if found is None:
                return None
            path, line = self._folder.path / bare.partition("::")[0], found.line
        return Failure(outcome.id, outcome.message, path, line, self._text(path))

    def _location(self, failure: Failure) -> types.Location:
        range_ = range_of_lines(failure.line, failure.line, failure.lines, self._ls.state.encoding)
        return types.Location(self._ls.state.uri_of(failure.path), range_)

    def _text(self, path: Path) -> tuple[str, ...]:
        """The lines of a file as they were when the first test failed in it."""
        if path not in self._texts:
            self._texts[path] = split_lines(sources.read(str(path)) or "")
        return self._texts[path]


def _in_words(result: RunResult) -> str:
    counts = ", ".join(f"{count} {word}" for word, count in result.counts.items() if count)
    return f"cancelled; {counts}".rstrip("; ") if result.outcome == "cancelled" else counts or result.outcome


def cancel_progress(ls: MinicovServer, params: types.WorkDoneProgressCancelParams) -> None:
    """The user pressed cancel on a run's progress."""
    for folder in ls.state.folders.values():
        folder.runs.cancel(str(params.token))


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)(cancel_progress)
