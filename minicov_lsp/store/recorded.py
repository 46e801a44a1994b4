"""Whatever holds what ran: our data file, or one of coverage.py's, asked the same questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from minicov_lsp.model import FileFacts
from minicov_lsp.store.coverage_py_files import is_coverage_py
from minicov_lsp.store.database import Database
from minicov_lsp.store.versions import Identify


class RecordedData(Protocol):
    """A data file, read-only. Raises DataError from every call where it is missing, damaged or of nobody we know."""

    path: Path

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""

    @property
    def root(self) -> str:
        """The folder that recorded relative paths start from; absolute."""

    @property
    def has_arcs(self) -> bool:
        """Whether branches were measured."""

    @property
    def has_conditions(self) -> bool:
        """Whether conditions were decided."""

    def files(self) -> tuple[str, ...]:
        """Recorded paths, sorted."""

    def contexts(self) -> tuple[str, ...]:
        """Labels, sorted."""

    def outcomes(self) -> dict[str, tuple[str, float]]:
        """{test's label: (outcome, seconds)}."""

    def generation(self) -> int:
        """Grows whenever facts change."""

    def files_changed_since(self, generation: int) -> tuple[str, ...]:
        """Recorded paths whose facts changed after that generation, sorted."""

    def changed(self) -> bool:
        """Whether the file is another than at the last call of this."""

    def facts(self, path: str, here: str | None = None) -> tuple[FileFacts, ...]:
        """All that ran of the file recorded under `path`: a version each, the one that changed last first.

        `here` is a text that whoever asks has already, normalized.
        """

    def facts_of_text(self, path: str, text: str, identify: Identify | None = None) -> FileFacts:
        """What ran of this text of the file recorded under `path`, in whichever version of the file it ran."""

    def paths_of_text(self, digest: str) -> tuple[str, ...]:
        """The recorded paths of files that had this very text when they ran, sorted."""

    def fingerprint(self, path: str) -> str:
        """The same as before if `facts` of this path are."""


def open_recorded(path: Path, root: Path, place: Callable[[str], Path]) -> RecordedData:
    """The data in a file, whoever wrote it; `root` is the project's folder, `place` tells where a recorded file is."""
    if not is_coverage_py(path):
        return Database(path)
    from minicov_lsp.store.coverage_py import CoveragePyData

    return CoveragePyData(path, root, place)
