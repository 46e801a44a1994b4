"""What processes that still run have hit so far, from their hit logs; nothing is written and nothing waits.

What a process has hit is remembered here until its partial file, too, is gone:
then the data file has it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from minicov_lsp.errors import DataError
from minicov_lsp.model import Arc, CodeFacts, FileFacts
from minicov_lsp.store.hit_log import HitLog, LoggedCode
from minicov_lsp.store.partials import find_partials
from minicov_lsp.store.probes import decode
from minicov_lsp.store.recovery import find_logs, is_dead
from minicov_tracer import sources

log = logging.getLogger(__name__)

_MOST_OPEN = 64
"""Processes whose logs are kept open: of these nothing is missed that they hit between the last look and their end."""
_CAN_KEEP_OPEN = os.name == "posix"
"""Elsewhere a file that is open can't be deleted."""

_Ran = tuple[set[int], set[Arc]]
"""Probe numbers and arcs."""


@dataclass(slots=True)
class _Process:
    """One hit log, and all that it said."""

    log: HitLog
    is_live: bool = True
    is_merged: bool = False
    """Whether neither its log nor its partial file is there any more."""
    ran: dict[str, dict[tuple[LoggedCode, str], _Ran]] = field(default_factory=dict)
    """{path: {(code object, context): what ran}}."""

    def poll(self) -> set[str]:
        """Take what is new; the paths that it is of."""
        changed: set[str] = set()
        for hit in self.log.poll():
            path = hit.code.path
            numbers, arcs = self.ran.setdefault(path, {}).setdefault((hit.code, hit.context), (set(), set()))
            if hit.probe is not None:
                numbers.add(hit.probe)
            elif hit.arc is not None:
                arcs.add(hit.arc)
            changed.add(path)
        return changed

    def facts(self, path: str) -> Iterator[FileFacts]:
        """What it ran of a file, if the text is known."""
        text, ran = self.log.known.texts.get(path), self.ran.get(path)
        if text is None or not ran:
            return
        python = self.log.known.python
        codes = tuple(_code(code, context, found, python) for (code, context), found in ran.items())
        yield FileFacts(path, sources.digest(text), text, codes)


def _code(code: LoggedCode, context: str, ran: _Ran, python: str) -> CodeFacts:
    """What one context ran of one code object, in lines and arcs."""
    table = decode(code.probes, code.first_line)
    numbers, raised = ran
    bits = sum(1 << number for number in numbers)
    lines, arcs = table.ran(bits)
    labels = frozenset({context})
    hits = {(lines, arcs | raised): labels}
    return CodeFacts(
        code.name,
        code.first_line,
        python,
        frozenset(table.lines),
        hits,
        table.jumps,
        {bits: labels},
        table.tests,
        table.conditions,
    )


class RunningProcesses:
    """The processes that write beside one data file; used by one thread at a time."""

    def __init__(self, data_file: Path) -> None:
        self._data_file = data_file
        self._processes: dict[Path, _Process] = {}

    def close(self) -> None:
        """Let go of the logs."""
        for process in self._processes.values():
            process.log.close()

    def poll(self) -> frozenset[str]:
        """Look at all logs: absolute paths of the files of which something else is known now."""
        changed: set[str] = set()
        bases = set(find_logs(self._data_file))
        unmerged = {_process_of(partial) for partial in find_partials(self._data_file)}
        is_open = sum(process.is_live for process in self._processes.values())
        for count, base in enumerate(bases - self._processes.keys(), is_open):
            keeps_open = _CAN_KEEP_OPEN and count < _MOST_OPEN
            self._processes[base] = _Process(HitLog(base, keeps_open=keeps_open))
        for base, process in self._processes.items():
            was_live = process.is_live
            if base in bases:
                changed |= self._poll_one(base, process)
            else:
                if was_live:  # its log was deleted with what it hit since the last look
                    changed |= self._poll_one(base, process)
                process.is_live = False
                process.is_merged = _process_of(base) not in unmerged
            if was_live != process.is_live:
                changed |= process.ran.keys()
                process.log.close()
        return frozenset(changed)

    def forget_merged(self) -> frozenset[str]:
        """Forget what the last `poll` found to be merged, once the data file was read after it; the paths it is of."""
        merged = [base for base, process in self._processes.items() if process.is_merged]
        return frozenset(path for base in merged for path in self._processes.pop(base).ran)

    def _poll_one(self, base: Path, process: _Process) -> set[str]:
        try:
            was_dead = is_dead(base)  # asked first: what it hit before its end is read before it counts as ended
            found = process.poll()
            process.is_live = not was_dead
        except (OSError, DataError, ValueError, KeyError, IndexError, TypeError) as error:
            # The log is being made or deleted right now, or damaged: the data file will tell.
            log.debug("%s: %s", base, error)
            return set()
        return found

    @property
    def is_live(self) -> bool:
        """Whether any process still runs."""
        return any(process.is_live for process in self._processes.values())

    def live_files(self) -> frozenset[str]:
        """Absolute paths of the files that a process has hit which still runs."""
        return frozenset(path for process in self._processes.values() if process.is_live for path in process.ran)

    def files(self) -> frozenset[str]:
        """Absolute paths of all files of which something is known here."""
        return frozenset(path for process in self._processes.values() for path in process.ran)

    def facts(self, path: str) -> tuple[FileFacts, ...]:
        """What these processes ran of a file, given by its absolute path."""
        return tuple(facts for process in self._processes.values() for facts in process.facts(path))


def _process_of(file: Path) -> str:
    """The part of a partial file's or log's name that says which process wrote it; what is random differs."""
    return file.name.rpartition(".")[0]
