"""What is written for a client, read as it would read it."""

import json

from lsprotocol import types

from minicov_lsp.server.features.diagnostics import diagnostics
from minicov_lsp.server.protocol import make_converter
from minicov_lsp.server.snapshot import Snapshot

CONVERTER = make_converter()


def read_diagnostics(snapshot: Snapshot, *, related: bool = True) -> list[types.Diagnostic]:
    """All there is to say of a document."""
    return CONVERTER.structure(json.loads(diagnostics(snapshot, related=related)), list[types.Diagnostic])
