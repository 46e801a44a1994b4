"""From what was measured to the files of a build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from minicov_lsp.history.build import IRRELEVANT, FileCoverage, fitted
from minicov_lsp.metrics.hit_counts import statement_hits
from minicov_lsp.model import MeasuredFile


def files_of_build(files: Iterable[MeasuredFile], root: Path, top: Path) -> Iterator[FileCoverage]:
    """Measured files as a build keeps them: each statement counts on its first line, as it does in reports.

    `root` is the project's folder, `top` the repository's, both absolute and without links; files that lie outside of
    the repository are left out.
    """
    for file in files:
        path = root / file.path
        if path.is_relative_to(top):
            text = "\n".join(file.analysis.source.lines)
            hits = statement_hits(file.analysis, file.facts)
            line_states = tuple(hits.get(line, IRRELEVANT) for line in range(1, max(hits, default=0) + 1))
            yield FileCoverage(path.relative_to(top).as_posix(), text, fitted(line_states, text))
