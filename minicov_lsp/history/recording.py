"""From what was measured to the files of a build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from minicov_lsp.history.build import IRRELEVANT, FileCoverage, LineState, fitted
from minicov_lsp.model import Line
from minicov_lsp.project import MeasuredFile


def files_of_build(files: Iterable[MeasuredFile], root: Path, top: Path) -> Iterator[FileCoverage]:
    """Measured files as a build keeps them: each statement counts on its first line, as it does in reports.

    `root` is the project's folder, `top` the repository's, both absolute and without links; files that lie outside of
    the repository are left out.
    """
    for file in files:
        path = root / file.path
        if path.is_relative_to(top):
            text = "\n".join(file.analysis.source.lines)
            states = _states(file)
            line_states = tuple(states.get(line, IRRELEVANT) for line in range(1, max(states, default=0) + 1))
            yield FileCoverage(path.relative_to(top).as_posix(), text, fitted(line_states, text))


def _states(file: MeasuredFile) -> dict[Line, LineState]:
    """{first line of a statement: how often it ran}."""
    analysis = file.analysis
    counts: dict[Line, int] = {}
    for facts in file.facts:
        if facts.digest == analysis.source.digest:
            for line, count in facts.counts.items():
                counts[line] = counts.get(line, 0) + count
    return dict.fromkeys(analysis.missing, 0) | {line: max(counts.get(line, 1), 1) for line in analysis.executed}
