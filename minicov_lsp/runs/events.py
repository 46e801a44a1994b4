"""What a run tells while it goes on: the lines that the tracer's plugins append to a file, `minicov_tracer.events`."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

log = logging.getLogger(__name__)

Word = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
WORDS: tuple[Word, ...] = get_args(Word)
FAILURES = frozenset({"failed", "error"})

MAX_MESSAGE = 4000
"""Characters of a test's message that are kept."""


@dataclass(frozen=True, slots=True)
class Collected:
    """Which tests are going to run."""

    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Started:
    """A test began."""

    id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A test ended."""

    id: str
    outcome: Word
    duration: float
    """Seconds, over all its phases."""
    message: str = ""
    path: str = ""
    """Absolute path of the file where it failed; "" where it passed."""
    line: int = 0
    """From 1."""


@dataclass(frozen=True, slots=True)
class CollectionFailed:
    """A file could not be collected: a syntax error, an import that fails."""

    message: str
    path: str
    line: int


Event = Collected | Started | Outcome | CollectionFailed


class EventFile:
    """Reads events as they are appended; the file need not exist yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> list[Event]:
        """The events that are new; a line that isn't finished waits for its end."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [event for line in whole.splitlines() if (event := parse_event(line)) is not None]


def parse_event(line: bytes) -> Event | None:
    """One line as an event; None for what isn't one, which is passed over."""
    try:
        return _event(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("an event of the test run can't be understood (%s): %.200r", error, line)
        return None


def _event(told: dict[str, Any]) -> Event | None:
    match told["event"]:
        case "collected":
            return Collected(tuple(map(str, told["tests"])))
        case "start":
            return Started(str(told["id"]))
        case "outcome" if told["outcome"] in WORDS:
            return Outcome(str(told["id"]), told["outcome"], float(told["duration"]), *_place(told))
        case "error":
            return CollectionFailed(*_place(told))
    return None


def _place(told: dict[str, Any]) -> tuple[str, str, int]:
    return str(told.get("message") or "")[:MAX_MESSAGE], str(told.get("path") or ""), int(told.get("line") or 0)
