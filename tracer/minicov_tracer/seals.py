"""The digests that say whether a row of a data file is whole, and the same row as one from elsewhere.

SQLite has no checksums of pages: of flipped bits a third goes unnoticed by its
own checks. So all that is merged is covered by one of these: what many files have
in common by a digest in its row, the rest of a partial file by one seal.
"""

from __future__ import annotations

import zlib

from minicov_tracer import chunks
from minicov_tracer.digests import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SIZE = 8
"""Bytes of a digest; two of the same file must not meet by chance."""

KEY_SIZE = 6
"""Bytes of a signature's key: a footprint is made of them, so each counts."""


class Tally:
    """What a partial file holds, as it is sealed: checksums of its chunks, in the order of their ids."""

    __slots__ = ("chains", "chunks", "counts")

    def __init__(self) -> None:
        self.chains = [0] * len(chunks.KINDS)
        """CRC-32 of all rows of each kind, but of code objects: these have digests, and are most of a file."""
        self.chunks = 0
        """How many there are."""
        self.counts = 0
        """Exclusive or of `count_share` of all rows of `line_count`."""

    def add(self, kind: int, rows: bytes | bytearray) -> None:
        """Another chunk."""
        self.chunks += 1
        if kind != chunks.CODE:
            self.chains[kind - 1] = zlib.crc32(rows, self.chains[kind - 1])


def code_digest(name: str, first_line: int, python: str, probes: str, own_lines: str, own_digest: bytes) -> bytes:
    """What `code.digest` must be."""
    held = f"{name}\0{first_line}\0{python}\0{probes}\0{own_lines}\0".encode() + own_digest
    return blake2b(held, digest_size=SIZE).digest()


def signature_key(code: bytes, bits: bytes, arcs: str) -> bytes:
    """What `signature.key` must be; `code` is the digest of its code object."""
    held = b"%b%d.%b%b" % (code, len(bits), bits, arcs.encode())
    return blake2b(held, digest_size=KEY_SIZE).digest()


def footprint_digest(signatures: bytes) -> bytes:
    """What `footprint.digest` must be."""
    return blake2b(signatures, digest_size=SIZE).digest()


def count_share(path: str, digest: bytes, part: bytes, total: int, lines: str) -> int:
    """A row's part in `Tally.counts`; the first two are the file's."""
    file = zlib.crc32(path.encode(), zlib.crc32(digest))
    return zlib.crc32(f"{total}\0{lines}".encode(), zlib.crc32(part, file))


def seal(meta: Mapping[str, str], runs: Iterable[tuple[str, int]], tally: Tally) -> str:
    """What `meta.seal` must be; of the other rows of `meta`, and (name, replaces) of all runs."""
    rest = [(key, value) for key, value in sorted(meta.items()) if key != "seal"]
    sealed = repr((rest, sorted(runs), tally.chains, tally.chunks, tally.counts))
    return blake2b(sealed.encode("utf-8", "surrogatepass"), digest_size=SIZE).hexdigest()
