"""What other tools' reports say ran: plain facts, before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from minicov_lsp.errors import DataError
from minicov_lsp.model import Arc, FileFacts, Line

MOST_LINES = 10_000_000
"""A line number beyond is not believed."""

Ran = tuple[frozenset[Line], frozenset[Arc]]


class Ways(NamedTuple):
    """What a report says of the ways on from one line."""

    taken: tuple[bool, ...]
    """Of each way, lines ascending before exits; () where only `missing` or counts are told."""
    missing: tuple[str, ...] | None
    """Where it never went: "12" or "exit"; None where that isn't told."""
    counts: tuple[int, int]
    """(how many were taken, of how many)."""


@dataclass
class ForeignFile:
    """One file of a report."""

    path: str
    """As the report has it: relative or absolute."""
    could_run: set[Line] = field(default_factory=set)
    ran: dict[str, set[Line]] = field(default_factory=dict)
    """{context: lines}."""
    ways: dict[str, dict[Line, Ways]] = field(default_factory=dict)
    """{context: {line: ways on from it}}."""


@dataclass(frozen=True)
class ImportedFile:
    """One file as it goes into a data file."""

    path: str
    """Absolute, or relative to the project's folder."""
    text: str | None
    """The text that ran, None where that is not known."""
    could_run: frozenset[Line]
    ran: Mapping[Ran, frozenset[str]]
    """{(lines, arcs): labels of the contexts in which exactly these ran}."""


def imported(facts: FileFacts) -> ImportedFile:
    """What a data file says of one file."""
    ran = {ran: labels for code in facts.codes for ran, labels in code.hits.items()}
    return ImportedFile(facts.path, facts.text, frozenset(n for code in facts.codes for n in code.probed_lines), ran)


def line_number(text: str, where: str) -> Line:
    """A line's number. Raises DataError, which says `where` it stands."""
    # int() takes underscores and digits of other scripts, and its time grows with the square of the length.
    if text.isascii() and text.isdigit() and len(text) < 9 and 0 < int(text) <= MOST_LINES:
        return int(text)
    raise DataError(f"{where}: {text[:40]!r} is not a line number; make the report again")


def hit_count(text: str, where: str) -> bool:
    """Whether a count says that something ran. Raises DataError."""
    digits = text.strip()
    if digits == "-":
        return False
    if digits.isascii() and digits.isdigit():
        return digits.strip("0") != ""
    raise DataError(f"{where}: {text[:40]!r} is not a count of hits; make the report again")


def merged(files: Iterable[ForeignFile]) -> list[ForeignFile]:
    """One for each path: reports name a file once for each test or package that has it."""
    found: dict[str, ForeignFile] = {}
    for file in files:
        known = found.setdefault(file.path, ForeignFile(file.path))
        known.could_run |= file.could_run
        for context, lines in file.ran.items():
            known.ran.setdefault(context, set()).update(lines)
        for context, ways in file.ways.items():
            known.ways.setdefault(context, {}).update(ways)
    return list(found.values())
