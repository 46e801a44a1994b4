"""textDocument/hover: what is known of a line, which tests ran it, and what is missing of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lsprotocol import types

from minicov_lsp.errors import SourceError
from minicov_lsp.metrics import gain
from minicov_lsp.metrics.truth_tables import Lack, Row, TruthTable, explanation, text_of, truth_table
from minicov_lsp.model import Analysis, Decision, Line, SourceModel
from minicov_lsp.runs.events import Outcome
from minicov_lsp.runs.selection import ids_of
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.markdown import code, escaped, plain, table
from minicov_lsp.server.positions import from_units, range_of_lines
from minicov_lsp.server.snapshot import Snapshot

log = logging.getLogger(__name__)

MOST_TESTS = 8
"""How many tests are named."""
MOST_ROWS = 8
"""How many rows of a truth table are shown; what is missing is told beside."""
MOST_LACKS = 4
MOST_TABLES = 2

_WORDS = {
    "covered": "covered",
    "partial": "partly covered",
    "missed": "never ran",
    "excluded": "excluded from coverage",
    "edited": "edited since it ran",
}


def hover(snapshot: Snapshot, line: Line, column: int = 0, gains: Iterable[gain.Gap] = ()) -> types.Hover | None:
    """What to show of a line, None where nothing is known of it; `gains` are the file's, in the text that ran."""
    picture = snapshot.picture
    mark = picture.mark(line)
    if mark is None:
        return None
    labels = picture.labels(line, line) if mark != "missed" else frozenset()
    tests = ids_of(labels)
    parts = [f"**{_WORDS[mark]}**{_by_whom(mark, len(tests), has_run=bool(labels))}"]
    gaps = [gap.message for gap in picture.gaps if gap.span.line <= line <= gap.span.end_line]
    ran = picture.line_map.old_line(line) if picture.line_map is not None and mark != "edited" else 0
    parts += [f"- {escaped(message)}" for message in dict.fromkeys(gaps)]
    if picture.analysis is not None and ran:
        parts += [f"- {told}" for told in _gained(picture.analysis, ran, gains)]
        parts += _tables(snapshot, picture.analysis.source, ran, column)
    parts += _named(tests, snapshot.outcomes)
    return types.Hover(
        contents=types.MarkupContent(types.MarkupKind.Markdown, "\n".join(parts)),
        range=range_of_lines(line, line, snapshot.lines, snapshot.encoding),
    )


def _by_whom(mark: str, tests: int, *, has_run: bool) -> str:
    if tests:
        what = "ran what was here before" if mark == "edited" else "ran it"
        return f" · {tests} test{'s' if tests > 1 else ''} {what}"
    return " · not by a test" if has_run and mark in ("covered", "partial") else ""


def _gained(analysis: Analysis, line: Line, gains: Iterable[gain.Gap]) -> Iterator[str]:
    """What covering a line, or the way that it never took, would bring."""
    first = analysis.source.first_line(line)
    for gap in gains:
        if gap.kind == "line" and first in gap.lines and gap.gain > 1:
            yield f"whatever runs it runs {gap.gain} lines that never ran"
        elif gap.kind == "branch" and gap.line == first and gap.gain > 0:
            lines = f"{gap.gain} line{'s' if gap.gain > 1 else ''} that never ran"
            yield f"taking the way that it never took would run {lines}"


def _tables(snapshot: Snapshot, source: SourceModel, line: Line, column: int) -> Iterator[str]:
    """The truth tables of decisions that lack something, the one at the cursor first."""
    lacking = [
        facts.decision
        for facts in snapshot.picture.decisions
        if not facts.covered
        and facts.decision.span.line <= line <= facts.decision.span.end_line
        and any(one.true or one.false for one in facts.conditions)
    ]
    lacking.sort(key=lambda decision: not _is_at(decision, line, column))
    for decision in lacking[:MOST_TABLES]:
        found = truth_table(source, snapshot.picture.facts, decision, snapshot.texts.decisions)
        if found is not None:
            yield from _told(found, source)


def _is_at(decision: Decision, line: Line, column: int) -> bool:
    span = decision.span
    return (span.line, span.column) <= (line, column) <= (span.end_line, span.end_column)


def _told(found: TruthTable, source: SourceModel) -> Iterator[str]:
    """A table, and in words what is missing from it."""
    names = [code(_short(text_of(condition.span, source))) for condition in found.decision.conditions]
    yield ""
    yield code(_short(text_of(found.decision.span, source)))
    if found.row_count <= MOST_ROWS and len(names) <= MOST_ROWS:
        yield ""
        yield table([*names, "outcome", "seen"], map(_cells, found.rows))
    yield ""
    for lack in found.lacks[:MOST_LACKS]:
        yield f"- {_lack(found, lack, source, names)}"
    if len(found.lacks) > MOST_LACKS:
        yield f"- and {len(found.lacks) - MOST_LACKS} more"


def _cells(row: Row) -> list[str]:
    values = [*row.vector.values, row.vector.outcome]
    seen = {True: "yes", False: "**never**", None: "?"}[row.seen]
    if row.tests:
        seen = f"{len(row.tests)} test{'s' if len(row.tests) > 1 else ''}"
    return [*("-" if value is None else str(value) for value in values), seen]


def _lack(found: TruthTable, lack: Lack, source: SourceModel, names: Sequence[str]) -> str:
    """Why a condition was not shown to matter, and what would show it."""
    told = escaped(explanation(found, lack, source).replace("`", ""))
    if lack.vector is None:
        return told
    values = (
        f"{name} {'true' if value else 'false'}"
        for name, value in zip(names, lack.vector.values, strict=True)
        if value is not None
    )
    near = ", ".join(map(code, ids_of(lack.nearest)[:2]))
    return f"{told}; missing: {', '.join(values)}{f' (nearest: {near})' if near else ''}"


_LONGEST_NAME = 40
"""Characters of source in a table's head."""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"


def _named(tests: tuple[str, ...], outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    if not tests:
        return
    yield ""
    for test in tests[:MOST_TESTS]:
        outcome = outcomes.get(test)
        yield f"- {code(test)}{f' {outcome.outcome}' if outcome is not None else ''}"
    if len(tests) > MOST_TESTS:
        yield f"- and {len(tests) - MOST_TESTS} more"


class Gains:
    """What covering would bring, counted once for what is known of a document; used by worker threads."""

    def __init__(self) -> None:
        self._last: tuple[Analysis, tuple[gain.Gap, ...]] | None = None

    def of(self, snapshot: Snapshot) -> tuple[gain.Gap, ...]:
        """The gains of a document."""
        last, analysis = self._last, snapshot.picture.analysis
        if analysis is None:
            return ()
        if last is None or last[0] is not analysis:
            try:
                last = analysis, snapshot.texts.gains(analysis, snapshot.rules)
            except SourceError as error:
                log.debug("no gains: %s", error)
                last = analysis, ()
            self._last = last
        return last[1]


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    gains = Gains()

    def told(snapshot: Snapshot, position: types.Position) -> types.Hover | None:
        line = position.line + 1
        text = snapshot.lines[position.line] if position.line < len(snapshot.lines) else ""
        column = from_units(text, position.character, snapshot.encoding)
        return hover(snapshot, line, column, gains.of(snapshot))

    async def request(ls: MinicovServer, params: types.HoverParams) -> types.Hover | None:
        """Answer for the newest text."""
        snapshot = await ls.state.snapshot(params.text_document.uri)
        if snapshot is None:
            return None
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(ls.executor, told, snapshot, params.position)
        if found is not None and not ls.wishes.reads_markdown and isinstance(found.contents, types.MarkupContent):
            found.contents = types.MarkupContent(types.MarkupKind.PlainText, plain(found.contents.value))
        return found

    server.feature(types.TEXT_DOCUMENT_HOVER)(request)
