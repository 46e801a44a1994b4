"""minicov/coveringTests: the tests that ran a range of lines."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from minicov_lsp.model import Line
from minicov_lsp.runs.discovery import FoundTest
from minicov_lsp.runs.events import Outcome
from minicov_lsp.runs.selection import file_of, ids_of, without_parameters
from minicov_lsp.server.features.tests import range_of
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.params import read_range, read_uri
from minicov_lsp.server.positions import lines_of
from minicov_lsp.server.snapshot import Snapshot

METHOD = "minicov/coveringTests"


def covering_tests(snapshot: Snapshot, first: Line, last: Line) -> tuple[str, ...]:
    """The node ids of the tests that ran any of these lines, sorted."""
    return ids_of(snapshot.picture.labels(first, last))


async def request(ls: MinicovServer, params: object) -> list[dict[str, Any]]:
    """Answer for the newest text."""
    uri, range_ = read_uri(params), read_range(params)
    snapshot = await ls.state.snapshot(uri)
    folder = ls.state.folder_of(snapshot.path) if snapshot is not None else None
    if snapshot is None or folder is None:
        return []
    tests = covering_tests(snapshot, *lines_of(range_))
    find = folder.opened.tests.find
    places = await asyncio.get_running_loop().run_in_executor(
        ls.executor, lambda: [find(without_parameters(test)) for test in tests]
    )
    return [
        _described(test, place, ls.state.uri_of(Path(folder.path, file_of(test))), snapshot.outcomes)
        for test, place in zip(tests, places, strict=True)
    ]


def _described(test: str, place: FoundTest | None, uri: str, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """One test as JSON; its location is null where it is found no more, its outcome null where it isn't known."""
    outcome = outcomes.get(test)
    return {
        "id": test,
        "label": test.removeprefix(f"{file_of(test)}::"),
        "location": {"uri": uri, "range": range_of(place)} if place is not None else None,
        "outcome": outcome.outcome if outcome is not None else None,
        "duration": outcome.duration if outcome is not None else None,
    }


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.feature(METHOD)(request)
