"""A few values with names, for what every measured process imports.

As NamedTuple, but without `typing`, whose import (with `re`, `collections` and more) would be the larger part of
what it costs to start here.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self


class Record:
    """Compares and shows itself by the values of its `__slots__`, in their order; a subclass's `__init__` sets them."""

    __slots__: tuple[str, ...] = ()

    def values(self) -> tuple[object, ...]:
        """All values."""
        return tuple(getattr(self, name) for name in self.__slots__)

    def replaced(self, **changes: object) -> Self:
        """A copy with other values."""
        named = dict(zip(self.__slots__, self.values(), strict=True))
        return type(self)(**{**named, **changes})

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Record) and other.values() == self.values()

    def __hash__(self) -> int:
        return hash(self.values())

    def __repr__(self) -> str:
        named = (f"{name}={value!r}" for name, value in zip(self.__slots__, self.values(), strict=True))
        return f"{type(self).__name__}({', '.join(named)})"
