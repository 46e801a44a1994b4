"""The digests that say whether a row of a data file is whole, and the same row as one from elsewhere.

SQLite has no checksums of pages: of flipped bits a third goes unnoticed by its
own checks. So every row that is merged is covered by one of these.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping


def code_digest(name: str, first_line: int, python: str, probes: str, own_lines: str, own_digest: bytes) -> bytes:
    """What `code.digest` must be."""
    return _digest(16, name, str(first_line), python, probes, own_lines, own_digest)


def signature_digest(code: bytes, bits: bytes, arcs: str) -> bytes:
    """What a footprint is made of: a signature, by the digest of its code object."""
    return _digest(16, code, bits, arcs)


def footprint_digest(signatures: Iterable[bytes]) -> bytes:
    """What `footprint.digest` must be, from the digests of its signatures in any order."""
    return hashlib.blake2b(b"".join(sorted(signatures)), digest_size=16).digest()


def context_seal(
    label: str,
    run: str,
    time: float,
    replaces: int,
    outcome: str | None,
    duration: float | None,
    hits: int,
    total: int,
) -> bytes:
    """What `context.seal` must be; `total` is the sum of the ids of its `hits` footprints."""
    numbers = struct.pack("<ddqqq", time, -1.0 if duration is None else duration, replaces, hits, total)
    return _digest(8, label, run, outcome or "", numbers)


def file_seal(path: str, digest: str) -> int:
    """A file's share in `meta_seal`; shares are combined by exclusive or."""
    return int.from_bytes(_digest(8, path, digest), "little")


def meta_seal(meta: Mapping[str, str], files: int) -> str:
    """What `meta.seal` must be, in hexadecimal: of the other rows of `meta`, and of all files."""
    parts = (part for key in sorted(meta) if key != "seal" for part in (key, meta[key]))
    return _digest(8, *parts, files.to_bytes(8, "little")).hex()


def _digest(size: int, *parts: str | bytes) -> bytes:
    """BLAKE2b of the parts, each with its length before it."""
    pieces = []
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        pieces.append(len(data).to_bytes(8, "little"))
        pieces.append(data)
    return hashlib.blake2b(b"".join(pieces), digest_size=size).digest()
