"""What a footprint is made of: the keys of the signatures that a context showed of a file."""

from __future__ import annotations

from struct import unpack

from minicov_tracer.seals import KEY_SIZE


def keys(signatures: bytes) -> tuple[bytes, ...]:
    """The keys that `footprint.signatures` has. Raises ValueError where it has part of one."""
    number, rest = divmod(len(signatures), KEY_SIZE)
    if rest:
        raise ValueError(f"signatures of {len(signatures)} bytes")
    return unpack(f"{KEY_SIZE}s" * number, signatures)
