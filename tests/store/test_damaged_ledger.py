"""The ledger in C and in Python, given what nothing of ours wrote: both refuse it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from minicov_lsp.store import checks
from minicov_lsp.store.ledger import Ledger
from minicov_tracer import chunks, seals

from .ledger_parts import BOTH, ONE, Part, codes, of_file, part_of, signatures

ERRORS = (TypeError, ValueError, OverflowError)
EXTREMES = [b"\0" * 8, b"\xff" * 8, b"\xff" * 7 + b"\xfe", b"\0" * 7 + b"\1"]
"""Digests that a table might take for something else."""


@pytest.fixture(params=BOTH, ids=["Python", "C"][: len(BOTH)])
def ledger(request) -> Ledger:
    """One that knows nothing, in one of the languages."""
    return request.param.ledger()


@pytest.mark.parametrize("length", [0, 1, 15, 16, 107, 108, 117, 118, 119, 120, 128, 129, 256, 1000, 5000])
def test_rows_are_what_their_keys_and_digests_say(ledger, length):
    """Of any length, and not where a bit is another: of all that a digest covers."""
    part = Part()
    code = part.code(1, "f.<locals>." + "é" * length, b"o" * 8)
    part.footprint(1, part.signature(code, b"\x55" * length, "[[1,2]]" * (length % 3)))
    part.add(ledger, [7])
    assert len(codes(ledger)) == len(signatures(ledger)) == 1
    chance = random.Random(length)
    for name in ("codes", "signatures", "footprints"):
        whole = getattr(part, name)
        for at in [chance.randrange(len(whole)) for _ in range(20)]:
            if name == "footprints" and 8 <= at < 16:
                continue  # its digest: of another file's footprint it may be
            damaged = bytes([*whole[:at], whole[at] ^ 1, *whole[at + 1 :]])
            with pytest.raises(ValueError, match=r"."):
                changed(part, name, damaged).add(checks.CHOSEN.ledger() if length > 1000 else new(ledger), [7, 8])


def new(ledger: Ledger) -> Ledger:
    """Another one of the same language."""
    return type(ledger)()


def changed(part: Part, name: str, rows: bytes) -> Part:
    """A part with other rows."""
    other = Part()
    other.__dict__.update(part.__dict__)
    setattr(other, name, rows)
    return other


def test_rows_that_others_need(ledger):
    """A signature and its code object have to be there, and of the same file."""
    part = part_of()
    part.footprint(1, part.keys[0])
    for name in ("codes", "signatures"):
        with pytest.raises(ValueError, match="not there"):
            changed(part, name, b"").add(new(ledger), [7])
    part.footprint(2, part.keys[0])
    with pytest.raises(ValueError, match="of another file"):
        part.add(new(ledger), [7, 8])
    key = seals.signature_key(part.digests[0], b"\1", "[]")
    for file, code, error in ((2, 1, "its key"), (2, 0, "not there"), (2, 4, "not there")):
        rows = part.signatures + chunks.signature(file, code, key, b"\1", "[]")
        with pytest.raises(ValueError, match=error):
            changed(part, "signatures", rows).add(new(ledger), [7, 8])


def test_texts_that_are_none(ledger):
    """Bytes that a digest covers may still be no text."""
    part = Part()
    row = b"f", b"3.12", b"\xff", b"", b""
    held = b"f\x000\x003.12\x00\xff\x00\x00"
    part.digests, part.files = [seals.footprint_digest(held)], [1]
    part.codes = chunks.CODE_HEAD.pack(1, 0, *map(len, row), part.digests[0]) + b"".join(row)
    part.footprint(1, part.signature(1))
    with pytest.raises(ValueError, match="utf-8"):
        part.add(ledger, [7])


def test_rows_that_are_not_there(ledger):
    """A number of none is an error."""
    part = Part()
    part.footprint(1)
    part.note(1, 1)
    for files in ([], [2**42], [-1], [2**63], [None]):
        with pytest.raises(ERRORS):
            part.add(new(ledger), files, [35])
    for contexts in ([], [0x110000], [34], [0xD800], [None], None):
        part.add(ledger, [7], [35])
        with pytest.raises(ERRORS):
            ledger.add_notes(part.notes, contexts)
    for context, footprint in ((0, 1), (2, 1), (1, 0), (1, 2), (1, 2**32 - 1)):
        with pytest.raises(ValueError, match="not there"):
            changed(part, "notes", chunks.note(context, 1.0, [footprint])).add(new(ledger), [7], [35])
    with pytest.raises(ValueError, match="not there"):
        changed(part, "footprints", chunks.footprint(0, seals.footprint_digest(b""), [])).add(new(ledger), [7], [35])


@pytest.mark.parametrize("digest", EXTREMES)
def test_any_digest_may_come(ledger, digest):
    """None is taken for another, or for none."""
    ledger.load(7, [(of_file(7, 1), digest)], [(of_file(7, 35), digest[:6])], [])
    ledger.begin([7, 0])
    keys = sorted({each[:6] for each in EXTREMES})
    for shown in ([], *([key] for key in keys), keys):
        for file in (1, 2):
            with pytest.raises(ValueError, match="not what its digest says"):
                ledger.add_footprints(chunks.footprint(file, digest, shown))
    for key in keys:
        if key != digest[:6]:
            with pytest.raises(ValueError, match="not there"):
                ledger.add_footprints(chunks.footprint(1, seals.footprint_digest(key), [key]))


LISTS: dict[str, Callable[[Ledger, object], object]] = {
    "codes": lambda ledger, row: ledger.load(9, [row], [], []),
    "signatures": lambda ledger, row: ledger.load(9, [], [row], []),
    "footprints": lambda ledger, row: ledger.load(9, [], [(of_file(9, 40), ONE)], [row]),
    "lists": lambda ledger, row: ledger.add_lists([row], {35: 35}),
}
WHOLE = {
    "codes": (of_file(9, 40), b"d" * 8),
    "signatures": (of_file(9, 40), ONE),
    "footprints": (of_file(9, 1), "("),
    "lists": (1, "#"),
}
OF_NO_USE = [None, 1.5, b"", b"\xff" * 9, "a\udc80b", 2**63, -(2**63) - 1, 2**200, (), [1], object()]


@pytest.mark.parametrize("kind", WHOLE)
def test_values_of_other_types(ledger, kind):
    """What is none of what was written is an error, of one of three kinds, in each column."""
    ledger.begin([7])
    ledger.add_footprints(chunks.footprint(1, seals.footprint_digest(b""), []))
    LISTS[kind](ledger, WHOLE[kind])
    for value in OF_NO_USE:
        for row in ((value, WHOLE[kind][1]), (WHOLE[kind][0], value)):
            with pytest.raises(ERRORS):
                LISTS[kind](ledger, row)
    for row in (None, 3, (), WHOLE[kind][:1], (*WHOLE[kind], 1), "abc"):
        with pytest.raises(ERRORS):
            LISTS[kind](ledger, row)


@pytest.mark.parametrize("add", ["add_codes", "add_signatures", "add_footprints", "add_notes"])
def test_what_is_no_chunk(ledger, add):
    """A value of another type, and a chunk that is cut off, are errors."""
    part = part_of(number=1)
    part.footprint(1, *part.keys)
    part.note(1, 1)
    contexts = ([35],) if add == "add_notes" else ()
    whole = getattr(part, add[4:])
    part.add(ledger, [7], [35])
    for value in (None, 3, "abc", bytearray(b"abc")):
        with pytest.raises(TypeError):
            getattr(ledger, add)(value, *contexts)
    for size in range(1, len(whole)):
        with pytest.raises(ValueError, match="cut off"):
            getattr(ledger, add)(whole[:size], *contexts)


@pytest.mark.parametrize("number", [1, 34, 0xD800, 0xDFFF, 0x110000, 2**21 - 1])
def test_numbers_that_are_no_characters(ledger, number):
    """A data file's signatures and contexts have ids of characters."""
    with pytest.raises(ValueError, match="character"):
        ledger.load(7, [], [(of_file(7, number), ONE)], [])
    with pytest.raises(ValueError, match="character"):
        ledger.add_lists([], {97: number})


def test_rows_of_other_files(ledger):
    """A data file's row is of the file that its id says."""
    for row in (of_file(6, 1), of_file(8, 40), -1, 40, 2**63 - 1):
        with pytest.raises(ValueError, match="file"):
            ledger.load(7, [(row, b"d" * 8)], [], [])


def test_an_error_of_the_rows_is_handed_on(ledger):
    """What reads the rows may fail at any of them; the ledger may not be asked from within."""

    def rows():
        yield of_file(7, 1), b"d" * 8
        raise KeyError("a page")

    with pytest.raises(KeyError, match="a page"):
        ledger.load(7, rows(), [], [])
    if checks.IN_C is not None and isinstance(ledger, checks.IN_C.ledger):
        with pytest.raises(RuntimeError, match="at work"):
            ledger.load(8, (ledger.begin([]) for _ in range(1)), [], [])
        ledger.begin([])
