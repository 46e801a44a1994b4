"""initialize to shutdown, and what the workspace is: folders, settings, watched files."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.uris import from_fs_path

from minicov_lsp.server.language_server import MinicovServer, Wishes
from minicov_lsp.server.live import CONFIGURATION_FILES
from minicov_lsp.server.uris import to_fs_path

log = logging.getLogger(__name__)

SECTION = "minicov"
_PATIENCE = 10.0
"""Seconds after which a client that was asked for settings is taken to have none."""
SHUTDOWN_TIME = 3.5
"""Seconds for runs to end; together with the grace that their processes get, less than the five that are promised."""


def wishes_of(params: types.InitializeParams) -> Wishes:
    """What the client can do and asks for."""
    options = _options(params)
    capabilities = params.capabilities
    text, workspace, window = capabilities.text_document, capabilities.workspace, capabilities.window
    published = text.publish_diagnostics if text is not None else None
    action = text.code_action if text is not None else None
    hover = text.hover if text is not None else None
    formats = hover.content_format if hover is not None else None
    refresh = workspace.diagnostics if workspace is not None else None
    lenses = workspace.code_lens if workspace is not None else None
    hints = workspace.inlay_hint if workspace is not None else None
    watching = workspace.did_change_watched_files if workspace is not None else None
    editing = workspace.workspace_edit if workspace is not None else None
    configuring = workspace.did_change_configuration if workspace is not None else None
    return Wishes(
        gutters=options.get("gutters") is True,
        test_runs=options.get("testRuns") is True,
        pulls_diagnostics=text is not None and text.diagnostic is not None,
        refreshes_lenses=lenses is not None and bool(lenses.refresh_support),
        refreshes_hints=hints is not None and bool(hints.refresh_support),
        shows_related=published is not None and bool(published.related_information),
        refreshes_diagnostics=refresh is not None and bool(refresh.refresh_support),
        shows_documents=window is not None and window.show_document is not None and window.show_document.support,
        shows_progress=window is not None and bool(window.work_done_progress),
        has_configuration=workspace is not None and bool(workspace.configuration),
        watches_files=watching is not None and bool(watching.dynamic_registration),
        registers_configuration=configuring is not None and bool(configuring.dynamic_registration),
        takes_code_actions=action is not None and action.code_action_literal_support is not None,
        edits_documents=editing is not None and bool(editing.document_changes),
        creates_files=editing is not None and types.ResourceOperationKind.Create in (editing.resource_operations or ()),
        reads_markdown=formats is None or types.MarkupKind.Markdown in formats,
    )


def _options(params: types.InitializeParams) -> Mapping[str, Any]:
    options = params.initialization_options
    section = options.get(SECTION) if isinstance(options, Mapping) else None
    return section if isinstance(section, Mapping) else {}


def folders_of(params: types.InitializeParams) -> Iterator[tuple[str, str]]:
    """(URI, name) of each workspace folder; a client that knows none has a root."""
    if params.workspace_folders:
        yield from ((folder.uri, folder.name) for folder in params.workspace_folders)
    else:
        uri = params.root_uri or (from_fs_path(params.root_path) if params.root_path else None)
        if uri:
            yield uri, Path(to_fs_path(uri) or uri).name


def initialize(ls: MinicovServer, params: types.InitializeParams) -> None:
    """Take what the client says of itself."""
    ls.wishes = wishes_of(params)
    ls.state.encoding = ls.workspace.position_encoding or types.PositionEncodingKind.Utf16
    ls.state.layers = (_options(params),)
    ls.client_pid = params.process_id
    ls.trace.follow(params.trace)
    for uri, name in folders_of(params):
        ls.state.open_folder(uri, name)


async def initialized(ls: MinicovServer, _: types.InitializedParams) -> None:
    """Ask for settings, and to hear of what changes."""
    if ls.wishes.has_configuration:
        await configure(ls)
    registrations = []
    if ls.wishes.registers_configuration:
        registrations.append(
            types.Registration("minicov-configuration", types.WORKSPACE_DID_CHANGE_CONFIGURATION, {"section": SECTION})
        )
    if ls.wishes.watches_files:
        patterns = ("**/.coverage", "**/.coverage.db*", *(f"**/{name}" for name in sorted(CONFIGURATION_FILES)))
        watchers = [types.FileSystemWatcher(each) for each in patterns]
        watchers.append(types.FileSystemWatcher("**/*.py", types.WatchKind.Delete))
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
        registrations.append(types.Registration("minicov-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
    if registrations:
        try:
            await ls.client_register_capability_async(types.RegistrationParams(registrations))
        except Exception as error:  # the client refused; everything works without it
            log.info("the client registers nothing: %s", error)


async def configure(ls: MinicovServer) -> None:
    """Ask the client for the settings of every folder."""
    folders = list(ls.state.folders.values())
    items = [types.ConfigurationItem(scope_uri=folder.uri, section=SECTION) for folder in folders]
    if not items:
        return
    async with ls.configuring:
        try:
            async with asyncio.timeout(_PATIENCE):
                answers = await ls.workspace_configuration_async(types.ConfigurationParams(items))
        except Exception as error:  # a client that can't answer has no settings
            log.info("the client gives no settings: %s", error or type(error).__name__)
            return
        for folder, answer in zip(folders, answers or (), strict=False):
            ls.state.configure(folder, answer)


async def did_change_configuration(ls: MinicovServer, params: types.DidChangeConfigurationParams) -> None:
    """Ask anew, or take what the client sent along."""
    if ls.wishes.has_configuration:
        await configure(ls)
        return
    told = params.settings
    section = told.get(SECTION) if isinstance(told, Mapping) else None
    for folder in list(ls.state.folders.values()):
        ls.state.configure(folder, section)


async def did_change_folders(ls: MinicovServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Folders were added or removed."""
    for removed in params.event.removed:
        await ls.state.close_folder(removed.uri)
    for added in params.event.added:
        ls.state.open_folder(added.uri, added.name)
    if params.event.added and ls.wishes.has_configuration:
        await configure(ls)


def did_change_watched_files(ls: MinicovServer, params: types.DidChangeWatchedFilesParams) -> None:
    """The client saw files change: data, configuration, or tests that are gone."""
    for change in params.changes:
        path = Path(to_fs_path(change.uri) or "").resolve()
        for folder in list(ls.state.folders.values()):
            if path.name in CONFIGURATION_FILES and path.parent == folder.path:
                ls.state.reopen(folder)
            elif change.type == types.FileChangeType.Deleted or folder.opened.project.is_data_name(path.name):
                ls.state.refresh(folder)


def set_trace(ls: MinicovServer, params: types.SetTraceParams) -> None:
    """The client wants to hear more, or less."""
    ls.trace.follow(params.value)


async def shutdown(ls: MinicovServer, *_: object) -> None:
    """End all runs before the answer."""
    await ls.state.close(SHUTDOWN_TIME)


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.feature(types.INITIALIZE)(initialize)
    server.feature(types.INITIALIZED)(initialized)
    server.feature(types.SHUTDOWN)(shutdown)
    server.feature(types.SET_TRACE)(set_trace)
    server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(did_change_configuration)
    server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(did_change_folders)
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(did_change_watched_files)
