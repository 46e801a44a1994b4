"""minicov.openReport: write the HTML report of a folder and have the client show it."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from lsprotocol import types

from minicov_lsp.errors import RunError
from minicov_lsp.project import Project
from minicov_lsp.server.features.commands import folder_named
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.params import arguments

log = logging.getLogger(__name__)

FORMAT = "html"


async def open_report(ls: MinicovServer, *given: object) -> dict[str, str]:
    """minicov.openReport [folder?]: write the report; its URI."""
    folder = folder_named(ls, arguments(given, 0, 1)[0])
    page = await asyncio.get_running_loop().run_in_executor(ls.executor, write_report, folder.opened.project)
    uri = page.as_uri()
    if not await _show(ls, uri):
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, f"minicov: the report is {page}"))
    return {"uri": uri}


def write_report(project: Project) -> Path:
    """Write it where the configuration says, and give its first page. Raises RunError, DataError, SourceError."""
    # Loaded only now: nobody waits for reports while the server starts.
    from minicov_lsp.reporters import registry
    from minicov_lsp.reporters.reporter import Report

    reporter = registry.load().get(FORMAT)
    if reporter is None:
        raise RunError("this minicov has no HTML report; `minicov report --format` lists what it has")
    target = project.root / reporter.target(project.config)
    has_branches, has_conditions = project.what_was_measured()
    report = Report(project.measured_files(), has_branches, project.config, project.root, has_conditions)
    try:
        reporter.write(report, str(target))
    except OSError as error:
        raise RunError(f"the report can't be written to {target}: {error.strerror}") from error
    return target / "index.html" if target.is_dir() else target


async def _show(ls: MinicovServer, uri: str) -> bool:
    """Whether the client has shown it, in a browser."""
    if not ls.wishes.shows_documents:
        return False
    try:
        shown = await ls.window_show_document_async(types.ShowDocumentParams(uri, external=True))
    except Exception as error:  # the client refused; the path is told instead
        log.info("the client shows no documents: %s", error)
        return False
    return shown.success


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.command("minicov.openReport")(open_report)
