"""textDocument/codeAction: run the tests at the cursor, or those that cover it; go to one; quick fixes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from lsprotocol import types

from minicov_lsp.model import Definition, Line
from minicov_lsp.runs.discovery import FoundTest, innermost
from minicov_lsp.runs.events import FAILURES
from minicov_lsp.runs.selection import file_of, ids_of, without_parameters
from minicov_lsp.server.features.covering_tests import covering_tests
from minicov_lsp.server.features.quick_fixes import Surroundings, quick_fixes
from minicov_lsp.server.features.tests import document_tests
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.positions import lines_of, range_of_lines
from minicov_lsp.server.snapshot import Snapshot

RUN_TEST = "source.minicov.runTest"
RUN_COVERING = "source.minicov.runCovering"
RUN_FILE = "source.minicov.runFile"
RERUN_FAILED = "source.minicov.rerunFailed"
GO_TO_TEST = "source.minicov.goToTest"
KINDS = (RUN_TEST, RUN_COVERING, RUN_FILE, RERUN_FAILED, GO_TO_TEST, types.CodeActionKind.QuickFix)

MOST_WAYS = 3
"""How many covering tests are offered to go to; all are in `minicov/coveringTests`."""


def code_actions(snapshot: Snapshot, first: Line, last: Line, only: Iterable[str] | None) -> list[types.CodeAction]:
    """The actions that run something, the narrowest of each kind first; `only` names the kinds that are wanted."""
    wanted = [kind for kind in KINDS if is_wanted(kind, only)]
    found: list[types.CodeAction] = []
    tests = document_tests(snapshot) if not {RUN_TEST, RUN_COVERING, RUN_FILE}.isdisjoint(wanted) else None
    if RUN_TEST in wanted and tests is not None:
        found += _run_tests(snapshot, tests, first, last)
    if RUN_COVERING in wanted and tests is None:
        found += _run_covering(snapshot, first, last)
    if RUN_FILE in wanted and snapshot.folder:
        found += _run_file(snapshot, tests)
    if RERUN_FAILED in wanted and snapshot.folder:
        found += _rerun_failed(snapshot)
    return found


def is_wanted(kind: str, only: Iterable[str] | None) -> bool:
    """Whether a kind, or one that it is a kind of, is asked for."""
    # Members of an enumeration are written otherwise than the strings that they are.
    whole = f"{str.__str__(kind)}."
    names = ("",) if only is None else map(str.__str__, only)
    return any(not name or whole.startswith(f"{name}.") for name in names)


def _run_tests(snapshot: Snapshot, tests: FoundTest, first: Line, last: Line) -> Iterator[types.CodeAction]:
    touched = [each for each in tests.functions() if each.first_line <= last and first <= each.end_line]
    if len(touched) > 1:
        yield _run(snapshot, f"Run these {len(touched)} tests", touched)
    elif touched:
        yield _run(snapshot, f"Run {touched[0].label}", touched)
    for around in reversed(innermost(tests.children, first)):
        if around.kind == "class" and around.end_line >= last:
            count = sum(1 for _ in around.functions())
            yield _run(snapshot, f"Run {around.label} ({count} test{'s' if count > 1 else ''})", [around])


def _run(snapshot: Snapshot, title: str, tests: Iterable[FoundTest]) -> types.CodeAction:
    return _action(title, RUN_TEST, "minicov.runTest", [[test.id for test in tests], snapshot.folder])


def _run_covering(snapshot: Snapshot, first: Line, last: Line) -> Iterator[types.CodeAction]:
    function = _function_around(snapshot.picture.definitions, first, last)
    told: tuple[str, ...] = ()
    if function is not None:
        body = max(function.body_line, function.line + (function.end_line > function.line))
        told = covering_tests(snapshot, body, function.end_line)
        if told:
            yield _rerun(snapshot, told, function.name, body, function.end_line)
    tests = covering_tests(snapshot, first, last)
    if tests and tests != told:
        yield _rerun(snapshot, tests, "this line" if first == last else "these lines", first, last)


def _function_around(definitions: Iterable[Definition], first: Line, last: Line) -> Definition | None:
    """The innermost function that holds all of these lines."""
    around = [
        each for each in definitions if each.kind == "function" and each.first_line <= first <= last <= each.end_line
    ]
    return max(around, key=lambda each: each.line, default=None)


def _rerun(snapshot: Snapshot, tests: tuple[str, ...], what: str, first: Line, last: Line) -> types.CodeAction:
    count = f"the {len(tests)} tests" if len(tests) > 1 else "the test"
    range_ = range_of_lines(first, last, snapshot.lines, snapshot.encoding)
    title = f"Rerun {count} covering {what}"
    return _action(title, RUN_COVERING, "minicov.runCoveringTests", [snapshot.uri, range_])


def _run_file(snapshot: Snapshot, tests: FoundTest | None) -> Iterator[types.CodeAction]:
    """All tests of a file, or all that cover it."""
    count = sum(1 for _ in tests.functions()) if tests is not None else len(ids_of(snapshot.picture.contexts))
    if count:
        counted = f"the {count} tests" if count > 1 else "the test"
        title = f"Run {counted} of this file" if tests is not None else f"Rerun {counted} covering this file"
        yield _action(title, RUN_FILE, "minicov.runFile", [snapshot.uri])


def _rerun_failed(snapshot: Snapshot) -> Iterator[types.CodeAction]:
    count = sum(outcome.outcome in FAILURES for outcome in snapshot.outcomes.values())
    if count:
        title = f"Rerun the {count} failed tests" if count > 1 else "Rerun the failed test"
        yield _action(title, RERUN_FAILED, "minicov.rerunFailed", [snapshot.folder])


def _action(title: str, kind: str, command: str, arguments: list[object]) -> types.CodeAction:
    return types.CodeAction(title=title, kind=kind, command=types.Command(title, command, arguments=arguments))


def ways_to_tests(
    snapshot: Snapshot, first: Line, last: Line, find: Callable[[str], FoundTest | None], uri_of: Callable[[str], str]
) -> Iterator[types.CodeAction]:
    """Go to a test that covers these lines; `find` gives a test by its id without parameters."""
    bare = dict.fromkeys(map(without_parameters, covering_tests(snapshot, first, last)))
    for test in islice(bare, MOST_WAYS):
        found = find(test)
        if found is not None:
            arguments = [uri_of(file_of(test)), found.line - 1]
            yield _action(f"Go to {test.rpartition('::')[2]}", GO_TO_TEST, "minicov.goTo", arguments)


def _all(ls: MinicovServer, snapshot: Snapshot, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Everything that is wanted; called in a worker thread."""
    first, last = lines_of(params.range)
    only = params.context.only
    folder = ls.state.folder_of(snapshot.path)
    found: list[types.CodeAction] = []
    if ls.wishes.takes_code_actions and is_wanted(types.CodeActionKind.QuickFix, only):
        around = Surroundings(folder.path, ls.state.uri_of, ls.state.text_of) if folder is not None else None
        found += quick_fixes(snapshot, params.context.diagnostics, ls.wishes, around)
    found += code_actions(snapshot, first, last, only)
    if folder is not None and ls.wishes.shows_documents and is_wanted(GO_TO_TEST, only):
        path = folder.path
        found += ways_to_tests(
            snapshot, first, last, folder.opened.tests.find, lambda file: ls.state.uri_of(Path(path, file))
        )
    return found


async def request(
    ls: MinicovServer, params: types.CodeActionParams
) -> list[types.CodeAction] | list[types.Command] | None:
    """Answer for the newest text."""
    snapshot = await ls.state.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    found = await asyncio.get_running_loop().run_in_executor(ls.executor, _all, ls, snapshot, params)
    if ls.wishes.takes_code_actions:
        return found
    return [action.command for action in found if action.command is not None]


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    options = types.CodeActionOptions(code_action_kinds=list(KINDS))
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(request)
