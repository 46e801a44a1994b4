"""What the files of a process are called, and what they say of the run that it was part of."""

from __future__ import annotations

import os
import sys

from minicov_tracer.records import Record

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
"""This interpreter, as far as its bytecode goes."""


class RunInfo(Record):
    """What a process's files say of the run; the fields are those of Settings."""

    __slots__ = ("root", "run_id", "replaces")  # noqa: RUF023  # in the order of __init__

    def __init__(self, root: str, run_id: str, replaces: bool) -> None:
        self.root = root
        self.run_id = run_id
        self.replaces = replaces


def host() -> str:
    """The machine's name, as file names have it."""
    # The socket module would cost every child process milliseconds of start-up.
    name = os.environ.get("COMPUTERNAME", "") if sys.platform == "win32" else os.uname().nodename
    return "".join(c if c.isalnum() or c == "-" else "_" for c in name) or "host"


def partial_path(data_file: str) -> str:
    """A new name for a partial file of this process: DATA_FILE.host.pid.random."""
    return f"{data_file}.{host()}.{os.getpid()}.{os.urandom(4).hex()}"
