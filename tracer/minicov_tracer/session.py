"""One process under measurement: a core that watches, a writer that keeps, and the moments between.

Nothing here may break the program: an internal error stops the measuring, says
so once on standard error, and the program goes on.
"""

from __future__ import annotations

import atexit
import os
import sys
import time
from _thread import allocate_lock  # threading's, which takes long to import

from minicov_tracer import cores
from minicov_tracer.awaiting import when_imported
from minicov_tracer.machine_maker import MachineMaker
from minicov_tracer.naming import RunInfo, partial_path
from minicov_tracer.recorder import NoMapError, Recorder
from minicov_tracer.scope import Scope
from minicov_tracer.settings import VARIABLE, Settings
from minicov_tracer.writer import Outcome, Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, ModuleType
    from typing import NoReturn

_LONGEST_WRITE = 10.0
"""Seconds that the end waits for a thread that is writing; the program may have ended in the middle of it."""
_CHECKPOINT_SECONDS = 1.0
"""How much of a run a kill can cost, at the edges of contexts, where the core keeps no hit log."""


def warn(message: str) -> None:
    """One line on standard error, if there is one."""
    try:
        sys.stderr.write(f"minicov: {message}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


class _Source:
    """What the recorder asks for, from those who know it."""

    def __init__(self, tracer: cores.Tracer, scope: Scope, writer: Writer) -> None:
        self.describe = writer.tables.keep
        self.raised_at = tracer.raised_at
        self.path = scope.path
        self.text = writer.text


def _tracer(settings: Settings, in_scope: Callable[[CodeType], bool], maker: MachineMaker | None) -> cores.Tracer:
    """The core to measure with; of its code objects only what is wanted is told."""
    tracer = cores.choose(settings.core, in_scope, maker, counts=settings.counts)
    told = tracer.describe
    if tracer.core.sees_jumps and not (settings.branches and maker is not None):
        told = _reduced(told, has_arcs=settings.branches, has_tests=maker is not None)
    if maker is not None:
        tracer.describe = lambda code: maker.completed(code, told(code))
    else:
        tracer.describe = told
    if not settings.branches:
        tracer.raised_at = lambda code, offset: None
    return tracer


def _reduced(describe: Callable[[CodeType], str], *, has_arcs: bool, has_tests: bool) -> Callable[[CodeType], str]:
    """Tells only what is wanted of a probe table."""
    from minicov_tracer.bytecode import describe_lines
    from minicov_tracer.probe_text import reduced

    if not has_arcs and not has_tests:
        return describe_lines
    return lambda code: reduced(describe(code), has_arcs=has_arcs, has_tests=has_tests)


class Session:
    """Measures this process from `start` to `finish`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._scope = Scope(settings)
        maker = MachineMaker(self._text_of) if settings.conditions else None
        tracer = _tracer(settings, self._in_scope, maker)
        self._core = tracer.core
        self._flush = tracer.signatures.flush_signatures
        self._log = tracer.log
        self._forgetting = tracer.forgetting
        if tracer.warning and not settings.is_quiet:
            warn(tracer.warning)
            os.environ[VARIABLE] = settings.replaced(is_quiet=True).to_json()  # one warning for the whole process tree
        self._writer = Writer(settings, self._scope.path, tracer)
        self._source = _Source(tracer, self._scope, self._writer)
        self._recorder: Recorder | None = None
        self._lost: Recorder | None = None  # one whose files can't be written any more
        self._has_warned = False
        self._written_at = time.monotonic()
        self._label = settings.context
        self._context = 0  # the log's number for the current context
        self._stopped = False
        self._lock = allocate_lock()  # held while what the core gathered goes to the writer, and on to its file

    def start(self) -> None:
        """Begin to measure; `finish` will be called when the interpreter exits."""
        atexit.register(self._finish_at_exit)
        os.register_at_fork(after_in_child=self._after_fork)
        try:
            self._record()
        except NoMapError as error:
            self.lose_log(error)
        except OSError as error:
            self._fail(error)
            return
        self._core.start()
        if self.settings.contexts == "test":
            when_imported("unittest.runner", self._watch_unittest)

    def _watch_unittest(self, runner: ModuleType) -> None:
        """Let unittest's own tests be contexts."""
        try:
            from minicov_tracer.unittest_plugin import Watcher  # imports what only tests need

            Watcher(self).patch(runner)
        except Exception as error:  # the program comes first
            self._fail(error)

    def switch_context(self, label: str, outcome: Outcome | None = None) -> None:
        """Give what happened so far to the current context, with its outcome if it was a test, and begin another.

        `label` is a test's node id, or "" between tests.
        """
        if self._stopped:
            return
        try:
            with self._lock:
                self._writer.note(self._label, *self._flush(), outcome)
                self._label = "|".join(part for part in (self.settings.context, label) if part)
                if self._recorder is None:
                    self._checkpoint_now_and_then()
                else:
                    self._log_context(self._recorder, outcome)
        except Exception as error:  # the program comes first, whatever happened to us
            self._fail(error)

    def checkpoint(self) -> None:
        """Write all that was gathered, in the middle of a context; the hit log starts over.

        Not where a thread is about to write anyway: whoever comes here from an event must not wait for it.
        """
        if self._stopped or not self._lock.acquire(blocking=False):
            return
        try:
            self._writer.note(self._label, *self._flush(), None)
            self._write()
            if self._recorder is not None:
                self._recorder.clear()
                self._log_context(self._recorder)
        except Exception as error:  # as above
            self._fail(error)
        finally:
            self._lock.release()

    def let_go(self) -> None:
        """Write all that was gathered, and keep nothing of code objects that are gone; another hit log begins."""
        core = self._forgetting
        if self._stopped or self._log is None or core is None or not self._lock.acquire(blocking=False):
            return
        try:
            self._writer.note(self._label, *self._flush(), None)
            self._write()
            self._writer.let_go()
            core.let_go()
            before = self._recorder
            self._record()
            if before is not None:
                before.remove()
        except NoMapError as error:
            self.lose_log(error)
        except Exception as error:  # as above
            self._fail(error)
        finally:
            self._lock.release()

    def finish(self) -> None:
        """Stop, and write what is left."""
        if self._stopped:
            return
        is_locked = self._lock.acquire(timeout=_LONGEST_WRITE)
        try:
            self._core.stop()
            self._writer.note(self._label, *self._flush(), None)
            self._write()
            self._writer.close()
            self._stop_recording()
        except Exception as error:  # as above
            self._fail(error)
        self._stopped = True
        if is_locked:
            self._lock.release()

    def _finish_at_exit(self) -> None:
        """Finish, and have the interpreter still end as a KeyboardInterrupt wants it, by the signal.

        It forgets that whenever some text is compiled and run, as it is for each named tuple of what finishing imports,
        and knows it again when such a text raises KeyboardInterrupt (run_eval_code_obj in CPython's pythonrun.c).
        """
        self.finish()
        if getattr(sys, "last_type", None) is KeyboardInterrupt:
            try:
                exec("raise KeyboardInterrupt")  # noqa: S102  # see above
            except KeyboardInterrupt:
                pass

    def _in_scope(self, code: CodeType) -> bool:
        path = self._scope.path(code)
        if path:
            self._writer.text(path)
        return bool(path)

    def _text_of(self, code: CodeType) -> str | None:
        return self._writer.text(self._scope.path(code))

    def _record(self) -> None:
        """Begin a hit log, where the core can keep one."""
        if self._log is None:
            self._write_before_os_exit()
            return
        settings, log = self.settings, self._log
        run, path = RunInfo(settings.root, settings.run_id, settings.replaces), partial_path(settings.data_file)
        self._recorder = Recorder(path, run, self._source, self, log.append, has_arcs=settings.branches)
        log.record(self._recorder.map, self._recorder)
        self._log_context(self._recorder)

    def _write_before_os_exit(self) -> None:
        """Without a hit log, os._exit would lose what was gathered; forked children of multiprocessing end with it."""
        from functools import wraps

        leave = os._exit

        @wraps(leave)
        def write_and_leave(status: int) -> NoReturn:
            self.finish()
            leave(status)

        if not hasattr(leave, "__wrapped__"):  # a forked child has this from its parent
            os._exit = write_and_leave

    def lose_log(self, error: OSError) -> None:
        """Go on without a hit log: what was gathered is written now and then, and at the end."""
        self._lost, self._recorder = self._recorder, None
        if self._log is not None:
            self._log.record(None, None)
        self._write_before_os_exit()
        self._warn(f"no hit log can be kept, a kill would cost what was gathered: {_described(error)}")

    def _log_context(self, recorder: Recorder, outcome: Outcome | None = None) -> None:
        """Log that what follows belongs to the current label, and how the test ended that this ends."""
        ended = None if outcome is None else (self._context, outcome.word, outcome.duration)
        self._context = recorder.begin(self._label, ended)
        if self._log is not None:
            self._log.log_context(self._context)

    def _stop_recording(self) -> None:
        if self._recorder is not None and self._log is not None:
            self._log.record(None, None)
            self._recorder.remove()
            self._recorder = None
        if self._lost is not None:
            self._lost.remove()
            self._lost = None

    def _checkpoint_now_and_then(self) -> None:
        now = time.monotonic()
        if now - self._written_at >= _CHECKPOINT_SECONDS:
            self._write()
            self._written_at = now

    def _write(self) -> None:
        if self.settings.counts:
            self._writer.count(self._core.take_counts())
        self._writer.checkpoint()

    def _fail(self, error: Exception) -> None:
        """Give up: the program goes on unmeasured. What the hit log holds is left for whoever merges."""
        self._stopped = True
        self._core.stop()
        self._warn(f"measuring stopped: {_described(error)}")

    def _warn(self, message: str) -> None:
        """Say what went wrong first; what comes of it is no news."""
        if not self._has_warned:
            self._has_warned = True
            warn(f"{self.settings.data_file}: {message}")

    def _after_fork(self) -> None:
        """In a forked child: what the parent gathered is the parent's to write."""
        if self._stopped:
            return
        self._lock = allocate_lock()  # whoever held it is not in this process
        try:
            if self._recorder is not None and self._log is not None:
                self._log.record(None, None)
                self._recorder.abandon()
            self._recorder = self._lost = None
            self._core.flush()
            self._core.take_counts()
            self._writer.abandon()
            if self.settings.subprocesses:
                self._record()
            else:
                self._stopped = True
                self._core.stop()
        except NoMapError as error:
            self.lose_log(error)
        except Exception as error:  # as above
            self._fail(error)


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
