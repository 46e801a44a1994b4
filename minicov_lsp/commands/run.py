"""`minicov run`: a program under coverage, exactly as Python would run it."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from minicov_lsp.commands.command import FAILED, NOWHERE, UsageError, is_nowhere, listed, note, project_for, warn
from minicov_lsp.commands.merging import begin_with_what_is_read, files, merge
from minicov_lsp.config import Config
from minicov_lsp.config.values import CORES
from minicov_lsp.errors import DataError, MinicovError
from minicov_lsp.project import Project, may_have_run
from minicov_lsp.runs.measuring import settings_for
from minicov_lsp.runs.program import end_like, run_in_foreground
from minicov_lsp.store.partials import find_partials, gather_partials, has_logs
from minicov_lsp.store.paths import recorded_paths
from minicov_tracer.launch import environment
from minicov_tracer.naming import partial_path
from minicov_tracer.recorder import LOG_SIZE, take_space

_SWITCHES_INJECTION_OFF = ("-I", "-E", "-S")
_GRACE = 2.0
"""Seconds that processes have to end after the program that started them, as multiprocessing's fork server does."""
_PAUSE = 0.01
"""Seconds between two looks at them."""


class Run:
    """Starts the program in a child interpreter, waits, and merges what its process tree wrote."""

    name = "run"
    help = "run a program under coverage"
    takes_program = True

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add how to measure and what."""
        switch = argparse.BooleanOptionalAction
        parser.add_argument("--python", metavar="EXE", help="run it in this interpreter")
        parser.add_argument("--branch", action=switch, default=None, help="record branches")
        parser.add_argument("--conditions", action=switch, default=None, help="decide conditions (MC/DC)")
        parser.add_argument("--contexts", choices=("test", "none"), help="whether each test is a context of its own")
        parser.add_argument("--context", metavar="LABEL", help="a label for the whole run")
        parser.add_argument("--counts", action=switch, default=None, help="count every hit")
        parser.add_argument("--subprocesses", action=switch, default=None, help="measure processes that it starts, too")
        parser.add_argument("--source", type=listed, metavar="DIR|PKG,…", help="measure only these folders or packages")
        parser.add_argument("--include", type=listed, metavar="GLOB,…", help="measure only these files")
        parser.add_argument("--omit", type=listed, metavar="GLOB,…", help="leave these files out")
        parser.add_argument("-a", "--append", action="store_true", help="add to the data file instead of replacing it")
        parser.add_argument(
            "-p",
            "--parallel",
            "--parallel-mode",
            action="store_true",
            default=None,
            help="leave its files unmerged",
        )
        parser.add_argument("--core", choices=CORES, help="what watches the program (default: the best there is)")

    def run(self, options: argparse.Namespace) -> int:
        """Run it; the status is the program's."""
        if options.append and options.parallel:
            raise UsageError("--append and --parallel: a run that leaves its files unmerged adds to nothing; use one")
        if is_nowhere():
            return _run_unmeasured(options, options.program, f"{NOWHERE}, so nothing is measured")
        project = project_for(options, _overrides(options))
        program = options.program or shlex.split(project.config.command_line)
        if not program:
            raise UsageError("no program to run; give a SCRIPT or -m MODULE, or set `command_line`")
        settings = settings_for(project).replaced(is_quiet=options.quiet, replaces=_replaces(options, project.config))
        if refusal := _refusal(project):
            return _run_unmeasured(options, program, refusal)
        before = set(find_partials(project.data_file))
        status = run_in_foreground([*_interpreter(options), *program], environment(settings, os.environ))
        _wait_for_others(project.data_file, settings.run_id)
        partials = [path for path in gather_partials(project.data_file, warn) if path not in before]
        try:
            _keep(options, project, partials)
        except MinicovError as error:  # the program has ended as it did; what it left is still in its partial files
            warn(str(error))
            status = status or FAILED
        return end_like(status)


def _run_unmeasured(options: argparse.Namespace, program: list[str], why: str) -> int:
    """Run it all the same; where what it shows can be kept nowhere, that is no reason not to."""
    if not program:
        raise UsageError("no program to run; give a SCRIPT or -m MODULE")
    warn(why)
    return end_like(run_in_foreground([*_interpreter(options), *program], os.environ))


def _refusal(project: Project) -> str | None:
    """Why no process could write beside the data file, if that's so: told once, before each of them would tell it."""
    folder = project.data_file.parent
    try:
        project.make_data_folder()
        _take_space(Path(partial_path(str(project.data_file)) + ".new"))
    except MinicovError as error:
        return f"{error}; nothing is measured"
    except OSError as error:
        return f"{folder}: can't be written to ({error.strerror}), so nothing is measured; name a data file with --data"
    return None


def _take_space(file: Path) -> None:
    """Take what a process's log takes, in a file that is gone at the end. Raises OSError."""
    opened = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode=0o600)
    try:
        take_space(opened, LOG_SIZE)
    finally:
        os.close(opened)
        file.unlink()


def _wait_for_others(data_file: Path, run_id: str) -> None:
    """Let processes that end because the program has ended write what they have; tell of those that go on."""
    if not has_logs(data_file):
        return
    from minicov_lsp.store.recovery import living_logs

    deadline = time.monotonic() + _GRACE
    while (living := living_logs(data_file, run_id)) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    if living:
        they = "a process that the program started goes" if len(living) == 1 else f"{len(living)} of its processes go"
        warn(f"{they} on; what is not merged now, the next report or `minicov combine` merges once it has ended")


def _overrides(options: argparse.Namespace) -> dict[str, object]:
    """Fields of Config that the command line sets; None where it says nothing."""
    overrides: dict[str, object] = {
        name: getattr(options, name)
        for name in ("branch", "conditions", "contexts", "context", "counts", "subprocesses", "core")
    }
    overrides |= {"run_include": options.include, "run_omit": options.omit, "source": options.source}
    overrides["parallel"] = False if options.append else options.parallel
    if options.source is not None:
        overrides |= {"source_pkgs": (), "source_dirs": ()}
    return overrides


def _interpreter(options: argparse.Namespace) -> list[str]:
    """The interpreter to run the program in, with the flags that ours was given unless another is asked for."""
    if options.python:
        return [options.python]
    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001  # what multiprocessing uses too
    if sys.flags.isolated:  # says more than -I alone would
        flags = [flag for flag in flags if flag not in ("-s", "-P")]
    return [sys.executable, *(flag for flag in flags if flag not in _SWITCHES_INJECTION_OFF)]


def _replaces(options: argparse.Namespace, config: Config) -> bool:
    """Whether a test that runs again replaces what it showed before: where contexts are tests and nothing else."""
    return options.append and config.context == ""


def _keep(options: argparse.Namespace, project: Project, partials: list[Path]) -> None:
    """Merge what the program's processes wrote, with the files that could have run and didn't. Raises DataError."""
    config = project.config
    from minicov_lsp.store.never_run import write_never_run  # after the program's start, as all that merges

    never_run = Path(partial_path(str(project.data_file)))
    measured = set(_measured(partials, project.root))
    missed = set(may_have_run(config, project.root, measured)) - measured
    if missed and write_never_run(never_run, sorted(missed), project.root):
        partials = [*partials, never_run]
    if not partials:
        warn("no data was collected: nothing that is measured ran; check --source, --include and --omit")
    elif config.parallel:
        note(options, f"left {files(len(partials))} unmerged; `minicov combine` merges them")
    else:
        if options.append:
            begin_with_what_is_read(project)
        merge(options, project, partials, append=options.append)
        never_run.unlink(missing_ok=True)


def _measured(partials: Iterable[Path], root: Path) -> Iterable[Path]:
    """The files in some partial files; those that are damaged will be told of when they are merged."""
    for partial in partials:
        try:
            yield from (root / path for path in recorded_paths(partial))
        except DataError:
            continue
