"""Asking a client to ask again, when what it got has changed without an edit of its own."""

from __future__ import annotations

from collections.abc import Callable

from minicov_lsp.server.language_server import MinicovServer, Wishes
from minicov_lsp.server.snapshot import Snapshot


class Refresh:
    """One kind of refresh request; many changes that come together are one.

    A client asks by itself after an edit; what changes without one it must be told.
    """

    def __init__(
        self,
        ls: MinicovServer,
        method: str,
        is_wanted: Callable[[Wishes], bool],
        shown: Callable[[Snapshot], object],
    ) -> None:
        """`shown` gives what the client was or will be answered with, or something that changes with it."""
        self._ls = ls
        self._method = method
        self._is_wanted = is_wanted
        self._shown = shown
        self._last: dict[str, tuple[int, object]] = {}
        self._is_asked = self._must_ask_again = False

    def prepare(self, snapshot: Snapshot) -> object:
        """What the client would be answered with."""
        return self._shown(snapshot) if self._is_wanted(self._ls.wishes) else None

    def send(self, snapshot: Snapshot, prepared: object) -> None:
        """A document has a new picture."""
        if not self._is_wanted(self._ls.wishes):
            return
        told = snapshot.version, prepared
        before = self._last.get(snapshot.uri, told)
        self._last[snapshot.uri] = told
        if before[0] == told[0] and before[1] != told[1]:
            self._ask()

    def forget(self, uri: str) -> None:
        """A document was closed."""
        self._last.pop(uri, None)

    def _ask(self) -> None:
        if self._is_asked:
            self._must_ask_again = True
            return
        self._is_asked = True
        self._ls.protocol.send_request(self._method).add_done_callback(self._answered)

    def _answered(self, _: object) -> None:
        self._is_asked = False
        if self._must_ask_again:
            self._must_ask_again = False
            self._ask()

    def register(self) -> None:
        """Hear of every new picture."""
        self._ls.state.painted.append(self)
        self._ls.state.forgotten.append(self.forget)
