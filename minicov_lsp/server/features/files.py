"""minicov/files: the figures of every file of the workspace of which anything is known."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from pathlib import Path
from typing import Any

from minicov_lsp.documents.figures import Figures
from minicov_lsp.runs.selection import ids_of
from minicov_lsp.server.data_source import DataSource
from minicov_lsp.server.features.gutters import summary_of
from minicov_lsp.server.folder import Folder
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.progress import ProgressOf
from minicov_lsp.server.protocol import Written

METHOD = "minicov/files"
BATCH = 0.05
"""Seconds for which files are counted before anything else is looked at: whoever cancels need not wait for all."""


async def request(ls: MinicovServer, params: object) -> Written:
    """Answer from the data as it is now, with summaries, and with more where that is asked for, which costs more."""
    asked = params if isinstance(params, dict) else {}
    while True:
        read = _sources(ls)
        written = await _counted(ls, asked)
        if read == _sources(ls):  # else some were replaced, and may not have been read
            return Written(f"[{','.join(written)}]")


def _sources(ls: MinicovServer) -> list[DataSource]:
    return [folder.source for folder in ls.state.folders.values()]


async def _counted(ls: MinicovServer, asked: dict[str, Any]) -> list[str]:
    """The files, each as JSON. Raises DataError."""
    with_figures = asked.get("figures") is True
    written: list[str] = []
    loop = asyncio.get_running_loop()
    waiting: list[tuple[Folder, deque[Path]]] = []
    for folder in list(ls.state.folders.values()):
        await ls.state.look(folder)
        waiting.append((folder, await loop.run_in_executor(ls.executor, files_in, folder)))
    total = sum(len(files) for _, files in waiting)
    with ProgressOf(ls, asked.get("workDoneToken"), "Counting files") as progress:
        for folder, files in waiting:
            while files:
                written += await loop.run_in_executor(ls.executor, _some, ls, folder, files, with_figures)
                progress.report(total - sum(len(files) for _, files in waiting), total, "files")
    return written


def _some(ls: MinicovServer, folder: Folder, files: deque[Path], with_figures: bool) -> list[str]:
    """As many of the files as can be counted now, as JSON; they are taken from `files`. Raises DataError."""
    until = time.monotonic() + BATCH
    found: list[str] = []
    while files and time.monotonic() < until:
        file = files.popleft()
        summary = folder.summaries.of(file)
        if summary is not None and ls.state.folder_of(file) is folder:
            figures = folder.summaries.figures(file) if with_figures else None
            told = {"uri": ls.state.uri_of(file), "summary": summary_of(summary), **_described(figures)}
            found.append(json.dumps(told))
    return found


def files_in(folder: Folder) -> deque[Path]:
    """The files of one folder of which anything is known, by path. Raises DataError."""
    return deque(file for file in folder.source.files() if folder.contains(file))


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
    server.feature(METHOD)(request)
