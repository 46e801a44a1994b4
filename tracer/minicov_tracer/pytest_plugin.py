"""The pytest plugin: each test is a context, and whoever started the run hears of every outcome.

It is named in PYTEST_PLUGINS by `launch.environment`, and does nothing in a
process that isn't measured. Under pytest-xdist the workers switch contexts and
the controller tells the events. Workers are measured also where other children
are not: they run the very tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from minicov_tracer import events, session, writer
from minicov_tracer.settings import VARIABLE

# A worker of pytest-xdist has been given its environment only after its start; this comes before any conftest.py.
session.start_from_environment()


_COV_OFF = "MINICOV_COV_OFF"
"""Tells a worker of pytest-xdist what it can't see: that the run's outcomes are told to somebody."""


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Keep pytest-cov from measuring what an editor runs, whatever `addopts` says.

    A part of the tests would fail for its total, and overwrite what coverage.py knows of all of them.
    """
    if events.VARIABLE in os.environ or os.environ.pop(_COV_OFF, ""):
        early_config.known_args_namespace.no_cov = True


def pytest_configure(config: pytest.Config) -> None:
    """Register what this process needs."""
    measured = session.current()
    if measured is not None and measured.settings.contexts != "none":
        kind = _Contexts if measured.settings.contexts == "test" else _FunctionContexts
        config.pluginmanager.register(kind(measured), "minicov-contexts")
    file = None if hasattr(config, "workerinput") else events.take()
    if file is not None:
        config.pluginmanager.register(_Events(file), "minicov-events")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    """Have the workers measured, where they don't inherit that, and by nobody else."""
    if config.pluginmanager.hasplugin("minicov-events"):
        for spec in specs:
            spec.env[_COV_OFF] = "1"
    measured = session.current()
    if measured is not None and not measured.settings.subprocesses:
        for spec in specs:
            spec.env.setdefault(VARIABLE, measured.settings.to_json())


class Outcome:
    """What became of one test over its three phases."""

    def __init__(self) -> None:
        self.word = "passed"
        self.duration = 0.0
        self.report: pytest.TestReport | None = None

    def add(self, report: pytest.TestReport) -> None:
        """Take one phase's report into account."""
        if not hasattr(report, "context"):  # a subtest's report; its time is in that of its test
            self.duration += report.duration
        word = _word(report)
        if word != "passed" and (self.word == "passed" or word == "error"):
            self.word, self.report = word, report


def _word(report: pytest.TestReport) -> str:
    """The outcome that one phase alone would give."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return "skipped" if report.skipped else "passed"


class _Contexts:
    """Switches the session's context at the edges of each test."""

    def __init__(self, measured: session.Session) -> None:
        self._session = measured
        self._outcome = Outcome()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[Any]:
        self._outcome = Outcome()
        self._session.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self._session.switch_context("", writer.Outcome(self._outcome.word, self._outcome.duration))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._outcome.add(report)


class _FunctionContexts:
    """Switches the session's context at the edges of test functions alone: coverage.py's `test_function`."""

    def __init__(self, measured: session.Session) -> None:
        self._session = measured

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Iterator[Any]:
        function = pyfuncitem.obj
        name = function.__qualname__ if hasattr(function, "__self__") else function.__name__
        self._session.switch_context(f"{function.__module__}.{name}")
        try:
            return (yield)
        finally:
            self._session.switch_context("")


class _Events:
    """Tells events as they happen."""

    def __init__(self, file: events.EventFile) -> None:
        self._file = file
        self._outcomes: dict[str, Outcome] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._file.tell({"event": "collected", "tests": [item.nodeid for item in session.items]})

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        self._file.tell({"event": "collected", "tests": list(ids)})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._outcomes[nodeid] = Outcome()
        self._file.tell({"event": "start", "id": nodeid})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome = self._outcomes.setdefault(report.nodeid, Outcome())
        outcome.add(report)
        if report.when not in ("setup", "call"):  # the teardown, or the end of a worker that died of the test
            del self._outcomes[report.nodeid]
            event = {"event": "outcome", "id": report.nodeid, "outcome": outcome.word, "duration": outcome.duration}
            self._file.tell(event | (_place(outcome.report) if outcome.report is not None else {}))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._file.tell({"event": "error"} | _place(report))

    def pytest_unconfigure(self) -> None:
        self._file.close()


def _place(report: pytest.TestReport | pytest.CollectReport) -> dict[str, object]:
    """What went wrong and where, as far as pytest knows."""
    details = report.longrepr
    crash = getattr(details, "reprcrash", None)
    if crash is not None:
        return {"message": crash.message, "path": os.path.abspath(crash.path), "line": crash.lineno}
    if isinstance(details, tuple):  # a skip: (path, line, reason)
        return {"message": details[2], "path": os.path.abspath(details[0]), "line": details[1]}
    line = report.location[1] if isinstance(report, pytest.TestReport) else 0
    return {"message": str(details or "").strip(), "path": os.path.abspath(str(report.fspath)), "line": _from_1(line)}


def _from_1(line: int | None) -> int:
    """A line as it is told; 0 where it isn't known."""
    return line + 1 if line is not None else 0
