"""minicov/tests: the tests of a file or of the workspace, as a tree; nothing of them is run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from minicov_lsp.runs.discovery import FoundTest, discover
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.params import read_optional_uri
from minicov_lsp.server.snapshot import Snapshot

METHOD = "minicov/tests"


def document_tests(snapshot: Snapshot) -> FoundTest | None:
    """The tests of an open document, as its text has them now."""
    if not snapshot.relative:
        return None
    return discover(snapshot.relative, "\n".join(snapshot.lines), snapshot.conventions)


def described(test: FoundTest, uri: str) -> dict[str, Any]:
    """A test, with what it holds, as JSON."""
    return {
        "id": test.id,
        "label": test.label,
        "uri": uri,
        "range": range_of(test),
        "children": [described(child, uri) for child in test.children],
    }


def range_of(test: FoundTest) -> dict[str, Any]:
    """All lines of a test; it ends where the next line begins, so it is the same in every encoding."""
    return {
        "start": {"line": test.first_line - 1, "character": 0},
        "end": {"line": test.end_line, "character": 0},
    }


async def request(ls: MinicovServer, params: object) -> list[dict[str, Any]]:
    """Answer for one document's newest text, or for all files on disk."""
    uri = read_optional_uri(params)
    loop = asyncio.get_running_loop()
    if uri is not None:
        snapshot = await ls.state.snapshot(uri)
        if snapshot is None:
            return []
        found = await loop.run_in_executor(ls.executor, document_tests, snapshot)
        return [described(found, snapshot.uri)] if found is not None else []
    answer = []
    for folder in list(ls.state.folders.values()):
        tests = await loop.run_in_executor(ls.executor, folder.opened.tests.all)
        answer += [described(test, ls.state.uri_of(Path(folder.path, test.id))) for test in tests]
    return answer


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.feature(METHOD)(request)
