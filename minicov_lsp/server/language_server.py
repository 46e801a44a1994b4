"""The server object that pygls hands to every handler, and what all handlers use of it."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from minicov_lsp.server.apart import Apart, TextsApart
from minicov_lsp.server.live import Live
from minicov_lsp.server.protocol import MinicovProtocol, make_converter
from minicov_lsp.server.tracing import Trace
from minicov_lsp.server.urgency import step_back
from minicov_lsp.server.workspace import Workspace
from minicov_tracer.version import VERSION

log = logging.getLogger(__name__)

WORKERS = 4
"""Threads for parsing, painting, reading and merging."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the client can do, and what it asked for beyond the protocol."""

    gutters: bool = False
    test_runs: bool = False
    pulls_diagnostics: bool = False
    refreshes_diagnostics: bool = False
    refreshes_lenses: bool = False
    refreshes_hints: bool = False
    shows_related: bool = False
    """Whether it shows the places that a diagnostic relates to."""
    shows_progress: bool = False
    shows_documents: bool = False
    """Whether it can open a URI in a browser."""
    has_configuration: bool = False
    watches_files: bool = False
    """Whether file watchers can be registered with it."""
    registers_configuration: bool = False
    takes_code_actions: bool = False
    """Whether it takes code actions, not only commands."""
    edits_documents: bool = False
    """Whether its edits can name the version that they are of."""
    creates_files: bool = False
    """Whether its edits can make files."""
    reads_markdown: bool = True


class MinicovServer(LanguageServer):
    """The server of one client."""

    protocol: MinicovProtocol

    def __init__(self) -> None:
        super().__init__("minicov", VERSION, protocol_cls=MinicovProtocol, converter_factory=make_converter)
        self.executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="minicov", initializer=step_back)
        self.texts = TextsApart(Apart())
        self.state = Workspace(self.executor, self.warn, self.texts)
        self.wishes = Wishes()
        self.stopped = asyncio.Event()
        self.configuring = asyncio.Lock()
        """Held while the client is asked for settings; what starts a run waits for the answer."""
        self.live = Live(self.state.refresh, self.state.reopen)
        self.trace = Trace(self.log_trace)
        self.last_message = 0.0
        """When the client sent something last, by the event loop's clock."""
        self.client_pid: int | None = None
        """The process that must be there, as long as it is known."""
        self.status = 1
        """The exit status; 1 unless the client said goodbye."""

    def stop(self, status: int) -> None:
        """End the server; the first call decides the status."""
        if not self.stopped.is_set():
            self.status = status
            self.stopped.set()

    def warn(self, message: str) -> None:
        """Show the user a sentence."""
        log.warning("%s", message)
        text = message if message.startswith("minicov") else f"minicov: {message}"
        self.window_show_message(types.ShowMessageParams(types.MessageType.Warning, text))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Pygls would show it to the user."""
        log.error("%s: %s", getattr(source, "__name__", source), error)
