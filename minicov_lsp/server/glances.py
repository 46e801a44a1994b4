"""When to look at a data file of which events tell that it may have changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

SOON = 0.015
"""Seconds from an event to the first look."""
_LEAST_QUIET = 4 * SOON
"""Seconds after which a commit that an event announced can be read."""


class Glances:
    """Looks soon after an event, again until what it announced must be there, and rests once a change was seen.

    An event comes before the commit that it tells of can be read, and hundreds come with one merge. A look costs
    little, what is done about a change costs more.

    events  |        ||||||||||||||||||||||
    looks    ^ ^  ^    ^  ^  ^  !      ^  !      ^       (! a change was seen; `quiet` seconds of rest follow)
    """

    def __init__(self, look: Callable[[], None], loop: asyncio.AbstractEventLoop, quiet: float) -> None:
        self._look = look
        self._loop = loop
        self._quiet = quiet
        self._event = 0.0
        self._rests_until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self) -> None:
        """Something may have changed."""
        self._event = self._loop.time()
        if self._timer is None:
            self._look_at(self._event + SOON)

    def rest(self) -> None:
        """Something had changed; what follows can wait."""
        self._rests_until = self._loop.time() + self._quiet

    def cancel(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look_at(self, when: float) -> None:
        self._timer = self._loop.call_at(max(when, self._rests_until), self._fire)

    def _fire(self) -> None:
        self._timer = None
        now = self._loop.time()
        if now < self._rests_until:
            self._look_at(now)
            return
        self._look()
        last = self._event + max(self._quiet, _LEAST_QUIET)
        if now < last:
            # Twice as long after the event as this time.
            self._look_at(min(now + max(now - self._event, SOON), last))
