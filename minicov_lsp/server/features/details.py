"""minicov/details: statements, ways on and functions of one file, as all tests or one test ran them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from minicov_lsp.documents.details import Details, Way, details_of, only_of
from minicov_lsp.documents.text import split_lines
from minicov_lsp.runs.selection import is_selected, node_id
from minicov_lsp.server.data_source import DataSource
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.params import read_uri
from minicov_lsp.server.positions import Encoding, range_of, range_of_lines
from minicov_lsp.server.uris import to_fs_path
from minicov_tracer import sources

METHOD = "minicov/details"


def details(source: DataSource, path: Path, lines: Sequence[str], test: str | None) -> Details | None:
    """What ran of a text, by one test or by everything; called in a worker thread. Raises DataError."""
    recorded = source.recorded(path)
    if test is None:
        return details_of(source.painter(path, spans=False).paint(lines, recorded))
    is_wanted = partial(_is_of, test)
    painter = source.painter(path, spans=False, is_wanted=is_wanted)
    return details_of(painter.paint(lines, replace(recorded, facts=only_of(recorded.facts, is_wanted))))


def _is_of(test: str, label: str) -> bool:
    return is_selected(node_id(label) or "", (test,))


def described(found: Details, lines: Sequence[str], encoding: Encoding) -> dict[str, Any]:
    """Details, as JSON."""
    return {
        "statements": [
            {
                "range": range_of_lines(each.first, each.last, lines, encoding),
                "executed": each.executed,
                "branches": [_way(way, lines, encoding) for way in each.ways],
            }
            for each in found.statements
        ],
        "functions": [
            {
                "name": each.name,
                "range": range_of_lines(each.line, each.line, lines, encoding),
                "executed": each.executed,
            }
            for each in found.functions
        ],
    }


def _way(way: Way, lines: Sequence[str], encoding: Encoding) -> dict[str, Any]:
    return {"label": way.label, "range": range_of(way.span, lines, encoding), "executed": way.executed}


async def request(ls: MinicovServer, params: object) -> dict[str, Any] | None:
    """Answer for the newest text of an open document, else for the file on disk, from the data as it is now."""
    uri = read_uri(params)
    test = params.get("test") if isinstance(params, dict) else None
    if test is not None and not isinstance(test, str):
        raise JsonRpcInvalidParams("test is not a text")
    path = Path(to_fs_path(uri) or "").resolve()
    folder = ls.state.folder_of(path)
    if folder is None:
        return None
    await ls.state.look(folder)
    snapshot = await ls.state.snapshot(uri)
    loop = asyncio.get_running_loop()
    lines: Sequence[str]
    if snapshot is not None:
        lines = snapshot.lines
    else:
        lines = await loop.run_in_executor(ls.executor, _lines_on_disk, path)
    found = await loop.run_in_executor(ls.executor, details, folder.source, path, lines, test)
    encoding = ls.state.encoding or types.PositionEncodingKind.Utf16
    return described(found, lines, encoding) if found is not None else None


def _lines_on_disk(path: Path) -> tuple[str, ...]:
    return split_lines(sources.read(str(path)) or "")


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.feature(METHOD)(request)
