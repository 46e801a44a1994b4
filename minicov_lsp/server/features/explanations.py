"""minicov.explain: why a file has no coverage, or not what one expects."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lsprotocol import types

from minicov_lsp.errors import RunError
from minicov_lsp.explaining import explain
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.params import arguments, as_text
from minicov_lsp.server.uris import to_fs_path

COMMAND = "minicov.explain"


async def explanation(ls: MinicovServer, *given: object) -> list[str]:
    """minicov.explain [uri]: what there is to know, a sentence each; the user is shown it, too."""
    uri = as_text(arguments(given, 1, 1)[0], "uri")
    name = to_fs_path(uri)
    path = Path(name).resolve() if name else None
    folder = ls.state.folder_of(path) if path is not None else None
    if path is None or folder is None:
        raise RunError(f"{uri}: not a file of a workspace folder, so nothing is known of it")
    loop = asyncio.get_running_loop()
    told = list(await loop.run_in_executor(ls.executor, explain, folder.opened.project, path))
    ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, f"minicov: {' '.join(told)}"))
    return told


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.command(COMMAND)(explanation)
