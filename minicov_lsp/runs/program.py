"""A program in the foreground: it gets the signals that are meant for it, and we end as it does."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

from minicov_lsp.errors import RunError

_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_IGNORED_BY_PYTHON = ("SIGPIPE", "SIGXFSZ")
"""What an interpreter ignores from its start; the program finds them as it would without us."""


def run_in_foreground(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program with our standard streams until it ends; its exit status, -N where signal N ended it.

    Signals that another process sends us are passed on to it; those of the terminal reach it anyway. To be called
    on the main thread. Raises RunError where it can't be started.
    """
    executable = shutil.which(command[0])
    if executable is None:
        raise RunError(f"{command[0]}: no such program; name an interpreter with --python")
    try:
        if not hasattr(os, "posix_spawn"):
            return _run_plainly([executable, *command[1:]], environment)
        with _held_back() as (watched, mask_before):
            process = os.posix_spawn(
                executable, [*command], environment, setsigmask=mask_before, setsigdef=_numbers(_IGNORED_BY_PYTHON)
            )
            return _wait(process, watched)
    except OSError as error:
        raise RunError(
            f"{executable}: can't be started ({error.strerror}); name an interpreter with --python"
        ) from error


def end_like(status: int) -> int:
    """The exit status to end with; where the program was ended by a signal, we are too."""
    if status >= 0:
        return status
    number = -status
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the program has left its own; one of ours would replace it
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    return 128 + number


def _run_plainly(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Where there are no signals to speak of: a key press for an interrupt reaches the program by itself."""
    with subprocess.Popen(command, env=dict(environment)) as process:  # noqa: S603  # what the user asked for
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return process.wait()


def _numbers(names: Sequence[str]) -> set[signal.Signals]:
    """Those signals that this system has."""
    return {getattr(signal, name) for name in names if hasattr(signal, name)}


@contextlib.contextmanager
def _held_back() -> Iterator[tuple[set[signal.Signals], set[int]]]:
    """Signals to pass on wait, and so does the end of a child; with the mask that was there before."""
    watched = _numbers([*_PASSED_ON, "SIGCHLD"])
    # Without a handler some systems drop SIGCHLD even while it is held back.
    handler = signal.signal(signal.SIGCHLD, lambda number, frame: None)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    try:
        yield watched, {int(number) for number in before}
    finally:
        while pending := signal.sigpending() & watched:  # came too late to be passed on
            signal.sigwait(pending)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGCHLD, handler)


def _wait(process: int, watched: set[signal.Signals]) -> int:
    """The exit status of a child, once it has ended."""
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        number, is_from_terminal = _next_signal(watched)
        if number != signal.SIGCHLD and not is_from_terminal:
            os.kill(process, number)


def _next_signal(watched: set[signal.Signals]) -> tuple[int, bool]:
    """The next signal, and whether the terminal sent it: then the whole foreground group has it, the program too."""
    if hasattr(signal, "sigwaitinfo"):
        found = signal.sigwaitinfo(watched)
        return found.si_signo, found.si_code > 0  # what a process sends has SI_USER (0) or less
    number = signal.sigwait(watched)
    return number, number in (signal.SIGINT, signal.SIGQUIT) and sys.stdin.isatty()
