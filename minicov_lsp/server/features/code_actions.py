"""textDocument/codeAction: run the tests at the cursor, or those that cover it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from lsprotocol import types

from minicov_lsp.model import Definition, Line
from minicov_lsp.runs.discovery import FoundTest, innermost
from minicov_lsp.runs.events import FAILURES
from minicov_lsp.server.features.covering_tests import covering_tests
from minicov_lsp.server.features.tests import document_tests
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.positions import lines_of, range_of_lines
from minicov_lsp.server.snapshot import Snapshot

RUN_TEST = "source.minicov.runTest"
RUN_COVERING = "source.minicov.runCovering"
RERUN_FAILED = "source.minicov.rerunFailed"


def code_actions(snapshot: Snapshot, first: Line, last: Line, only: Iterable[str] | None) -> list[types.CodeAction]:
    """The actions for some lines, the narrowest of each kind first; `only` names the kinds that are wanted."""
    wanted = [kind for kind in (RUN_TEST, RUN_COVERING, RERUN_FAILED) if _is_wanted(kind, only)]
    found: list[types.CodeAction] = []
    tests = document_tests(snapshot) if RUN_TEST in wanted or RUN_COVERING in wanted else None
    if RUN_TEST in wanted and tests is not None:
        found += _run_tests(snapshot, tests, first, last)
    if RUN_COVERING in wanted and tests is None:
        found += _run_covering(snapshot, first, last)
    if RERUN_FAILED in wanted and snapshot.folder:
        found += _rerun_failed(snapshot)
    return found


def _is_wanted(kind: str, only: Iterable[str] | None) -> bool:
    """Whether a kind, or one that it is a kind of, is asked for."""
    return only is None or any(not each or f"{kind}.".startswith(f"{each}.") for each in only)


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


def _rerun_failed(snapshot: Snapshot) -> Iterator[types.CodeAction]:
    count = sum(outcome.outcome in FAILURES for outcome in snapshot.outcomes.values())
    if count:
        title = f"Rerun the {count} failed tests" if count > 1 else "Rerun the failed test"
        yield _action(title, RERUN_FAILED, "minicov.rerunFailed", [snapshot.folder])


def _action(title: str, kind: str, command: str, arguments: list[object]) -> types.CodeAction:
    return types.CodeAction(title=title, kind=kind, command=types.Command(title, command, arguments=arguments))


async def request(
    ls: MinicovServer, params: types.CodeActionParams
) -> list[types.CodeAction] | list[types.Command] | None:
    """Answer for the newest text."""
    snapshot = await ls.state.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    first, last = lines_of(params.range)
    only = params.context.only
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(ls.executor, code_actions, snapshot, first, last, only)
    if ls.wishes.takes_code_actions:
        return found
    return [action.command for action in found if action.command is not None]


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    options = types.CodeActionOptions(code_action_kinds=[RUN_TEST, RUN_COVERING, RERUN_FAILED])
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(request)
