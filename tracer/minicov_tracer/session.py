"""One process under measurement: a core that watches, a writer that keeps, and the moments between.

Nothing here may break the program: an internal error stops the measuring, says
so once on standard error, and the program goes on.
"""

from __future__ import annotations

import atexit
import os
import sys
import time
from types import CodeType

from minicov_tracer import cores
from minicov_tracer.scope import Scope
from minicov_tracer.settings import VARIABLE, Settings
from minicov_tracer.writer import Outcome, Writer

_CHECKPOINT_SECONDS = 1.0
"""How much of a run a kill can cost, at the edges of contexts."""


def warn(message: str) -> None:
    """One line on standard error, if there is one."""
    try:
        sys.stderr.write(f"minicov: {message}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass


class Session:
    """Measures this process from `start` to `finish`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._scope = Scope(settings)
        tracer = cores.choose(settings.core, self._in_scope)
        self._core = tracer.core
        if tracer.warning and os.environ.get("MINICOV_QUIET") is None:
            os.environ["MINICOV_QUIET"] = "1"  # one warning for the whole process tree
            warn(tracer.warning)
        self._writer = Writer(settings, self._scope.path, tracer)
        self._written_at = time.monotonic()
        self._label = settings.context
        self._stopped = False

    def start(self) -> None:
        """Begin to measure; `finish` will be called when the interpreter exits."""
        atexit.register(self.finish)
        os.register_at_fork(after_in_child=self._after_fork)
        self._core.start()

    def switch_context(self, label: str, outcome: Outcome | None = None) -> None:
        """Give what happened so far to the current context, with its outcome if it was a test, and begin another.

        `label` is a test's node id, or "" between tests.
        """
        self._flush(outcome, is_last=False)
        settings = self.settings
        self._label = "|".join(part for part in (settings.context, label) if part)

    def finish(self) -> None:
        """Stop, and write what is left."""
        if self._stopped:
            return
        self._core.stop()
        self._flush(None, is_last=True)
        self._stopped = True
        self._writer.close()

    def _in_scope(self, code: CodeType) -> bool:
        path = self._scope.path(code)
        if path:
            self._writer.text(path)
        return bool(path)

    def _flush(self, outcome: Outcome | None, *, is_last: bool) -> None:
        if self._stopped:
            return
        try:
            self._writer.note(self._label, self._core.flush(), outcome)
            now = time.monotonic()
            if is_last or now - self._written_at >= _CHECKPOINT_SECONDS:
                self._writer.checkpoint()
                self._written_at = now
        except Exception as error:  # the program comes first, whatever happened to us
            self._stopped = True
            self._core.stop()
            warn(f"measuring stopped: {self.settings.data_file}: {type(error).__name__}: {error}")

    def _after_fork(self) -> None:
        """In a forked child: what the parent gathered is the parent's to write."""
        if self._stopped:
            return
        self._core.flush()
        self._writer.abandon()
        if not self.settings.subprocesses:
            self._stopped = True
            self._core.stop()


_current: list[Session] = []


def current() -> Session | None:
    """The session of this process, None where it isn't measured."""
    return _current[0] if _current else None


def start_from_environment() -> Session | None:
    """Measure this process if its environment asks for it; once."""
    text = os.environ.get(VARIABLE)
    if text is None or _current:
        return current()
    session = Session(Settings.from_json(text))
    if not session.settings.subprocesses:
        del os.environ[VARIABLE]  # without it a child only finds a plugin that does nothing
    _current.append(session)
    session.start()
    return session
