"""What footprints are made of: keys of signatures, in a merged file characters for signatures and for contexts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from struct import Struct

from minicov_tracer.seals import KEY_SIZE

FIRST_NUMBER = 35
"""The code point of "#"."""
SURROGATES = range(0xD800, 0xE000)
"""No text may have them."""
NO_NUMBER = 0x110000
"""What comes after the last code point."""


def keys(signatures: bytes) -> tuple[bytes, ...]:
    """The keys that are there one after the other. Raises ValueError where it has part of one."""
    number, rest = divmod(len(signatures), KEY_SIZE)
    if rest:
        raise ValueError(f"signatures of {len(signatures)} bytes")
    return _unpack(number)(signatures)


def code_points() -> Iterator[int]:
    """Numbers for the signatures of a file, or for contexts, in order."""
    return chain(range(FIRST_NUMBER, SURROGATES.start), range(SURROGATES.stop, NO_NUMBER))


@lru_cache(maxsize=256)
def _unpack(number: int) -> Callable[[bytes], tuple[bytes, ...]]:
    """How so many keys are taken apart; to find that out again costs twice as much as to do it."""
    return Struct(f"{KEY_SIZE}s" * number).unpack
