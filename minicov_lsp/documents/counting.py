"""Counting a file, which takes 10 ms and more: asked of the process beside the server, which reads the data itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from minicov_lsp.config import PathAliases
from minicov_lsp.documents.figures import Figures, figures_of
from minicov_lsp.documents.incremental import Finish, Painter, Recorded
from minicov_lsp.documents.picture import Picture, Summary
from minicov_lsp.documents.text import split_lines
from minicov_lsp.documents.texts import HERE, Texts
from minicov_lsp.metrics.conditions import DecisionReader
from minicov_lsp.model import FileFacts, SourceModel
from minicov_lsp.source.cache import ModelCache
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_lsp.source.text import of_lines
from minicov_lsp.store.recorded import RecordedData, open_recorded
from minicov_tracer import sources


@dataclass(frozen=True, slots=True)
class Data:
    """What is read, and how."""

    path: Path
    root: Path
    aliases: tuple[tuple[str, tuple[str, ...]], ...]
    """The items of `[paths]`."""
    rules: ExclusionRules
    conditions: bool
    """Whether they are shown where they were measured."""
    models: Path | None
    """The folder of the cache."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A file, and what is known of it besides what the data file says."""

    data: Data
    file: Path
    text: str
    names: tuple[str, ...]
    """Those that it was recorded under."""
    live: tuple[FileFacts, ...]
    """What processes that still run have hit."""
    has_branches: bool
    has_conditions: bool
    fingerprint: str | None
    """Of the file's facts; None where they may change at any time."""


def summary(counted: Counted) -> Summary | None:
    """The figures of a file's text if it ran, else of the text that ran last. Raises DataError."""
    return _painted(counted)[0].summary


def figures(counted: Counted) -> Figures | None:
    """What costs more to count, of the same text. Raises DataError."""
    global _last  # noqa: PLW0603  # as below
    picture, recorded = _painted(counted)
    _last = None  # nothing more is asked of it
    return figures_of(picture, recorded.facts, partial(HERE.gains, rules=counted.data.rules))


class _Once(Texts):
    """Keeps no reader: a file is read once, and the next one after it."""

    def decisions(self, source: SourceModel) -> DecisionReader:
        """As those who keep it do."""
        return DecisionReader(of_lines(source.lines))


_ONCE = _Once()


def _painted(counted: Counted) -> tuple[Picture, Recorded]:
    """A file's picture without spans, and what it was painted from; whoever asks for the one asks for more next."""
    global _last  # noqa: PLW0603  # of one thread's questions, in a process of its own
    if counted.fingerprint is not None and _last is not None and _last[0] == counted:
        return _last[1], _last[2]
    _last = None  # so that there are never two
    data, (database, models) = counted.data, _opened(counted.data)
    facts = (each for name in counted.names for each in database.facts(name))
    recorded = Recorded((*counted.live, *facts), counted.has_branches, counted.has_conditions)
    carried = partial(_carried, database, counted.names)
    painter = Painter(
        str(counted.file), data.rules, models, carried, Finish(spans=False, conditions=data.conditions), _ONCE
    )
    picture = painter.paint(split_lines(counted.text), recorded)
    _last = counted, picture, recorded
    return picture, recorded


_last: tuple[Counted, Picture, Recorded] | None = None


def _carried(database: RecordedData, names: tuple[str, ...], text: str) -> tuple[FileFacts, ...]:
    there = HERE.identities(sources.normalize(text))
    return tuple(database.facts_of_text(name, text, lambda _: there) for name in names)


@lru_cache(maxsize=1)
def _opened(data: Data) -> tuple[RecordedData, ModelCache]:
    aliases = PathAliases(dict(data.aliases), data.root)
    opened = open_recorded(data.path, data.root, lambda path: data.root / aliases.rename(path))
    return opened, ModelCache(data.models)
