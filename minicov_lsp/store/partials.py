"""The partial files beside a data file: which they are, and which process wrote each."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from minicov_lsp.log import Log
from minicov_tracer.naming import host

log = Log(__name__)

_NAME = re.compile(r"\.(?P<host>[\w-]+)\.(?P<pid>\d+)\.[0-9a-f]{8}\Z")
_BELONGING = re.compile(
    r"(\.merging(-[\w-]+)?\.\d+|\.[\w-]+\.\d+\.[0-9a-f]{8}(\.hits|\.probes|\.new)?)?(\.bad\d*)?(-journal|-wal|-shm)?"
)
_SCRATCH = re.compile(r"\.merging-(?P<host>[\w-]+)\.(?P<pid>\d+)\Z")


def find_partials(data_file: Path) -> tuple[Path, ...]:
    """The partial files beside a data file, by name; journals, damaged files and hit logs are not among them."""
    prefix = data_file.name
    try:
        names = os.listdir(data_file.parent)  # noqa: PTH208  # names alone are wanted
    except OSError:
        return ()
    return tuple(data_file.parent / name for name in sorted(names) if is_partial_name(name, prefix))


def gather_partials(data_file: Path, tell: Callable[[str], None] = log.warning) -> tuple[Path, ...]:
    """The partial files beside a data file, those that dead processes left as hit logs among them.

    `tell` is given a line on each damaged log. Raises DataError where a partial can't be written.
    """
    if has_logs(data_file):
        from minicov_lsp.store.recovery import recover

        recover(data_file, tell)
    return find_partials(data_file)


def has_logs(data_file: Path) -> bool:
    """Whether there may be hit logs beside a data file: of processes that still run, or that were killed."""
    try:
        names = os.listdir(data_file.parent)  # noqa: PTH208  # names alone are wanted
    except OSError:
        return False
    return any(name.endswith(".hits") for name in names)


def has_company(data_file: Path) -> bool:
    """Whether there may be partial files or hit logs beside a data file."""
    try:
        names = os.listdir(data_file.parent)  # noqa: PTH208  # names alone are wanted
    except OSError:
        return False
    own = {data_file.name, *(f"{data_file.name}-{journal}" for journal in ("journal", "wal", "shm"))}
    return any(name.startswith(data_file.name) and name not in own for name in names)


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


def scratch_file(data_file: Path) -> Path:
    """Where this process gathers a merge before it is put in its place."""
    return data_file.with_name(f"{data_file.name}.merging-{host()}.{os.getpid()}")


def abandoned_scratch_files(data_file: Path) -> tuple[Path, ...]:
    """What processes of this machine gathered that were killed before they could put it in its place."""
    found = (_SCRATCH.search(path.name) for path in find_all(data_file))
    pids = {match[0]: int(match["pid"]) for match in found if match is not None and match["host"] == host()}
    return tuple(data_file.with_name(data_file.name + name) for name, pid in pids.items() if not is_process_alive(pid))


def is_being_written(partial: Path) -> bool:
    """Whether the process that writes a partial file may still be alive on this machine."""
    found = _NAME.search(partial.name)
    return found is not None and found["host"] == host() and is_process_alive(int(found["pid"]))


def is_partial_name(name: str, data_file: str) -> bool:
    """Whether a file of this name is a partial of a data file of that name."""
    return name.startswith(data_file) and _NAME.fullmatch(name, len(data_file)) is not None


def is_process_alive(pid: int) -> bool:
    """Whether a process of this machine still runs; one that is dead and not yet buried does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[:1]
    except OSError:
        return True
    return state not in ([b"Z"], [b"X"])


def delete_partial(partial: Path) -> None:
    """Delete a merged partial file with its journal; where that isn't allowed it stays, and will be merged again."""
    name = str(partial)
    for suffix in ("", "-journal", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            os.unlink(name + suffix)  # noqa: PTH108  # a path for each of four names costs more than to delete one


def set_aside(partial: Path) -> Path:
    """Rename a damaged partial with its journals, so that it is neither merged nor lost; its new name or OSError."""
    bad = partial.with_name(f"{partial.name}.bad")
    number = 1
    while os.path.lexists(bad):
        number += 1
        bad = partial.with_name(f"{partial.name}.bad{number}")
    partial.rename(bad)
    for suffix in ("-journal", "-wal", "-shm"):
        if Path(f"{partial}{suffix}").exists():
            Path(f"{partial}{suffix}").rename(f"{bad}{suffix}")
    return bad
