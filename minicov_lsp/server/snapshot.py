"""What a handler gets to see: one document at one moment, and nothing that changes under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from minicov_lsp.documents.picture import Picture
from minicov_lsp.documents.texts import HERE, Texts
from minicov_lsp.runs.conventions import Conventions
from minicov_lsp.runs.events import Outcome
from minicov_lsp.server.positions import Encoding
from minicov_lsp.server.previous_build import Regressions
from minicov_lsp.server.settings import Settings
from minicov_lsp.source.exclusion import ExclusionRules


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a test failed, in the text of that moment."""

    test: str
    message: str
    path: Path
    line: int
    """From 1."""
    lines: tuple[str, ...]
    """The file's lines when it ran."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One open document, with all that concerns it."""

    uri: str
    """The client's own string."""
    version: int
    path: Path
    """Without symbolic links."""
    relative: str
    """From the workspace folder, with `/`; "" where it is in none."""
    folder: str
    """The workspace folder's URI; "" where it is in none."""
    lines: tuple[str, ...]
    picture: Picture
    """Of exactly these lines."""
    is_running: bool
    """Whether a run goes on that touches this file."""
    encoding: Encoding
    settings: Settings
    conventions: Conventions
    rules: ExclusionRules
    """What the project leaves out of coverage."""
    outcomes: Mapping[str, Outcome]
    """{node id: how the test ended last}, of the whole folder; it may grow while a run goes on."""
    failures: tuple[Failure, ...]
    """In this file."""
    regressions: Regressions
    texts: Texts = HERE
    """Who is asked what takes the compiler."""
