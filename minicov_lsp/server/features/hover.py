"""textDocument/hover: what is known of a line, and which tests ran it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lsprotocol import types

from minicov_lsp.model import Line
from minicov_lsp.runs.events import Outcome
from minicov_lsp.runs.selection import ids_of
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.positions import range_of_lines
from minicov_lsp.server.snapshot import Snapshot

MOST_TESTS = 8
"""How many tests are named."""

_WORDS = {
    "covered": "covered",
    "partial": "partly covered",
    "missed": "never ran",
    "excluded": "excluded from coverage",
    "edited": "edited since it ran",
}


def hover(snapshot: Snapshot, line: Line) -> types.Hover | None:
    """What to show of a line, None where nothing is known of it."""
    mark = snapshot.picture.mark(line)
    if mark is None:
        return None
    labels = snapshot.picture.labels(line, line) if mark != "missed" else frozenset()
    tests = ids_of(labels)
    gaps = [gap.message for gap in snapshot.picture.gaps if gap.span.line <= line <= gap.span.end_line]
    parts = [f"**{_WORDS[mark]}**{_by_whom(mark, len(tests), has_run=bool(labels))}"]
    parts += [f"- {message}" for message in dict.fromkeys(gaps)]
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


def _named(tests: tuple[str, ...], outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    if not tests:
        return
    yield ""
    for test in tests[:MOST_TESTS]:
        outcome = outcomes.get(test)
        fence = "``" if "`" in test else "`"
        yield f"- {fence}{test}{fence}{f' {outcome.outcome}' if outcome is not None else ''}"
    if len(tests) > MOST_TESTS:
        yield f"- and {len(tests) - MOST_TESTS} more"


async def request(ls: MinicovServer, params: types.HoverParams) -> types.Hover | None:
    """Answer for the newest text."""
    snapshot = await ls.state.snapshot(params.text_document.uri)
    found = hover(snapshot, params.position.line + 1) if snapshot is not None else None
    if found is not None and not ls.wishes.reads_markdown and isinstance(found.contents, types.MarkupContent):
        found.contents = types.MarkupContent(types.MarkupKind.PlainText, found.contents.value.replace("**", ""))
    return found


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.feature(types.TEXT_DOCUMENT_HOVER)(request)
