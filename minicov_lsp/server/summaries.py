"""The figures of every file of a folder, also of those that are not open; called from worker threads.

They are kept in memory, and on disk beside what is known of texts: to count a file its facts are read, its text is
parsed and its decisions are drawn, which takes 30 ms, and a workspace has thousands of files.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, TypeVar

from minicov_lsp.documents import counting
from minicov_lsp.documents.counting import Counted
from minicov_lsp.documents.figures import Figures
from minicov_lsp.documents.picture import Summary
from minicov_lsp.errors import SourceError
from minicov_lsp.server.data_source import DataSource
from minicov_lsp.source.entries import code_identity, key_of
from minicov_tracer import sources

log = logging.getLogger(__name__)

_Stamp = tuple[int, int]
_Found = TypeVar("_Found", bound=Summary | Figures)


class Summaries:
    """Counts a file again only when it, or what is known of it, has changed."""

    def __init__(self, source: DataSource) -> None:
        self._summaries = _Kept[Summary](source, "summary", counting.summary, _as_summary)
        self._figures = _Kept[Figures](source, "figures", counting.figures, _as_figures)

    def forget(self, files: Iterable[Path]) -> None:
        """Something else is known of these files now."""
        for file in files:
            self._summaries.forget(file)
            self._figures.forget(file)

    def of(self, file: Path) -> Summary | None:
        """The figures of the text on disk if it ran, else of the text that ran last. Raises DataError."""
        return self._summaries.of(file)

    def figures(self, file: Path) -> Figures | None:
        """What costs more to count, of the same text. Raises DataError."""
        return self._figures.of(file)


class _Kept(Generic[_Found]):
    """One kind of figures; `count` is asked for what is not there, `load` makes them of what JSON says."""

    def __init__(
        self,
        source: DataSource,
        kind: str,
        count: Callable[[Counted], _Found | None],
        load: Callable[[dict[str, Any]], _Found],
    ) -> None:
        self._source, self._kind = source, kind
        self._count, self._load = count, load
        self._known: dict[Path, tuple[_Stamp, _Found | None]] = {}
        self._forgotten: dict[Path, int] = {}
        """{file: how often}; who counts it meanwhile has counted what was known before."""
        self._lock = threading.Lock()

    def forget(self, file: Path) -> None:
        """What is in memory counts no more."""
        with self._lock:
            self._known.pop(file, None)
            self._forgotten[file] = self._forgotten.get(file, 0) + 1

    def of(self, file: Path) -> _Found | None:
        """From memory, from disk, or counted. Raises DataError."""
        stamp = _stamp(file)
        with self._lock:
            known, times = self._known.get(file), self._forgotten.get(file)
        if known is None or known[0] != stamp:
            known = stamp, self._found(file)
            with self._lock:
                if self._forgotten.get(file) == times:
                    self._known[file] = known
        return known[1]

    def _found(self, file: Path) -> _Found | None:
        try:
            return self._from_disk(file)
        except SourceError as error:  # not kept on disk: the server may end just now, and with it who counts
            log.warning("%s is not counted: %s", file, error)
            return None

    def _from_disk(self, file: Path) -> _Found | None:
        text = sources.read(str(file)) or ""
        fingerprint, entries = self._source.fingerprint(file), self._source.project.models.entries
        if fingerprint is None:
            return self._counted(file, text, None)
        rules = repr(self._source.project.rules)
        key = key_of(self._kind, code_identity(), rules, str(file), sources.digest(text), fingerprint)
        kept = entries.read(key)
        if kept is not None:
            try:
                said = json.loads(kept)
                return self._load(said) if said is not None else None
            except (ValueError, TypeError, KeyError) as error:
                log.info("the kept figures of %s are damaged and are made anew: %s", file, error)
        found = self._counted(file, text, fingerprint)
        if self._source.fingerprint(file) == fingerprint:  # the data may have changed meanwhile
            entries.write(key, json.dumps(found and asdict(found), default=sorted).encode())
        return found

    def _counted(self, file: Path, text: str, fingerprint: str | None) -> _Found | None:
        """Count in the process beside the server. Raises SourceError where that dies of it, or ends."""
        return self._source.project.texts.beside(self._count, self._source.counted(file, text, fingerprint))


def _as_summary(said: dict[str, Any]) -> Summary:
    pairs = {name: _pair(said[name]) for name in ("statements", "branches", "conditions")}
    return Summary(complexity=said["complexity"], **pairs)


def _as_figures(said: dict[str, Any]) -> Figures:
    return Figures(_pair(said["functions"]), said["risk"], said["gain"], frozenset(said["contexts"]))


def _pair(said: list[int]) -> tuple[int, int]:
    first, second = said
    return first, second


def _stamp(file: Path) -> _Stamp:
    try:
        found = file.stat()
    except OSError:
        return (0, 0)
    return found.st_mtime_ns, found.st_size
