"""Telling whoever started the run of tests, as they happen: one JSON object a line is appended to a file.

{"event": "collected", "tests": [id, ...]}
{"event": "start", "id": id}
{"event": "outcome", "id": id, "outcome": ..., "duration": seconds,
    "message": text, "path": absolute path, "line": from 1, or 0 where it is not known}
(message, path and line only where the test did not pass)
{"event": "error", "message": text, "path": absolute path, "line": from 1}: a file could not be collected
"""

from __future__ import annotations

import json
import os
from typing import TextIO

VARIABLE = "MINICOV_EVENTS"
"""Names the file."""


class EventFile:
    """Belongs to the one process that runs the tests."""

    def __init__(self, path: str) -> None:
        self._file: TextIO = open(path, "a", encoding="utf-8")  # noqa: SIM115  # open for the whole run

    def tell(self, event: dict[str, object]) -> None:
        """Append one event; whoever reads sees it at once."""
        self._file.write(json.dumps(event) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Tell no more."""
        self._file.close()


def take() -> EventFile | None:
    """The file that this process's environment names; the processes that it starts are not asked to tell anything."""
    path = os.environ.pop(VARIABLE, None)
    return EventFile(path) if path else None
