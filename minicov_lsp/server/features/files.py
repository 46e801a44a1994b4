"""minicov/files: the figures of every file of the workspace of which anything is known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from minicov_lsp.documents.figures import Figures
from minicov_lsp.documents.picture import Summary
from minicov_lsp.runs.selection import ids_of
from minicov_lsp.server.features.gutters import summary_of
from minicov_lsp.server.folder import Folder
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.protocol import Plain
from minicov_lsp.server.summaries import Summaries

METHOD = "minicov/files"
BATCH = 16
"""Files that are counted before anything else is looked at."""


async def request(ls: MinicovServer, params: object) -> list[dict[str, Any]]:
    """Answer from the data as it is now, with summaries, and with more where that is asked for, which costs more."""
    with_figures = isinstance(params, dict) and params.get("figures") is True
    answer: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    for folder in list(ls.state.folders.values()):
        await ls.state.look(folder)
        files = await loop.run_in_executor(ls.executor, files_in, folder)
        for start in range(0, len(files), BATCH):  # whoever cancels need not wait for all of them
            some = files[start : start + BATCH]
            found = await loop.run_in_executor(ls.executor, _read, folder.summaries, some, with_figures)
            answer += [
                {"uri": ls.state.uri_of(file), "summary": summary_of(summary), **_described(figures)}
                for file, summary, figures in found
                if ls.state.folder_of(file) is folder
            ]
    return answer


def _read(
    summaries: Summaries, files: Sequence[Path], with_figures: bool
) -> list[tuple[Path, Summary, Figures | None]]:
    """(file, summary, figures) of those files of which there are any. Raises DataError."""
    counted = ((file, summaries.of(file)) for file in files)
    return [
        (file, summary, summaries.figures(file) if with_figures else None)
        for file, summary in counted
        if summary is not None
    ]


def files_in(folder: Folder) -> list[Path]:
    """The files of one folder of which anything is known, by path. Raises DataError."""
    return [file for file in folder.source.files() if folder.contains(file)]


def _described(figures: Figures | None) -> dict[str, Any]:
    if figures is None:
        return {}
    return {
        "functions": list(figures.functions),
        "risk": round(figures.risk, 2),
        "gain": figures.gain,
        "tests": list(ids_of(figures.contexts)),
    }


def register(server: MinicovServer) -> None:
    """Take part in the server."""

    async def answer(ls: MinicovServer, params: object) -> Plain:
        return Plain(await request(ls, params))

    server.feature(METHOD)(answer)
