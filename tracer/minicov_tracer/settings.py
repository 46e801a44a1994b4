"""What a measured process must know, and how it reaches it: one environment variable."""

from __future__ import annotations

from minicov_tracer.plain_json import loads, quoted
from minicov_tracer.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

VARIABLE = "MINICOV_SETTINGS"
"""The environment variable that carries the settings, as JSON, to every process of the run."""


class Settings(Record):
    """How to measure; the same for every process of one run."""

    __slots__ = (  # noqa: RUF023  # in the order of __init__
        "data_file", "root", "run_id", "contexts", "context", "branches", "conditions", "counts", "source",
        "source_packages", "include", "omit", "core", "subprocesses", "replaces", "is_quiet",
    )  # fmt: skip

    data_file: str
    """Absolute path of the data file; each process writes its partial file beside it."""
    root: str
    """Absolute path of the project's folder; paths in the data are relative to it."""
    run_id: str
    """Names the run; all its processes share it."""
    contexts: Literal["test", "test_function", "none"]
    """Whether each test is a context; "test_function": named as coverage.py names it, without its fixtures."""
    context: str
    """A label for the whole run; with per-test contexts, `LABEL|node id`."""
    branches: bool
    """Whether jumps and arcs are recorded; lines always are."""
    conditions: bool
    """Whether conditions are decided (MC/DC)."""
    counts: bool
    """Whether every hit is counted."""
    source: tuple[str, ...]
    """Folders to measure, absolute; everything else is left out."""
    source_packages: tuple[str, ...]
    """Packages or modules to measure, by import name."""
    include: tuple[str, ...]
    """Glob patterns of files to measure; used only without `source`."""
    omit: tuple[str, ...]
    """Glob patterns of files to leave out."""
    core: str
    """The core to use; "" chooses."""
    subprocesses: bool
    """Whether processes that the program starts, or forks, are measured too."""
    replaces: bool
    """Whether the facts of a test that runs again replace what the same test gave before."""
    is_quiet: bool
    """Whether nobody wants to hear that the core is not the best one, or somebody was told already."""

    def __init__(
        self,
        data_file: str,
        root: str,
        run_id: str,
        contexts: Literal["test", "test_function", "none"] = "test",
        context: str = "",
        branches: bool = True,
        conditions: bool = True,
        counts: bool = False,
        source: tuple[str, ...] = (),
        source_packages: tuple[str, ...] = (),
        include: tuple[str, ...] = (),
        omit: tuple[str, ...] = (),
        core: str = "",
        subprocesses: bool = True,
        replaces: bool = False,
        is_quiet: bool = False,
    ) -> None:
        self.data_file, self.root, self.run_id = data_file, root, run_id
        self.contexts, self.context = contexts, context
        self.branches, self.conditions, self.counts = branches, conditions, counts
        self.source, self.source_packages = source, source_packages
        self.include, self.omit = include, omit
        self.core, self.subprocesses = core, subprocesses
        self.replaces, self.is_quiet = replaces, is_quiet

    def to_json(self) -> str:
        """The settings as one line."""
        pairs = zip(self.__slots__, self.values(), strict=True)
        return "{" + ",".join([f"{quoted(name)}:{_json(value)}" for name, value in pairs]) + "}"

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """The settings that `to_json` wrote; fields of another version are passed over.

        Raises ValueError when the text is not that.
        """
        loaded = loads(text)
        if not isinstance(loaded, dict) or not {"data_file", "root", "run_id"} <= loaded.keys():
            raise ValueError(f"{VARIABLE} does not hold settings")
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in loaded.items()
            if key in cls.__slots__
        }
        return cls(**values)


def _json(value: object) -> str:
    """A setting's value, without the package `json`, which takes long to import."""
    if isinstance(value, tuple):
        return "[" + ",".join([quoted(part) for part in value]) + "]"
    return quoted(value) if isinstance(value, str) else str(value).lower()
