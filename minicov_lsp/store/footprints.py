"""What a footprint is made of: the keys of the signatures that a context showed of a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from struct import Struct

from minicov_tracer.seals import KEY_SIZE


def keys(signatures: bytes) -> tuple[bytes, ...]:
    """The keys that `footprint.signatures` has. Raises ValueError where it has part of one."""
    number, rest = divmod(len(signatures), KEY_SIZE)
    if rest:
        raise ValueError(f"signatures of {len(signatures)} bytes")
    return _unpack(number)(signatures)


@lru_cache(maxsize=256)
def _unpack(number: int) -> Callable[[bytes], tuple[bytes, ...]]:
    """How so many keys are taken apart; to find that out again costs twice as much as to do it."""
    return Struct(f"{KEY_SIZE}s" * number).unpack
