"""minicov.runImpacted and minicov.toggleContinuous: the tests that a change can affect, when asked or on each save."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from minicov_lsp.errors import MinicovError, RunError
from minicov_lsp.git import HEAD
from minicov_lsp.runs.impacted import Impact
from minicov_lsp.runs.working_tree import impact_of, impact_since
from minicov_lsp.server.features import test_runs
from minicov_lsp.server.features.commands import folder_named, label_of
from minicov_lsp.server.folder import Folder, Selection
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.params import arguments, path_of
from minicov_tracer import sources

log = logging.getLogger(__name__)

METHOD = "minicov/continuous"
TOGETHER = 0.2
"""Seconds after a save for which others are waited for: an editor saves all files one by one."""


async def run_impacted(ls: MinicovServer, *given: object) -> dict[str, str]:
    """minicov.runImpacted [folder?]: run the tests that what differs on disk from HEAD can affect."""
    folder = folder_named(ls, arguments(given, 0, 1)[0])
    opened = folder.opened
    looking = partial(impact_since, opened.project, opened.conventions, HEAD)
    impact = await asyncio.get_running_loop().run_in_executor(ls.executor, looking)
    selection = selection_of(impact)
    if selection is None:
        raise RunError("no test is affected by what has changed since the last commit")
    return {"runId": await test_runs.start(ls, folder, selection)}


def selection_of(impact: Impact) -> Selection | None:
    """What to run, None where no test is affected."""
    if impact.everything:
        return Selection((), f"all tests, because {impact.everything} has changed")
    return Selection(impact.tests, f"{label_of(impact.tests)} affected by the change") if impact.tests else None


class Continuous:
    """Runs, on each save, the tests that ran another text than the one saved; used on the event loop."""

    def __init__(self, ls: MinicovServer) -> None:
        self._ls = ls
        self._saved: dict[str, set[Path]] = {}
        """{URI of a folder for which it is on: files that were saved and not looked at yet}."""
        self._running: dict[str, asyncio.Task[None]] = {}

    def toggle(self, folder: Folder, *, on: bool | None) -> bool:
        """Switch it, or to a wish; whether it is on now. The client is told."""
        is_on = folder.uri not in self._saved if on is None else on
        if is_on:
            self._saved.setdefault(folder.uri, set())
        else:
            self.forget(folder)
        if self._ls.wishes.test_runs:
            self._ls.protocol.notify(METHOD, {"folder": folder.uri, "on": is_on})
        return is_on

    def forget(self, folder: Folder) -> None:
        """Switch it off for a folder; a run that goes on stays."""
        self._saved.pop(folder.uri, None)
        running = self._running.pop(folder.uri, None)
        if running is not None:
            running.cancel()

    def saved(self, uri: str) -> None:
        """A document was saved."""
        path = path_of(uri)
        folder = self._ls.state.folder_of(path) if path is not None else None
        if path is None or folder is None or folder.uri not in self._saved:
            return
        self._saved[folder.uri].add(path)
        task = self._running.get(folder.uri)
        if task is None or task.done():
            self._running[folder.uri] = asyncio.get_running_loop().create_task(self._follow(folder))

    async def _follow(self, folder: Folder) -> None:
        """Run what saves ask for, one run after another: what is saved meanwhile is looked at together."""
        while self._saved[folder.uri]:
            await asyncio.sleep(TOGETHER)
            await folder.runs.idle()
            files, self._saved[folder.uri] = self._saved[folder.uri], set()
            looking = partial(_impact_of_saves, folder, frozenset(files))
            try:
                selection = selection_of(await asyncio.get_running_loop().run_in_executor(self._ls.executor, looking))
            except MinicovError as error:
                self._ls.state.warn_once(str(error))
                continue
            if selection is not None:
                await test_runs.start(self._ls, folder, selection)


def _impact_of_saves(folder: Folder, files: frozenset[Path]) -> Impact:
    """The tests that ran other texts of these files than they have now, and new ones in them. Raises DataError.

    What was committed doesn't matter: what differs was run again since, or is found by what ran before.
    """
    now = {folder.relative(file): sources.read(str(file)) for file in files}
    return impact_of(folder.opened.project, folder.opened.conventions, now)


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    continuous = Continuous(server)

    async def toggle(ls: MinicovServer, *given: object) -> dict[str, Any]:
        """minicov.toggleContinuous [folder?, on?]: whether saves start runs from now on."""
        uri, on = arguments(given, 0, 2)
        if on is not None and not isinstance(on, bool):
            raise JsonRpcInvalidParams("on is neither true nor false")
        folder = folder_named(ls, uri)
        return {"folder": folder.uri, "on": continuous.toggle(folder, on=on)}

    def did_save(_: MinicovServer, params: types.DidSaveTextDocumentParams) -> None:
        continuous.saved(params.text_document.uri)

    server.command("minicov.runImpacted")(run_impacted)
    server.command("minicov.toggleContinuous")(toggle)
    server.feature(types.TEXT_DOCUMENT_DID_SAVE)(did_save)
    server.state.closed.append(continuous.forget)
