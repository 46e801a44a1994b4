"""textDocument/codeLens: above a function how well it is covered, above a test its last outcome; both can be run."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lsprotocol import types

from minicov_lsp.metrics.narrowing import own_lines
from minicov_lsp.metrics.numbers import display, percent
from minicov_lsp.model import Definition
from minicov_lsp.runs.discovery import FoundTest
from minicov_lsp.runs.events import Outcome
from minicov_lsp.runs.selection import file_of, without_parameters
from minicov_lsp.server.features.covering_tests import covering_tests
from minicov_lsp.server.features.tests import document_tests
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.positions import range_of_lines
from minicov_lsp.server.protocol import Written, written
from minicov_lsp.server.refreshing import Refresh
from minicov_lsp.server.snapshot import Snapshot


def code_lenses(snapshot: Snapshot) -> list[types.CodeLens]:
    """The lenses of a document by place; those of functions have no command yet (see `resolve`)."""
    if not snapshot.settings.code_lens:
        return []
    tests = document_tests(snapshot)
    found = [*_test_lenses(snapshot, tests.children)] if tests is not None else []
    taken = {lens.range.start.line for lens in found}
    for definition in snapshot.picture.definitions:
        line = definition.line
        if definition.kind == "function" and line - 1 not in taken and snapshot.picture.mark(line) != "excluded":
            data = {"uri": snapshot.uri, "name": definition.name, "line": line}
            found.append(types.CodeLens(range=_range(snapshot, line), data=data))
    return sorted(found, key=lambda lens: lens.range.start.line)


def _range(snapshot: Snapshot, line: int) -> types.Range:
    return range_of_lines(line, line, snapshot.lines, snapshot.encoding)


def _test_lenses(snapshot: Snapshot, tests: Iterable[FoundTest]) -> Iterator[types.CodeLens]:
    """For each test and class of tests: run it, and how it ended."""
    ended = _ended(snapshot.outcomes, snapshot.relative)
    waiting = list(tests)
    while waiting:
        test = waiting.pop()
        waiting += test.children
        inside = [test.id] if test.kind != "class" else [each.id for each in test.functions()]
        outcomes = [outcome for each in inside for outcome in ended.get(each, ())]
        title = "Run" if test.kind != "class" else f"Run {_counted(len(inside), 'test')}"
        if outcomes:
            title += f" · {_in_words(outcomes)}"
        command = types.Command(title, "minicov.runTest", arguments=[[test.id], snapshot.folder])
        yield types.CodeLens(range=_range(snapshot, test.line), command=command)


def _ended(outcomes: Mapping[str, Outcome], file: str) -> dict[str, list[Outcome]]:
    """{node id without parameters: how all of its kind ended last} in one file."""
    found: dict[str, list[Outcome]] = {}
    for test, outcome in list(outcomes.items()):
        if file_of(test) == file:
            found.setdefault(without_parameters(test), []).append(outcome)
    return found


def _in_words(outcomes: list[Outcome]) -> str:
    if len(outcomes) == 1:
        return f"{outcomes[0].outcome} in {outcomes[0].duration:.2f} s"
    counts = Counter(outcome.outcome for outcome in outcomes)
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def resolve(snapshot: Snapshot, lens: types.CodeLens) -> types.CodeLens:
    """A function's lens with what it says, and with what a click does: run the tests that cover it."""
    data = lens.data if isinstance(lens.data, Mapping) else {}
    definition = _definition(snapshot.picture.definitions, data)
    if definition is None:
        return types.CodeLens(lens.range, types.Command("", ""), lens.data)
    first = max(definition.body_line, definition.line + (definition.end_line > definition.line))
    tests = covering_tests(snapshot, first, definition.end_line)
    title = " · ".join(
        [*_coverage(snapshot, definition), f"complexity {definition.complexity}", _counted(len(tests), "test")]
    )
    if not tests:
        return types.CodeLens(lens.range, types.Command(title, ""), lens.data)
    range_ = range_of_lines(first, definition.end_line, snapshot.lines, snapshot.encoding)
    command = types.Command(title, "minicov.runCoveringTests", arguments=[snapshot.uri, range_])
    return types.CodeLens(lens.range, command, lens.data)


def _definition(definitions: Iterable[Definition], data: Mapping[str, Any]) -> Definition | None:
    """The function that a lens was made for, also if lines were added above it since."""
    named = [each for each in definitions if each.kind == "function" and each.name == data.get("name")]
    line = data.get("line")
    return min(named, key=lambda each: abs(each.line - line) if isinstance(line, int) else 0, default=None)


def _coverage(snapshot: Snapshot, definition: Definition) -> Iterator[str]:
    """How much of a function ran, of the text that ran."""
    analysis, line_map = snapshot.picture.analysis, snapshot.picture.line_map
    if analysis is None or line_map is None:
        return
    line = line_map.old_line(definition.line)
    ran = next(
        (each for each in analysis.source.definitions if each.line == line and each.name == definition.name), None
    )
    if ran is None:
        yield "new since it ran"
        return
    lines = own_lines(ran)
    executed, missing = len(analysis.executed & lines), len(analysis.missing & lines)
    yield f"{display(percent(executed, executed + missing))}% covered" if executed or not missing else "never called"
    if any(not line_map.old_line(each) and snapshot.lines[each - 1].strip() for each in _body(definition)):
        yield "edited since"


def _body(definition: Definition) -> range:
    return range(definition.line, definition.end_line + 1)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


async def request(ls: MinicovServer, params: types.CodeLensParams) -> Written | None:
    """Answer for the newest text."""
    snapshot = await ls.state.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    found = await asyncio.get_running_loop().run_in_executor(
        ls.executor, lambda: written(ls.protocol.as_plain(code_lenses(snapshot)))
    )
    return Written(found)


async def request_resolve(ls: MinicovServer, lens: types.CodeLens) -> types.CodeLens:
    """Answer for the newest text, too."""
    uri = lens.data.get("uri") if isinstance(lens.data, Mapping) else None
    snapshot = await ls.state.snapshot(uri) if isinstance(uri, str) else None
    if lens.command is not None or snapshot is None:
        return lens
    return await asyncio.get_running_loop().run_in_executor(ls.executor, resolve, snapshot, lens)


def _shown(snapshot: Snapshot) -> object:
    """What lenses follow from, apart from the text."""
    if not snapshot.settings.code_lens:
        return None
    outcomes: object = None
    if snapshot.conventions.is_test_file(snapshot.relative):
        outcomes = _ended(snapshot.outcomes, snapshot.relative)
    return snapshot.picture.runs, snapshot.picture.contexts, outcomes


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=True))(request)
    server.feature(types.CODE_LENS_RESOLVE)(request_resolve)
    Refresh(server, types.WORKSPACE_CODE_LENS_REFRESH, lambda wishes: wishes.refreshes_lenses, _shown).register()
