"""The figures of every file of a folder, also of those that are not open; called from worker threads."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

from minicov_lsp.documents.incremental import Recorded
from minicov_lsp.documents.picture import Summary
from minicov_lsp.documents.text import split_lines
from minicov_lsp.server.data_source import DataSource
from minicov_tracer import sources

_Stamp = tuple[int, int]


class Summaries:
    """Counts a file again only when it, or what is known of it, has changed."""

    def __init__(self, source: DataSource) -> None:
        self._source = source
        self._known: dict[Path, tuple[_Stamp, Summary | None]] = {}
        self._lock = threading.Lock()

    def forget(self, files: Iterable[Path]) -> None:
        """Something else is known of these files now."""
        with self._lock:
            for file in files:
                self._known.pop(file, None)

    def of(self, file: Path) -> Summary | None:
        """The figures of the text on disk if it ran, else of the text that ran last. Raises DataError."""
        stamp = _stamp(file)
        with self._lock:
            known = self._known.get(file)
        if known is None or known[0] != stamp:
            known = stamp, self._count(file, self._source.recorded(file, keep=False))
            with self._lock:
                self._known[file] = known
        return known[1]

    def _count(self, file: Path, recorded: Recorded) -> Summary | None:
        text = sources.read(str(file)) or ""
        return self._source.painter(file, spans=False).paint(split_lines(text), recorded).summary


def _stamp(file: Path) -> _Stamp:
    try:
        found = file.stat()
    except OSError:
        return (0, 0)
    return found.st_mtime_ns, found.st_size
