"""textDocument/inlayHint: beside what never ran on a line that did, that it never ran."""

from __future__ import annotations

from collections.abc import Mapping

from lsprotocol import types

from minicov_lsp.model import Line, RegionKind
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.positions import lines_of, range_of
from minicov_lsp.server.refreshing import Refresh
from minicov_lsp.server.snapshot import Snapshot

_LABELS: Mapping[RegionKind, str] = {
    "arm": "never taken",
    "operand": "never evaluated",
    "element": "never made",
    "lambda": "never called",
    "function": "never called",
}


def inlay_hints(snapshot: Snapshot, first: Line, last: Line) -> list[types.InlayHint]:
    """The hints on some lines, by place; none unless they are asked for."""
    if not snapshot.settings.inlay_hints:
        return []
    return [
        types.InlayHint(
            position=range_of(gap.span, snapshot.lines, snapshot.encoding).end,
            label=_LABELS.get(gap.region.kind, "never ran"),
            tooltip=gap.message,
            padding_left=True,
        )
        for gap in snapshot.picture.gaps
        if gap.region is not None and first <= gap.span.end_line <= last
    ]


async def request(ls: MinicovServer, params: types.InlayHintParams) -> list[types.InlayHint] | None:
    """Answer for the newest text."""
    snapshot = await ls.state.snapshot(params.text_document.uri)
    return inlay_hints(snapshot, *lines_of(params.range)) if snapshot is not None else None


def _shown(snapshot: Snapshot) -> object:
    return snapshot.picture.gaps if snapshot.settings.inlay_hints else ()


def register(server: MinicovServer) -> None:
    """Take part in the server."""
    server.feature(types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintOptions(resolve_provider=False))(request)
    Refresh(server, types.WORKSPACE_INLAY_HINT_REFRESH, lambda wishes: wishes.refreshes_hints, _shown).register()
