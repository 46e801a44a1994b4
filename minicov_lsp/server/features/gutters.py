"""minicov/gutters: what the editor draws beside and below each line."""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from typing import Any

from minicov_lsp.documents.gaps import Gap
from minicov_lsp.documents.picture import Summary
from minicov_lsp.model import Span
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.params import read_uri
from minicov_lsp.server.positions import Encoding, line_of, plain_range
from minicov_lsp.server.protocol import KEPT, Written, written, written_list
from minicov_lsp.server.snapshot import Snapshot

METHOD = "minicov/gutters"


def gutters(snapshot: Snapshot) -> str:
    """The picture of one document, as JSON."""
    picture = snapshot.picture
    state = "running" if snapshot.is_running else picture.state
    spans = [_written_span(gap, snapshot) for gap in picture.gaps]
    told = {
        "uri": snapshot.uri,
        "version": snapshot.version,
        "state": state,
        "runs": [[first - 1, last - 1, mark] for first, last, mark in picture.runs],
        "spans": written_list(spans),
        "summary": summary_of(picture.summary),
    }
    return written(told)


def _written_span(gap: Gap, snapshot: Snapshot) -> str:
    span, lines = gap.span, snapshot.lines
    first, last = line_of(span.line, lines), line_of(span.end_line, lines)
    return _span(span, first, last, snapshot.encoding, gap.kind, gap.message)


@lru_cache(maxsize=KEPT)
def _span(span: Span, first: str, last: str, encoding: Encoding, kind: str, message: str) -> str:
    """Most are the same from one keystroke to the next; `first` and `last` are the lines of both ends."""
    return json.dumps({"range": plain_range(span, first, last, encoding), "kind": kind, "message": message})


def summary_of(summary: Summary | None) -> dict[str, Any] | None:
    """A file's figures, as JSON."""
    if summary is None:
        return None
    return {
        "statements": list(summary.statements),
        "branches": list(summary.branches),
        "conditions": list(summary.conditions),
        "complexity": summary.complexity,
    }


class GuttersPush:
    """Notifies of pictures that differ from the last one the client got."""

    def __init__(self, ls: MinicovServer) -> None:
        self._ls = ls
        self._last: dict[str, str] = {}

    def prepare(self, snapshot: Snapshot) -> str | None:
        """The picture, written, if the client wants to draw it."""
        return gutters(snapshot) if self._ls.wishes.gutters else None

    def send(self, snapshot: Snapshot, prepared: str | None) -> None:
        """Send it unless the client has it."""
        if prepared is not None and self._last.get(snapshot.uri) != prepared:
            self._last[snapshot.uri] = prepared
            self._ls.protocol.notify_written(METHOD, prepared)

    def forget(self, uri: str) -> None:
        """A document was closed."""
        self._last.pop(uri, None)


async def request(ls: MinicovServer, params: object) -> Written:
    """Answer with the picture of the newest text; a document that isn't open has none."""
    uri = read_uri(params)
    snapshot = await ls.state.snapshot(uri)
    if snapshot is None:
        nothing: dict[str, Any] = {
            "uri": uri,
            "version": None,
            "state": "none",
            "runs": [],
            "spans": [],
            "summary": None,
        }
        return Written(written(nothing))
    text = await asyncio.get_running_loop().run_in_executor(ls.executor, gutters, snapshot)
    return Written(text)


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.feature(METHOD)(request)
    push = GuttersPush(server)
    server.state.painted.append(push)
    server.state.forgotten.append(push.forget)
