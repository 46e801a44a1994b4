"""minicov/files: the figures of every file of the workspace of which anything is known."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from minicov_lsp.documents.picture import Summary
from minicov_lsp.server.features.gutters import summary_of
from minicov_lsp.server.folder import Folder
from minicov_lsp.server.language_server import MinicovServer

METHOD = "minicov/files"


def summaries_in(folder: Folder) -> list[tuple[Path, Summary]]:
    """{file: figures} of one folder, by path. Raises DataError."""
    files = [file for file in folder.source.files() if folder.contains(file)]
    return [(file, summary) for file in files if (summary := folder.summaries.of(file)) is not None]


async def request(ls: MinicovServer, _: object) -> list[dict[str, Any]]:
    """Answer once the data is read."""
    answer = []
    for folder in list(ls.state.folders.values()):
        await ls.state.refreshed(folder)
        found = await asyncio.get_running_loop().run_in_executor(ls.executor, summaries_in, folder)
        answer += [
            {"uri": ls.state.uri_of(file), "summary": summary_of(summary)}
            for file, summary in found
            if ls.state.folder_of(file) is folder
        ]
    return answer


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.feature(METHOD)(request)
