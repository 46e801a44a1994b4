"""What every command is, and the options that they share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from minicov_lsp.config import Config, read_config, with_options
from minicov_lsp.errors import MinicovError
from minicov_lsp.project import Project

FAILED, MISUSED = 1, 2
"""Exit statuses: an error; bad usage, or a total under `--fail-under`."""
NOWHERE = "the current folder is not there any more"


class UsageError(MinicovError):
    """The options don't go together; exit status 2."""


class Command(Protocol):
    """One word after `minicov`."""

    name: str
    help: str
    """One line for the list of commands."""
    takes_program: bool
    """Whether what follows the options is a program with options of its own: `options.program` then."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add its own options; those of `add_shared_options` are there already."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it and give the exit status. Raises MinicovError or OSError."""


def add_shared_options(parser: argparse.ArgumentParser) -> None:
    """The options that every command has."""
    shared = parser.add_argument_group("shared options")
    shared.add_argument(
        "--config", "--rcfile", dest="config", metavar="FILE", help="read this configuration file and no other"
    )
    shared.add_argument("--data", "--data-file", dest="data", metavar="FILE", help="the data file (.coverage.db)")
    shared.add_argument("-q", "--quiet", action="store_true", help="say only what went wrong")
    shared.add_argument("-v", "--verbose", action="count", default=0, help="say what is being done; -vv for more")


def listed(text: str) -> tuple[str, ...]:
    """An option with several values, separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def configured(options: argparse.Namespace, overrides: Mapping[str, object]) -> Config:
    """The configuration with what the command line says; warns of keys that mean nothing.

    `overrides` are fields of Config; None changes nothing. Raises ConfigError.
    """
    file = Path(options.config).expanduser() if options.config else None
    config = read_config(Path.cwd().resolve(), file)
    for warning in config.warnings:
        warn(warning)
    return with_options(config, {"data_file": options.data, **overrides})


def is_nowhere() -> bool:
    """Whether the current folder was removed."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def project_for(options: argparse.Namespace, overrides: Mapping[str, object] | None = None) -> Project:
    """The project in the current folder. Raises ConfigError."""
    if is_nowhere():
        raise MinicovError(f"{NOWHERE}; change into the project's")
    return Project(Path.cwd(), configured(options, overrides or {}), warn=warn)


def warn(message: str) -> None:
    """Say on standard error what a user should know, in one line."""
    sys.stderr.write(f"minicov: {message}\n")


def note(options: argparse.Namespace, message: str) -> None:
    """Say on standard error what was done, unless that is not wanted."""
    if not options.quiet:
        warn(message)
