"""minicov.goTo: show a place in the editor."""

from __future__ import annotations

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from minicov_lsp.errors import RunError
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.params import arguments, as_text

COMMAND = "minicov.goTo"


async def go_to(ls: MinicovServer, *given: object) -> bool:
    """minicov.goTo [uri, line]: show a line, from 0, of a file of the workspace; whether the client did."""
    uri, line = arguments(given, 2, 2)
    if not isinstance(line, int) or isinstance(line, bool) or line < 0:
        raise JsonRpcInvalidParams("line is not a number from 0")
    if not ls.wishes.shows_documents:
        raise RunError("this editor can't be told to show a file")
    place = types.Position(line, 0)
    asked = types.ShowDocumentParams(as_text(uri, "uri"), take_focus=True, selection=types.Range(place, place))
    answer = await ls.window_show_document_async(asked)
    return bool(answer.success)


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.command(COMMAND)(go_to)
