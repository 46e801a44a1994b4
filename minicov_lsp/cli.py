"""The command line: finds the command, and turns what goes wrong into one line and an exit status."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from minicov_lsp.commands.command import FAILED, MISUSED, Command, UsageError, add_shared_options
from minicov_lsp.commands.lsp import Lsp
from minicov_lsp.commands.table import PLACES, load
from minicov_lsp.errors import MinicovError
from minicov_tracer.version import VERSION

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells give it."""
_COLUMNS = 80
"""Of the usage that is told after a mistake."""


def _serve(address: tuple[str, int] | None, log_file: Path | None) -> int:
    """Run the language server, which is loaded only then."""
    gc.disable()  # there is no garbage among what imports make, and looking for it is a tenth of the start
    from minicov_lsp.server.server import serve

    return serve(address, log_file)


SERVER: Command = Lsp(_serve)


def all_commands() -> tuple[Command, ...]:
    """Every word after `minicov`."""
    return (*map(load, PLACES), SERVER)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give the exit status: 0, 1 for an error, 2 for bad usage, or the program's own.

    Raises SystemExit, as argparse does, for `--help`, `--version` and options that it doesn't know.
    """
    try:
        command, options = _parse(sys.argv[1:] if argv is None else argv)
        _log_to_standard_error(command, options)
        return _run(command, options)
    except UsageError as error:
        return _fail(error, MISUSED)
    except (MinicovError, OSError) as error:
        if isinstance(error, BrokenPipeError):  # whoever read our output has seen enough; nothing is left to say
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
        return _fail(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        if argv is None:
            gc.freeze()  # the process ends: what is left of a report is much, and need not be searched for cycles


def main_lsp(argv: Sequence[str] | None = None) -> int:
    """`minicov-lsp`: the same as `minicov lsp`."""
    return main(["lsp", *(sys.argv[1:] if argv is None else argv)])


def _run(command: Command, options: argparse.Namespace) -> int:
    status = command.run(options)
    sys.stdout.flush()  # at exit a reader that has gone away could no longer be told from a bug
    return status


def _fail(error: Exception, status: int) -> int:
    message = " ".join(_said(error).split()) or type(error).__name__
    sys.stderr.write(f"minicov: {message}\n")
    return status


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    return str(error)


def _parse(argv: Sequence[str]) -> tuple[Command, argparse.Namespace]:
    """The command and its options; a program to run, with options of its own, is `options.program`.

    Only the command that is asked for is loaded, if one is.
    """
    name = argv[0] if argv else ""
    if name != SERVER.name and name not in PLACES:
        return _parse_among_all(argv)
    command = SERVER if name == SERVER.name else load(name)
    # To check each option argparse makes what would write help, which looks for the terminal's width by `shutil`.
    is_help = "-h" in argv or "--help" in argv
    formatter = argparse.HelpFormatter if is_help else partial(argparse.HelpFormatter, width=_COLUMNS)
    parser = _add_parser(argparse.ArgumentParser, command, prog=f"minicov {name}", formatter_class=formatter)
    options, program = split_program(list(argv), parser) if command.takes_program else (argv, [])
    return command, parser.parse_args(options[1:], argparse.Namespace(program=program))


def _parse_among_all(argv: Sequence[str]) -> tuple[Command, argparse.Namespace]:
    """For words that don't begin with a command: all of them are listed, or one is named in the end."""
    parser = argparse.ArgumentParser(
        prog="minicov", description="Coverage for Python that you can see while you work.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"minicov {VERSION}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands = {command.name: command for command in all_commands()}
    for command in commands.values():
        _add_parser(partial(subparsers.add_parser, command.name), command, help=command.help)
    parsed = parser.parse_args(argv, argparse.Namespace(program=[]))
    return commands[parsed.command], parsed


def _add_parser(
    make: Callable[..., argparse.ArgumentParser], command: Command, **settings: object
) -> argparse.ArgumentParser:
    """The parser that is made for a command with some settings, with its options."""
    usage = "%(prog)s [OPTIONS] (SCRIPT | -m MODULE) [ARGS…]" if command.takes_program else None
    parser = make(description=command.help, usage=usage, allow_abbrev=False, **settings)
    command.add_options(parser)
    add_shared_options(parser)
    return parser


def split_program(argv: list[str], parser: argparse.ArgumentParser) -> tuple[list[str], list[str]]:
    """(what is for us, the program with its arguments): a program begins with its name, `-m` or `--`.

    argparse can't do it: it takes the program's options for ours, and drops `--` from among its arguments.
    """
    known = parser._option_string_actions  # noqa: SLF001  # there is no other way to ask which options have values
    at = 1
    while at < len(argv):
        word = argv[at]
        if word == "--":
            return argv[:at], argv[at + 1 :]
        if word == "-m" or word == "-" or not word.startswith("-"):
            return argv[:at], argv[at:]
        action = known.get(word)
        at += 2 if action is not None and action.nargs is None else 1
    return argv, []


def _log_to_standard_error(command: Command, options: argparse.Namespace) -> None:
    """Set the log up where something else is wanted of it than its warnings, which `logging` writes there by itself."""
    if command is not SERVER and not (options.quiet or options.verbose):
        return
    import logging

    level = logging.ERROR if options.quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(options.verbose, 2)]
    logging.basicConfig(level=level, format="minicov: %(message)s", stream=sys.stderr)
    # All that it says by itself is that a file changed while it was being ended.
    logging.getLogger("watchdog").setLevel(logging.CRITICAL)
