"""What of a report is about the lines that changed since a commit: what a change left uncovered."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from minicov_lsp.documents.line_map import map_lines
from minicov_lsp.git import Repository
from minicov_lsp.metrics.narrowing import narrow
from minicov_lsp.model import Line, MeasuredFile, SourceModel
from minicov_lsp.project import Progress, Project


def changed_files(project: Project, reference: str, progress: Progress | None = None) -> Iterator[MeasuredFile]:
    """The measured files that differ from a commit, with nothing in them but the statements that do.

    A statement over several lines counts where one of them changed. Files in which no statement changed are left out.
    Raises SourceError where git can't tell, and what `Project.measured_files` raises.
    """
    repository = Repository(project.root)
    commit = repository.commit(reference)
    changed = frozenset(repository.changed_files(commit))
    before = repository.texts(commit, (path for path in changed if path.endswith(".py")))
    for file in project.measured_files(progress):
        if file.path in changed:
            narrowed = narrowed_to(file, changed_statements(file.analysis.source, before.get(file.path, "")))
            if narrowed.analysis.source.statements:
                yield narrowed


def changed_statements(source: SourceModel, before: str) -> frozenset[Line]:
    """First lines of the statements of a text, and of what is excluded in it, that are not so in an earlier text."""
    line_map = map_lines(tuple(before.removesuffix("\n").split("\n")), source.lines)
    new = [line for line in range(1, len(source.lines) + 1) if not line_map.to_old[line]]
    changed = {source.first_line(line) for line in new}
    return frozenset((source.statements | source.excluded) & changed)


def narrowed_to(file: MeasuredFile, lines: AbstractSet[Line]) -> MeasuredFile:
    """A file of a report as if there were nothing in it but some lines."""
    analysis = narrow(file.analysis, lines)
    source = analysis.source
    within = replace(
        source,
        regions=tuple(region for region in source.regions if source.first_line(region.span.line) in lines),
        decisions=tuple(decision for decision in source.decisions if source.first_line(decision.span.line) in lines),
    )
    contexts = {line: labels for line, labels in file.contexts.items() if source.first_line(line) in lines}
    return replace(file, analysis=replace(analysis, source=within), contexts=contexts)
