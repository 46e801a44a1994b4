"""What was made last, kept for whoever asks for it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

_Key = ParamSpec("_Key")
_Made = TypeVar("_Made")


class Latest(Generic[_Key, _Made]):
    """Makes something of hashable or comparable arguments, and keeps it until others come; for any thread.

    Unlike a cache with one place it lets go of what it has before it makes another: trees of texts take hundreds of
    times what the texts do, and two at once would be the most that a process ever needs.
    """

    def __init__(self, make: Callable[_Key, _Made]) -> None:
        self._make = make
        self._kept: tuple[tuple[object, ...], _Made] | None = None

    def __call__(self, *key: _Key.args, **named: _Key.kwargs) -> _Made:
        """What was made of these arguments, or is now."""
        whole = (*key, *named.items())
        kept = self._kept
        if kept is None or kept[0] != whole:
            kept = self._kept = None
            kept = self._kept = whole, self._make(*key, **named)
        return kept[1]

    def kept(self, *key: _Key.args, **named: _Key.kwargs) -> _Made | None:
        """What was made of these arguments last of all; None where it was not."""
        kept = self._kept
        return kept[1] if kept is not None and kept[0] == (*key, *named.items()) else None

    def forget(self) -> None:
        """Let go of it."""
        self._kept = None
