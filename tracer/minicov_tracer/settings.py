"""What a measured process must know, and how it reaches it: one environment variable."""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

VARIABLE = "MINICOV_SETTINGS"
"""The environment variable that carries the settings, as JSON, to every process of the run."""


class Settings(NamedTuple):
    """How to measure; the same for every process of one run."""

    data_file: str
    """Absolute path of the data file; each process writes its partial file beside it."""
    root: str
    """Absolute path of the project's folder; paths in the data are relative to it."""
    run_id: str
    """Names the run; all its processes share it."""
    contexts: Literal["test", "test_function", "none"] = "test"
    """Whether each test is a context; "test_function": named as coverage.py names it, without its fixtures."""
    context: str = ""
    """A label for the whole run; with per-test contexts, `LABEL|node id`."""
    branches: bool = True
    """Whether jumps and arcs are recorded; lines always are."""
    conditions: bool = True
    """Whether conditions are decided (MC/DC)."""
    counts: bool = False
    """Whether every hit is counted."""
    source: tuple[str, ...] = ()
    """Folders to measure, absolute; everything else is left out."""
    source_packages: tuple[str, ...] = ()
    """Packages or modules to measure, by import name."""
    include: tuple[str, ...] = ()
    """Glob patterns of files to measure; used only without `source`."""
    omit: tuple[str, ...] = ()
    """Glob patterns of files to leave out."""
    core: str = ""
    """The core to use; "" chooses."""
    subprocesses: bool = True
    """Whether processes that the program starts, or forks, are measured too."""
    replaces: bool = False
    """Whether the facts of a test that runs again replace what the same test gave before."""
    is_quiet: bool = False
    """Whether nobody wants to hear that the core is not the best one, or somebody was told already."""

    def to_json(self) -> str:
        """The settings as one line."""
        return json.dumps(self._asdict(), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """The settings that `to_json` wrote; fields of another version are passed over.

        Raises ValueError when the text is not that.
        """
        loaded: Any = json.loads(text)
        if not isinstance(loaded, dict) or not {"data_file", "root", "run_id"} <= loaded.keys():
            raise ValueError(f"{VARIABLE} does not hold settings")
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in loaded.items()
            if key in cls._fields
        }
        return cls(**values)
