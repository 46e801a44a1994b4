"""The digests that say whether a row of a data file is whole, and the same row as one from elsewhere.

SQLite has no checksums of pages: of flipped bits a third goes unnoticed by its
own checks. So all that is merged is covered by one of these: what many files have
in common by a digest in its row, the rest of a partial file by one seal.
"""

from __future__ import annotations

import zlib

from minicov_tracer.digests import blake2b
from minicov_tracer.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SIZE = 8
"""Bytes of a digest; two of the same file, or of the same data file's contexts, must not meet by chance."""

KEY_SIZE = 6
"""Bytes of a signature's key: a footprint is made of them, so each counts."""


class Tally(Record):
    """What a partial file holds beside rows with digests."""

    __slots__ = ("files", "contexts", "hits", "hit_count", "signature_count", "counts")  # noqa: RUF023  # as it is sealed

    files: int
    """Exclusive or of `file_share` of all files: adding one takes no look at the others."""
    contexts: int
    """Exclusive or of `context_share` of all contexts."""
    hits: int
    """Sum over the hits of the context's id * 8191 + the footprint's: any one id that is another makes another sum."""
    hit_count: int
    """A context that left a footprint is a hit, each time that it is noted."""
    signature_count: int
    counts: int
    """Exclusive or of `count_share` of all rows of `line_count`."""

    def __init__(
        self,
        files: int = 0,
        contexts: int = 0,
        hits: int = 0,
        hit_count: int = 0,
        signature_count: int = 0,
        counts: int = 0,
    ) -> None:
        self.files, self.contexts, self.counts = files, contexts, counts
        self.hits, self.hit_count, self.signature_count = hits, hit_count, signature_count


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


def context_digest(label: str) -> bytes:
    """What `context.digest` must be."""
    return _digest(label)


def file_share(path: str, digest: bytes) -> int:
    """A file's part in `Tally.files`: a CRC-32, because it is for damage and not for names."""
    return zlib.crc32(path.encode(), zlib.crc32(digest))


def context_share(
    digest: bytes,
    label: str,
    run: str,
    time: float | str,
    outcome: str | None,
    duration: float | None,
    ended: float | str | None,
) -> int:
    """A context's part in `Tally.contexts`; `run` is the run's name, the last three are those of `outcome`, if any.

    Times may be given as `repr` writes them: of many contexts they are one, and to write it takes thousands of steps.
    """
    return zlib.crc32(f"{label}\0{run}\0{time}\0{outcome}\0{duration}\0{ended}".encode(), zlib.crc32(digest))


def count_share(path: str, digest: bytes, part: bytes, total: int, lines: str) -> int:
    """A row's part in `Tally.counts`; the first two are the file's."""
    return zlib.crc32(f"{total}\0{lines}".encode(), zlib.crc32(part, file_share(path, digest)))


def seal(meta: Mapping[str, str], runs: Iterable[tuple[str, int]], tally: Tally) -> str:
    """What `meta.seal` must be; of the other rows of `meta`, and (name, replaces) of all runs."""
    rest = [(key, value) for key, value in sorted(meta.items()) if key != "seal"]
    # Without counts it is as it was before there were any.
    sealed = tally.values() if tally.counts else tally.values()[:-1]
    return _digest(repr((rest, sorted(runs), sealed))).hex()


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=SIZE).digest()
