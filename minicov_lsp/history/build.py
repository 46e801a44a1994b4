"""A build: what was covered at one commit, line by line, and the figures that follow from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from minicov_lsp.metrics.numbers import percent
from minicov_tracer import sources

LineState = int
"""How often a line ran, 1 where it is only known that it did; 0 is missed, IRRELEVANT has nothing to run."""

IRRELEVANT: LineState = -1


@dataclass(frozen=True, slots=True)
class Figures:
    """Covered and missed lines of a file, of a folder or of a whole build; they can be added up."""

    covered: int = 0
    missed: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(self.covered + other.covered, self.missed + other.missed)

    @property
    def relevant(self) -> int:
        """Lines that could run."""
        return self.covered + self.missed

    @property
    def rate(self) -> float:
        """Percent of the relevant lines that are covered, 0 to 100; 100 where there are none."""
        return percent(self.covered, self.relevant)


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """One file of a build."""

    path: str
    """From the repository's top folder, with `/`."""
    text: str
    """With line feeds; the lines below are its lines."""
    states: tuple[LineState, ...]
    """Of each line, in order."""

    @property
    def figures(self) -> Figures:
        """Its covered and missed lines."""
        return figures_of(self.states)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the text, without line ends; as many as there are states."""
        return lines_of(self.text)


@dataclass(frozen=True, slots=True)
class Build:
    """What all files of a build have in common."""

    number: int
    """From 1, in the order in which builds were recorded."""
    branch: str
    """Of the repository at that time; the commit's short name where none was checked out."""
    commit: str
    """Its full name."""
    recorded: datetime
    """In UTC."""


def figures_of(states: Iterable[LineState]) -> Figures:
    """How many lines are covered, and how many missed."""
    relevant = [state for state in states if state != IRRELEVANT]
    missed = relevant.count(0)
    return Figures(len(relevant) - missed, missed)


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text without their ends; a line feed at its end begins no other line."""
    return tuple(text.removesuffix("\n").split("\n")) if text else ()


def text_digest(text: str) -> bytes:
    """The name of a text by its content."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def fitted(states: Sequence[LineState], text: str) -> tuple[LineState, ...]:
    """Line states as long as the text: what is missing at the end is irrelevant, as other tools leave it out."""
    lines = len(lines_of(text))
    return (*states[:lines], *(IRRELEVANT,) * (lines - len(states)))


def text_of(content: bytes) -> str:
    """A file's content as its lines are counted."""
    return sources.normalize(sources.decode(content))
