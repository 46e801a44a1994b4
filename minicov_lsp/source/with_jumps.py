"""What leaving a `with` looks like, and what it should look like.

The end of a `with` body jumps back to the `with` line, which calls `__exit__` and goes on:

    with a:     # 1
        b()     # 2
    c()         # 3

runs as 1, 2, 1, 3. People see 1, 2, 3, so arc (2, 1) is shown as (2, 3), and (1, 3) not at all. A `with` at the end of
another's body jumps to that one's line, and so on: the chain is followed to where it lands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from minicov_lsp.model import Arc, Line


@dataclass(frozen=True, slots=True)
class Mending:
    """How arcs out of `with` are to be shown."""

    shown: Mapping[Arc, Arc | None]
    """{arc as it is run: arc as it is shown, or None for not at all}; arcs that are absent stay as they are."""
    landings: Mapping[Line, Arc]
    """{line of a `with`: the last arc run on the way out of it}."""


class WithJumps:
    """Watches arcs as they are found, to tell those that enter a `with` from those that leave it."""

    def __init__(self) -> None:
        self._open: set[Line] = set()
        self._entries: set[Arc] = set()
        self._left: dict[Line, set[int]] = {}
        self._returns: set[Arc] = set()

    @property
    def is_used(self) -> bool:
        """Whether there is a `with` at all, so far."""
        return bool(self._left)

    def enter(self, line: Line) -> None:
        """From here on arcs from the `with` on this line go into its body."""
        self._open.add(line)
        self._left.setdefault(line, set())

    def leave(self, line: Line) -> None:
        """From here on arcs from the `with` on this line leave it."""
        self._open.discard(line)

    def returned(self, ends: Iterable[Line], line: Line) -> None:
        """The body's last lines jump back to the `with` on this line."""
        self._returns.update((end, line) for end in ends)

    def saw(self, arc: Arc) -> None:
        """An arc that the walk has found."""
        start, end = arc
        if start in self._open:
            self._entries.add(arc)
        elif start in self._left:
            self._left[start].add(end)

    def mending(self) -> Mending:
        """What to do about the jumps, now that all arcs are found."""
        return mending(self._left, self._entries, self._returns)


def mending(left: Mapping[Line, AbstractSet[int]], entries: AbstractSet[Arc], returns: AbstractSet[Arc]) -> Mending:
    """What to do about the jumps.

    Of each `with`, by line, `left` has where arcs that leave it go; `entries` are the arcs into bodies, `returns` those
    from a body back to its `with`.
    """
    onward = {
        line: end
        for line, ends in left.items()
        for end in sorted(ends)
        # A body without code (only `global`) seems to jump from the line to itself.
        if end != line and (line, end) not in entries
    }
    landings = {line: _landing(line, onward, returns) for line in onward}
    shown: dict[Arc, Arc | None] = {(end, line): (end, landings[line][1]) for end, line in returns if line in onward}
    for line, end in onward.items():
        # A body on the `with` line itself makes no jump back: the arc onward is all there is.
        if (line, line) not in returns:
            shown[line, end] = None
    return Mending(shown, landings)


def _landing(line: Line, onward: Mapping[Line, int], returns: AbstractSet[Arc]) -> Arc:
    """The last arc on the way out of the `with` on this line and all those that end with it."""
    end = onward[line]
    while (line, end) in returns and end in onward:
        line, end = end, onward[end]
    return line, end
