"""What stands on lines of the text that ran, moved to a text that is typed in: most of it stays from edit to edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from minicov_lsp.documents.line_map import LineMap
from minicov_lsp.model import Line

_Thing = TypeVar("_Thing")


class Moving(Generic[_Thing]):
    """Some things in order, and where each was moved last; used by one thread at a time.

    What stays where it is is the same object, also from one text to the next.
    """

    def __init__(
        self,
        things: Iterable[_Thing],
        lines_of: Callable[[_Thing], Iterable[Line]],
        move: Callable[[_Thing, LineMap], _Thing],
    ) -> None:
        """`lines_of` gives every line that a thing tells; `move` tells the nearest ones in another text instead."""
        self._move = move
        self._things = [(thing, tuple(dict.fromkeys(lines_of(thing)))) for thing in things]
        self._last = [(lines, thing) for thing, lines in self._things]

    def to(self, line_map: LineMap, is_there: Callable[[_Thing], bool]) -> tuple[_Thing, ...]:
        """Those that are in another text, in its lines."""
        found = []
        to_new, nearest = line_map.to_new, line_map.nearest_new
        size = len(to_new)
        for number, (thing, lines) in enumerate(self._things):
            if is_there(thing):
                places = tuple([(line < size and to_new[line]) or nearest(line) for line in lines])
                if self._last[number][0] != places:
                    self._last[number] = places, self._move(thing, line_map)
                found.append(self._last[number][1])
        return tuple(found)
