"""The rows of a partial file's chunks, as bytes; schema.py has their forms."""

from __future__ import annotations

from struct import Struct, pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = range(1, 7)
FILE, CODE, SIGNATURE, FOOTPRINT, CONTEXT, NOTE = KINDS

FILE_HEAD = Struct("<2I")
CODE_HEAD = Struct("<Ii5I8s")
SIGNATURE_HEAD = Struct("<4I6s")
FOOTPRINT_HEAD = Struct("<2I8s")
CONTEXT_HEAD = Struct("<I")
NOTE_HEAD = Struct("<3I2d")

OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")
"""What the numbers of outcomes stand for."""
NO_OUTCOME = 255

_NUMBERS = {word: number for number, word in enumerate(OUTCOMES)}


def file(path: str, digest: bytes) -> bytes:
    """A version of a file; `digest` is empty where its text is unknown."""
    name = path.encode()
    return FILE_HEAD.pack(len(name), len(digest)) + name + digest


def code(
    of_file: int, digest: bytes, name: str, first_line: int, python: str, probes: str, own_lines: str, own_digest: bytes
) -> bytes:
    """A code object of a file, told by its number."""
    texts = [name.encode(), python.encode(), probes.encode(), own_lines.encode(), own_digest]
    return CODE_HEAD.pack(of_file, first_line, *map(len, texts), digest) + b"".join(texts)


def signature(of_file: int, of_code: int, key: bytes, bits: bytes, arcs: str) -> bytes:
    """A signature of a code object, told by its number and that of its file; `arcs` is JSON."""
    told = arcs.encode()
    return SIGNATURE_HEAD.pack(of_file, of_code, len(bits), len(told), key) + bits + told


def footprint(of_file: int, digest: bytes, keys: Sequence[bytes]) -> bytes:
    """A footprint of a file, told by its number; `keys` are those of its signatures, sorted."""
    return FOOTPRINT_HEAD.pack(of_file, len(keys), digest) + b"".join(keys)


def context(name: str) -> bytes:
    """A context."""
    told = name.encode()
    return CONTEXT_HEAD.pack(len(told)) + told


def note(
    of_context: int, time: float, footprints: Sequence[int], outcome: str | None = None, duration: float = 0.0
) -> bytes:
    """What a context did, all told by numbers; `outcome` (a word of ours) and `duration` (seconds) if a test ended."""
    number = NO_OUTCOME if outcome is None else _NUMBERS.get(outcome, NO_OUTCOME)
    count, took = len(footprints), 0.0 if number == NO_OUTCOME else duration
    return NOTE_HEAD.pack(of_context, number, count, time, took) + pack(f"<{count}I", *footprints)
