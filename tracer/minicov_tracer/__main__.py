"""`python -m minicov_tracer run [OPTIONS] SCRIPT [ARGS…]` or `… -m MODULE [ARGS…]`: measure one program.

Leaves partial files beside the data file; `minicov` merges and reports them. The
program is started afresh in this very process, so it is exactly what Python would
have run.
"""

from __future__ import annotations

import os
import sys

from minicov_tracer.launch import environment
from minicov_tracer.options import Options, options
from minicov_tracer.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def interpreter_flags() -> list[str]:
    """The flags that this interpreter was given, for another one."""
    flags = sys.flags
    if not (any(flags[:11]) or flags.isolated or flags.dev_mode or flags.safe_path or sys.warnoptions or sys._xoptions):  # noqa: SLF001
        return []
    import subprocess  # slow to import, so only where there is something to tell

    # What multiprocessing uses too.
    return list(subprocess._args_from_interpreter_flags())  # type: ignore[attr-defined]  # noqa: SLF001


def _run_and_wait(command: list[str], env: dict[str, str]) -> int:
    import subprocess

    return subprocess.run(command, env=env, check=False).returncode


def split_source(names: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(absolute folders, packages): a name is a folder where there is one, else a package."""
    folders = tuple(os.path.abspath(name) for name in names if os.path.isdir(name))
    return folders, tuple(name for name in names if not os.path.isdir(name))


def _settings(wanted: Options) -> Settings:
    folders, packages = split_source(_listed(wanted.source))
    data_file = os.path.abspath(wanted.data)
    return Settings(
        data_file=data_file,
        root=os.getcwd(),
        run_id=os.urandom(16).hex(),
        contexts=wanted.contexts,
        context=wanted.context,
        branches=wanted.branch,
        conditions=wanted.conditions,
        counts=wanted.counts,
        subprocesses=wanted.subprocesses,
        source=folders,
        source_packages=packages,
        include=_listed(wanted.include),
        omit=_listed(wanted.omit),
        core=wanted.core,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def main() -> int:
    """Become the program, measured; on Windows, wait for it."""
    wanted = options(sys.argv[1:])
    program = ["-m", *wanted.module] if wanted.module else wanted.program
    if not program:
        sys.stderr.write("minicov: no program to run: give a SCRIPT or -m MODULE\n")
        return 2
    command = [sys.executable, *interpreter_flags(), *program]
    env = environment(_settings(wanted), os.environ)
    if os.name != "nt":
        os.execve(sys.executable, command, env)
    return _run_and_wait(command, env)


if __name__ == "__main__":
    sys.exit(main())
