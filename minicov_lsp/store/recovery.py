"""From the hit logs of dead processes to partial files: what a kill would have cost.

A process that ends well deletes its log. One that was killed leaves it beside
the data file; it becomes a partial file of the log's own name, which is merged
like any other. Killed in the middle and run again, the result is the same.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

from minicov_lsp.errors import DataError
from minicov_lsp.log import Log
from minicov_lsp.model import Arc
from minicov_lsp.store.hit_log import HitLog, LoggedCode
from minicov_lsp.store.partials import is_partial_name, is_process_alive
from minicov_tracer.bytecode import bitmap
from minicov_tracer.naming import RunInfo, host
from minicov_tracer.partial import CodeRow, PartialFile
from minicov_tracer.recorder import process_start

log = Log(__name__)

Ran = tuple[set[int], set[Arc]]
"""Probe numbers and arcs."""


def find_logs(data_file: Path) -> tuple[Path, ...]:
    """The bases (without `.hits`) of the hit logs beside a data file, by name."""
    try:
        names = os.listdir(data_file.parent)  # noqa: PTH208  # names alone are wanted
    except OSError:
        return ()
    bases = [name.removesuffix(".hits") for name in names if name.endswith(".hits")]
    found = (data_file.parent / name for name in sorted(bases) if is_partial_name(name, data_file.name))
    return tuple(base for base in found if _is_readable(HitLog(base)))


def recover(data_file: Path, tell: Callable[[str], None] = log.warning) -> tuple[Path, ...]:
    """Turn the logs of this machine's dead processes into partial files; those are returned.

    A damaged log is set aside as `.bad`, like a damaged partial, and `tell` is given a line on it. Raises DataError
    where a partial can't be written.
    """
    return tuple(base for base in find_logs(data_file) if is_dead(base) and _recover_one(base, tell))


def living_logs(data_file: Path, run_id: str) -> tuple[Path, ...]:
    """The bases of the hit logs of processes of one run that still run, and have yet to write their partial files."""
    return tuple(base for base in find_logs(data_file) if not is_dead(base) and _run_of(base) == run_id)


def _is_readable(hit_log: HitLog) -> bool:
    """Whether its files are files, as far as they are there: a pipe of such a name would be waited for."""
    return hit_log.hits_file.is_file() and (hit_log.probes_file.is_file() or not hit_log.probes_file.exists())


def _run_of(base: Path) -> str:
    """The run that a log is of, "" where that isn't known: it may just be made, or deleted."""
    try:
        return HitLog(base).run_id()
    except (OSError, DataError):
        return ""


def is_dead(base: Path) -> bool:
    """Whether the process that wrote a log ran on this machine and is gone."""
    found = re.search(r"\.([\w-]+)\.(\d+)\.[0-9a-f]{8}$", base.name)
    if found is None or found[1] != host():
        return False
    pid = int(found[2])
    try:
        _, start = HitLog(base).process()
    except (OSError, DataError):
        start = 0
    # A process id is used again; a process id and a start are not.
    return not is_process_alive(pid) or (start != 0 and process_start(pid) not in (0, start))


def _recover_one(base: Path, tell: Callable[[str], None]) -> bool:
    """Write one log's partial file and delete the log; False where there was nothing in it, or it is set aside."""
    hit_log = HitLog(base)
    if hit_log.is_unborn():
        hit_log.hits_file.unlink(missing_ok=True)
        hit_log.probes_file.unlink(missing_ok=True)
        return False
    try:
        facts = _gather(hit_log)
    except (OSError, DataError) as error:
        for file in (hit_log.hits_file, hit_log.probes_file):
            if file.exists():
                file.replace(f"{file}.bad")
        tell(
            f"{error}; what a process that was killed had logged is not merged, and is kept as {hit_log.hits_file}.bad"
        )
        return False
    try:
        base.unlink(missing_ok=True)  # an earlier attempt
        _write(base, hit_log, facts)
    except (sqlite3.Error, OSError) as error:
        raise DataError(
            f"{base}: can't be written ({error}); its .hits and .probes are still there, try again"
        ) from error
    hit_log.hits_file.unlink(missing_ok=True)
    hit_log.probes_file.unlink(missing_ok=True)
    return True


def _gather(hit_log: HitLog) -> dict[str, dict[LoggedCode, Ran]]:
    """{context: {code object: what ran of it}}. Raises DataError where that can't be known."""
    facts: dict[str, dict[LoggedCode, Ran]] = {}
    for hit in hit_log.poll():
        numbers, arcs = facts.setdefault(hit.context, {}).setdefault(hit.code, (set(), set()))
        if hit.probe is not None:
            numbers.add(hit.probe)
        elif hit.arc is not None:
            arcs.add(hit.arc)
    if not hit_log.known.run:
        raise DataError(f"{hit_log.probes_file}: it does not say what was hit")
    return facts


def _write(base: Path, hit_log: HitLog, facts: dict[str, dict[LoggedCode, Ran]]) -> None:
    known = hit_log.known
    partial = PartialFile(str(base), RunInfo(known.root, known.run, known.replaces))
    files: dict[str, int] = {}
    codes: dict[LoggedCode, int] = {}
    try:
        with partial.transaction():
            for label, ran in facts.items():
                context = partial.context(label)
                pairs = []
                for code, (numbers, arcs) in ran.items():
                    if code.path not in files:
                        files[code.path] = partial.file(code.path, known.texts.get(code.path))
                    if code not in codes:
                        row = CodeRow(files[code.path], code.name, code.first_line, known.python, code.probes)
                        codes[code] = partial.code(row)
                    told = json.dumps(sorted(arcs), separators=(",", ":"))
                    pairs.append((context, partial.signature(codes[code], bitmap(numbers), told)))
                partial.hits(pairs)
            for label, (word, duration) in known.outcomes.items():
                partial.outcome(partial.context(label), word, duration)
    finally:
        partial.close()
