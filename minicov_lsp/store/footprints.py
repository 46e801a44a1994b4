"""What a footprint is made of: the keys of the signatures that a context showed of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from struct import Struct

from minicov_tracer.seals import KEY_SIZE

FIRST_NUMBER = 35
SURROGATES = range(0xD800, 0xE000)
NO_NUMBER = 0x110000


def keys(signatures: bytes) -> tuple[bytes, ...]:
    """The keys that `footprint.signatures` has. Raises ValueError where it has part of one."""
    number, rest = divmod(len(signatures), KEY_SIZE)
    if rest:
        raise ValueError(f"signatures of {len(signatures)} bytes")
    return _unpack(number)(signatures)


MEMBER = "iif(number, char(number), key)"
"""SQL for what a signature is in `members`."""


def members(signatures: bytes | str) -> tuple[bytes, ...] | str:
    """What `footprint.signatures` has: keys in a partial file, characters in a merged one. Raises ValueError."""
    return signatures if isinstance(signatures, str) else keys(signatures)


def signature_numbers() -> Iterator[int]:
    """Numbers for the signatures of a file: code points from "#" on, without surrogates, which no text may have."""
    return chain(range(FIRST_NUMBER, SURROGATES.start), range(SURROGATES.stop, NO_NUMBER))


@lru_cache(maxsize=256)
def _unpack(number: int) -> Callable[[bytes], tuple[bytes, ...]]:
    """How so many keys are taken apart; to find that out again costs twice as much as to do it."""
    return Struct(f"{KEY_SIZE}s" * number).unpack
