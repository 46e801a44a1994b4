"""From what is on disk, what was committed and what ran to the tests that a change can affect."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from minicov_lsp.errors import DataError
from minicov_lsp.git import Repository
from minicov_lsp.project import Project
from minicov_lsp.runs.conventions import Conventions
from minicov_lsp.runs.discovery import find_test_files
from minicov_lsp.runs.impacted import CONFIGURATION, ChangedFile, Impact, impacted
from minicov_lsp.runs.selection import file_of, ids_of, is_selected, still_there, without_parameters
from minicov_lsp.runs.test_index import TestIndex
from minicov_tracer import sources


def impact_since(project: Project, conventions: Conventions, reference: str) -> Impact:
    """The tests that the difference between a commit and the files on disk can affect.

    Raises SourceError where git can't tell, DataError where nothing has run yet.
    """
    repository = Repository(project.root)
    commit = repository.commit(reference)
    changed = repository.changed_files(commit)
    before = repository.texts(commit, (path for path in changed if path.endswith(".py")))
    return impact_of(project, conventions, {path: before.get(path) for path in changed})


def impact_of(project: Project, conventions: Conventions, before: Mapping[str, str | None]) -> Impact:
    """The tests that it can affect that files have other texts now; `before` is {path: text it had, None for none}.

    Raises DataError where nothing has run yet.
    """
    if not project.data_to_read().exists():
        raise DataError(f"{project.data_file}: no run is known yet, so no test can be left out; run all tests once")
    test_files = [path.relative_to(project.root).as_posix() for path in find_test_files(project.root, conventions)]
    with project.open_data() as database:
        recorded = project.recorded_names(database)
        changes = [
            ChangedFile(
                path,
                text,
                sources.read(str(project.root / path)),
                tuple(facts for name in recorded.get(project.root / path, ()) for facts in database.facts(name)),
            )
            for path, text in before.items()
        ]
    concerned = [each for each in changes if _is_of_concern(each, test_files)]
    return impacted(concerned, test_files, conventions, project.texts)


def _is_of_concern(change: ChangedFile, test_files: Container[str]) -> bool:
    """Whether it can say anything of tests: not a text for people, nor a new file that nothing ran."""
    if not change.path.endswith(".py"):
        return change.path in CONFIGURATION
    is_known = change.before is not None or bool(change.versions)
    return is_known or change.path in test_files or change.path.endswith("conftest.py")


def listed(impact: Impact, project: Project, tests: TestIndex) -> tuple[str, ...]:
    """Each test of an impact by its own node id: those that ran, and those that are found by convention. Sorted.

    Raises DataError.
    """
    with project.open_data() as database:
        known = still_there(ids_of(database.contexts()), tests.may_hold)
    if impact.everything:
        return _with_new(known, tests.all_ids())
    selected = frozenset(impact.tests)
    found = [test for path in sorted({file_of(test) for test in selected}) for test in tests.ids_of_file(path)]
    return tuple(test for test in _with_new(known, found) if is_selected(test, selected))


def _with_new(known: Iterable[str], found: Iterable[str]) -> tuple[str, ...]:
    """What ran, and what was found beside it: one that ran with parameters is known by them."""
    ran = frozenset(known)
    functions = {without_parameters(test) for test in ran}
    return tuple(sorted(ran | {test for test in found if test not in functions}))
