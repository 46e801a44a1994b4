"""The partial files beside a data file: which they are, and which process wrote each."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

_NAME = re.compile(r"\.(?P<host>[\w-]+)\.(?P<pid>\d+)\.[0-9a-f]{8}\Z")
_BELONGING = re.compile(r"(\.merging\.\d+|\.[\w-]+\.\d+\.[0-9a-f]{8}(\.hits|\.probes)?)?(\.bad)?(-journal|-wal|-shm)?")


def find_partials(data_file: Path) -> tuple[Path, ...]:
    """The partial files beside a data file, by name; journals, damaged files and hit logs are not among them."""
    prefix = data_file.name
    try:
        names = os.listdir(data_file.parent)  # noqa: PTH208  # names alone are wanted
    except OSError:
        return ()
    return tuple(
        data_file.parent / name
        for name in sorted(names)
        if name.startswith(prefix) and _NAME.fullmatch(name, len(prefix)) is not None
    )


def find_all(data_file: Path) -> tuple[Path, ...]:
    """Every file that belongs to a data file, itself included: partials, journals, hit logs, and what was set aside."""
    try:
        names = os.listdir(data_file.parent)  # noqa: PTH208  # names alone are wanted
    except OSError:
        return ()
    prefix = data_file.name
    return tuple(
        data_file.parent / name
        for name in sorted(names)
        if name.startswith(prefix) and _BELONGING.fullmatch(name, len(prefix)) is not None
    )


def is_being_written(partial: Path) -> bool:
    """Whether the process that writes a partial file may still be alive on this machine."""
    found = _NAME.search(partial.name)
    host = re.sub(r"[^A-Za-z0-9-]", "_", socket.gethostname())
    if found is None or found["host"] != host:
        return False
    try:
        os.kill(int(found["pid"]), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
