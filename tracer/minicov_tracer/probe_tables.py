"""Probe tables as text, made once: for the hit log when code is met, for the partial file when it is written."""

from __future__ import annotations

from _weakref import ref  # weakref's, which takes long to import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType


class ProbeTables:
    """Keeps those that were made for the hit log, until they are written."""

    def __init__(self, make: Callable[[CodeType], str]) -> None:
        self._make = make
        self._kept: dict[int, tuple[ref[CodeType], str]] = {}  # id -> the code object, as an id is given again

    def keep(self, code: CodeType) -> str:
        """A code object's table, kept for `take`."""
        table = self._make(code)
        self._kept[id(code)] = ref(code), table
        return table

    def take(self, code: CodeType) -> str:
        """A code object's table, which is kept no longer."""
        kept = self._kept.pop(id(code), None)
        return kept[1] if kept is not None and kept[0]() is code else self._make(code)

    def clear(self) -> None:
        """Keep none: all that was met is written, or is not to be."""
        self._kept.clear()
