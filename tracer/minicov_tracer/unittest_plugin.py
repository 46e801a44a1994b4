"""unittest's tests, where nobody but unittest runs them: each is a context, and its outcome is told.

`session` imports this when the program imports unittest. Labels are as pytest would have them,
`tests/test_a.py::TestA::test_b`, so that a project may change over. Under pytest, which runs such tests too, what is
wrapped here does nothing.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from minicov_tracer import events, session, writer

_FRAME = re.compile(r'^  File "(?P<path>.+)", line (?P<line>\d+)', re.MULTILINE)
_LISTS = (
    ("errors", "error"),
    ("failures", "failed"),
    ("unexpectedSuccesses", "xpassed"),
    ("expectedFailures", "xfailed"),
    ("skipped", "skipped"),
)
"""Where a result keeps the tests that did not just pass, and our words for it."""


class Watcher:
    """Wraps what runs tests."""

    def __init__(self, measured: session.Session) -> None:
        self._session = measured
        self._events: events.EventFile | None = None
        self._is_running = False

    def patch(self, runner: ModuleType) -> None:
        """Wrap `TestCase.run`, which runs one test, and `TextTestRunner.run`, which gets all of them at once."""
        case = sys.modules["unittest.case"].TestCase
        run_test, run_suite = case.run, runner.TextTestRunner.run

        def run_watched(test: Any, result: Any = None) -> Any:
            if result is None or self._is_running or type(result).__module__.startswith("_pytest"):
                return run_test(test, result)
            self._is_running = True
            try:
                return self._run(lambda: run_test(test, result), test, result)
            finally:
                self._is_running = False

        def run_all_watched(runner: Any, suite: Any) -> Any:
            self._events = self._events or events.take()
            self._tell({"event": "collected", "tests": [self._label(test) for test in _tests_in(suite)]})
            return run_suite(runner, suite)

        case.run, runner.TextTestRunner.run = run_watched, run_all_watched

    def _run(self, run: Callable[[], Any], test: Any, result: Any) -> Any:
        if _could_not_be_loaded(test):
            self._tell({"event": "error"} | _failed_import(test))
            return run()
        label = self._label(test)
        before = {name: len(getattr(result, name, ())) for name, _ in _LISTS}
        self._session.switch_context(label)
        self._tell({"event": "start", "id": label})
        started = time.perf_counter()
        try:
            return run()
        finally:
            duration = time.perf_counter() - started
            word, message = _outcome(result, before)
            self._session.switch_context("", writer.Outcome(word, duration))
            place = _place(message) if word != "passed" else {}
            self._tell({"event": "outcome", "id": label, "outcome": word, "duration": duration} | place)

    def _label(self, test: Any) -> str:
        """As pytest would have it, from the project's folder."""
        if _could_not_be_loaded(test):
            return self._relative(str(_failed_import(test)["path"]))
        cls = type(test)
        file = getattr(sys.modules.get(cls.__module__), "__file__", None)
        path = self._relative(os.path.abspath(file)) if file else cls.__module__
        return "::".join([path, *cls.__qualname__.split("."), getattr(test, "_testMethodName", "")])

    def _relative(self, path: str) -> str:
        return path.removeprefix(os.path.join(self._session.settings.root, "")).replace(os.sep, "/")

    def _tell(self, event: dict[str, object]) -> None:
        if self._events is not None:
            self._events.tell(event)


def _tests_in(suite: Any) -> Iterator[Any]:
    """The test cases of a suite of suites."""
    try:
        inside = iter(suite)
    except TypeError:
        yield suite
        return
    for each in inside:
        yield from _tests_in(each)


def _outcome(result: Any, before: dict[str, int]) -> tuple[str, str]:
    """(word, message) of the test that ran since the result was counted; the worst that it came to."""
    for name, word in _LISTS:
        found = getattr(result, name, ())
        if len(found) > before[name]:
            last = found[before[name]]
            return word, str(last[1]) if isinstance(last, tuple) and len(last) > 1 else ""
    return "passed", ""


def _place(message: str) -> dict[str, object]:
    """Where a traceback in words ends, outside of unittest itself, and its last line."""
    said = message.strip().splitlines()
    told: dict[str, object] = {"message": said[-1] if said else ""}
    for path, line in _frames(message)[-1:]:
        told |= {"path": path, "line": line}
    return told


def _frames(message: str) -> list[tuple[str, int]]:
    """(absolute path, line) of a traceback in words, outermost first, without what is unittest's or import's own."""
    own = os.path.dirname(sys.modules["unittest"].__file__ or "")
    found = [(match["path"], int(match["line"])) for match in _FRAME.finditer(message)]
    return [(os.path.abspath(path), line) for path, line in found if not path.startswith((own, "<"))]


def _could_not_be_loaded(test: Any) -> bool:
    """Whether it only stands for a module that can't be imported."""
    return type(test).__name__ == "_FailedTest" and type(test).__module__ == "unittest.loader"


def _failed_import(test: Any) -> dict[str, object]:
    """Why a module could not be imported, and its own line that did not work."""
    message = str(getattr(test, "_exception", "")).strip()
    path, line = _frames(message)[0] if _frames(message) else ("", 1)
    return {"message": message.splitlines()[-1] if message else "", "path": path, "line": line}
