"""textDocument/didOpen, didChange, didClose, didSave: the client's texts become the workspace's."""

from __future__ import annotations

from lsprotocol import types

from minicov_lsp.server.language_server import MinicovServer


def did_open(ls: MinicovServer, params: types.DidOpenTextDocumentParams) -> None:
    """Take the text."""
    document = params.text_document
    ls.state.open_document(document.uri, document.text, document.version)


def did_change(ls: MinicovServer, params: types.DidChangeTextDocumentParams) -> None:
    """Take the changes."""
    ls.state.change_document(params.text_document.uri, params.text_document.version, params.content_changes)


def did_close(ls: MinicovServer, params: types.DidCloseTextDocumentParams) -> None:
    """Forget the text."""
    ls.state.close_document(params.text_document.uri)


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(did_open)
    server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(did_change)
    server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(did_close)
