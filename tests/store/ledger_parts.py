"""Partial files for the ledgers, in C and in Python."""

from __future__ import annotations

from collections.abc import Iterable

from minicov_lsp.store import checks
from minicov_lsp.store.ledger import Ledger
from minicov_tracer import chunks, seals

BOTH = [checks.IN_PYTHON] if checks.IN_C is None else [checks.IN_PYTHON, checks.IN_C]
ONE, TWO, THREE = (bytes([number]) * 6 for number in (1, 2, 255))


def of_file(file: int, number: int) -> int:
    """A row's id."""
    return file << 21 | number


def codes(ledger: Ledger) -> list[tuple[object, ...]]:
    """Rows of new code objects."""
    return rows(ledger.take_codes(), 8)


def signatures(ledger: Ledger) -> list[tuple[object, ...]]:
    """Rows of new signatures."""
    return rows(ledger.take_signatures(), 5)


def footprints(ledger: Ledger) -> list[tuple[object, ...]]:
    """Rows of new footprints."""
    return rows(ledger.take_footprints(), 3)


def rows(values: list[object], width: int) -> list[tuple[object, ...]]:
    """Rows of so many values, which were given one after the other."""
    assert len(values) % width == 0
    return [tuple(values[start : start + width]) for start in range(0, len(values), width)]


class Part:
    """A partial file: code objects, each with signatures, of which footprints are made. Numbers are from 1 on."""

    def __init__(self) -> None:
        self.codes = self.signatures = self.footprints = self.notes = b""
        self.digests: list[bytes] = []
        self.files: list[int] = []
        self.keys: list[bytes] = []

    def code(self, file: int, name: str = "f", own: bytes = b"") -> int:
        """Add a code object; its number."""
        row = name, len(self.digests), "3.12", "#$%", "", own
        self.digests.append(seals.code_digest(*row))
        self.files.append(file)
        self.codes += chunks.code(file, self.digests[-1], *row)
        return len(self.digests)

    def signature(self, code: int, bits: bytes = b"\1", arcs: str = "[]") -> bytes:
        """Add a signature; its key."""
        key = seals.signature_key(self.digests[code - 1], bits, arcs)
        self.signatures += chunks.signature(self.files[code - 1], code, key, bits, arcs)
        self.keys.append(key)
        return key

    def footprint(self, file: int, *keys: bytes) -> None:
        """Add a footprint."""
        self.footprints += chunks.footprint(file, seals.footprint_digest(b"".join(keys)), keys)

    def note(self, context: int, *footprints: int) -> None:
        """Add what a context left."""
        self.notes += chunks.note(context, 1.0, footprints)

    def add(self, ledger: Ledger, files: list[int], contexts: Iterable[int] = ()) -> None:
        """Hand all over."""
        ledger.begin(files)
        ledger.add_codes(self.codes)
        ledger.add_signatures(self.signatures)
        ledger.add_footprints(self.footprints)
        ledger.add_notes(self.notes, list(contexts))


def part_of(file: int = 1, number: int = 3) -> Part:
    """So many signatures of a file, each of a code object of its own."""
    part = Part()
    for _ in range(number):
        part.signature(part.code(file))
    return part
