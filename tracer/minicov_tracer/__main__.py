"""`python -m minicov_tracer run [OPTIONS] SCRIPT [ARGS…]` or `… -m MODULE [ARGS…]`: measure one program.

Leaves partial files beside the data file; `minicov` merges and reports them. The
program is started afresh in this very process, so it is exactly what Python would
have run.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable

from minicov_tracer.launch import environment
from minicov_tracer.settings import Settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m minicov_tracer")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure a program", usage="%(prog)s [OPTIONS] (SCRIPT | -m MODULE) [ARGS…]")
    run.add_argument("--data", default=".coverage.db", metavar="FILE", help="the data file (default: .coverage.db)")
    run.add_argument("--source", default="", metavar="DIR|PKG,…", help="measure only these folders or packages")
    run.add_argument("--include", default="", metavar="GLOB,…", help="measure only these files")
    run.add_argument("--omit", default="", metavar="GLOB,…", help="leave these files out")
    run.add_argument(
        "--contexts", choices=("test", "none"), default="test", help="whether each test is a context of its own"
    )
    run.add_argument("--context", default="", metavar="LABEL", help="a label for the whole run")
    run.add_argument("--core", default="", metavar="NAME", help="monitoring, settrace or python")
    for name in ("branch", "conditions", "subprocesses"):
        run.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=True)
    run.add_argument("--counts", action="store_true", help="count every hit")
    run.add_argument(
        "-m", dest="module", nargs=argparse.REMAINDER, default=[], help="the module to run, and its arguments"
    )
    run.add_argument("program", nargs=argparse.REMAINDER, metavar="SCRIPT", help="the script to run, and its arguments")
    return parser


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


def _settings(options: argparse.Namespace) -> Settings:
    folders, packages = split_source(_listed(options.source))
    data_file = os.path.abspath(options.data)
    return Settings(
        data_file=data_file,
        root=os.getcwd(),
        run_id=os.urandom(16).hex(),
        contexts=options.contexts,
        context=options.context,
        branches=options.branch,
        conditions=options.conditions,
        counts=options.counts,
        subprocesses=options.subprocesses,
        source=folders,
        source_packages=packages,
        include=_listed(options.include),
        omit=_listed(options.omit),
        core=options.core,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def main() -> int:
    """Become the program, measured; on Windows, wait for it."""
    options = _parser().parse_args()
    program = ["-m", *options.module] if options.module else options.program
    if not program:
        sys.stderr.write("minicov: no program to run: give a SCRIPT or -m MODULE\n")
        return 2
    command = [sys.executable, *interpreter_flags(), *program]
    env = environment(_settings(options), os.environ)
    if os.name != "nt":
        os.execve(sys.executable, command, env)
    return _run_and_wait(command, env)


if __name__ == "__main__":
    sys.exit(main())
