"""minicov/tests: the tests of a file or of the workspace, as a tree; nothing is run, unless pytest itself is to say."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Any

from minicov_lsp.runs.collecting import NO_LINE, as_trees, collect
from minicov_lsp.runs.discovery import FoundTest, discover
from minicov_lsp.server.features.test_runs import prepare
from minicov_lsp.server.folder import Selection
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.params import path_of, read_optional_uri
from minicov_lsp.server.snapshot import Snapshot

METHOD = "minicov/tests"


def document_tests(snapshot: Snapshot) -> FoundTest | None:
    """The tests of an open document, as its text has them now."""
    if not snapshot.relative:
        return None
    if not snapshot.conventions.is_test_file(snapshot.relative):
        return None
    text = "\n".join(snapshot.lines)
    return snapshot.texts.of(text, discover, snapshot.relative, text, snapshot.conventions)


def described(test: FoundTest, uri: str) -> dict[str, Any]:
    """A test, with what it holds, as JSON."""
    return {
        "id": test.id,
        "label": test.label,
        "uri": uri,
        "range": range_of(test),
        "children": [described(child, uri) for child in test.children],
    }


def range_of(test: FoundTest) -> dict[str, Any] | None:
    """All lines of a test; it ends where the next line begins, so it is the same in every encoding."""
    if test.line == NO_LINE:
        return None
    return {
        "start": {"line": test.first_line - 1, "character": 0},
        "end": {"line": test.end_line, "character": 0},
    }


async def request(ls: MinicovServer, params: object) -> list[dict[str, Any]]:
    """Answer for one document's newest text, or for all files on disk; or as pytest itself has them."""
    uri = read_optional_uri(params)
    loop = asyncio.get_running_loop()
    if isinstance(params, dict) and params.get("exact") is True:
        return await _exact(ls, uri)
    if uri is not None:
        snapshot = await ls.state.snapshot(uri)
        if snapshot is None:
            return await _on_disk(ls, uri)
        found = await loop.run_in_executor(ls.executor, document_tests, snapshot)
        return [described(found, snapshot.uri)] if found is not None else []
    answer = []
    for folder in list(ls.state.folders.values()):
        tests = await loop.run_in_executor(ls.executor, folder.opened.tests.all)
        answer += [described(test, ls.state.uri_of(Path(folder.path, test.id))) for test in tests]
    return answer


async def _on_disk(ls: MinicovServer, uri: str) -> list[dict[str, Any]]:
    """The tests of a file that is not open, as they were saved."""
    path = path_of(uri)
    folder = ls.state.folder_of(path) if path is not None else None
    if path is None or folder is None:
        return []
    found = await asyncio.get_running_loop().run_in_executor(
        ls.executor, folder.opened.tests.of_file, folder.relative(path)
    )
    return [described(found, uri)] if found is not None else []


async def _exact(ls: MinicovServer, uri: str | None) -> list[dict[str, Any]]:
    """What pytest collects, of one file or of all folders; the one case in which a question starts a program."""
    path = path_of(uri) if uri is not None else None
    folder = ls.state.folder_of(path) if path is not None else None
    if uri is not None and folder is None:
        return []
    answer, loop = [], asyncio.get_running_loop()
    for each in [folder] if folder is not None else list(ls.state.folders.values()):
        selection = Selection((each.relative(path),) if path is not None else (), "the tests")
        preparing = partial(prepare, "", each.path, each.opened, selection, dict(os.environ))
        ids = await collect(await loop.run_in_executor(ls.executor, preparing))
        trees = as_trees(ids, await loop.run_in_executor(ls.executor, each.opened.tests.all))
        answer += [described(tree, ls.state.uri_of(Path(each.path, tree.id))) for tree in trees]
    return answer


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.feature(METHOD)(request)
