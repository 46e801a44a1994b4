"""The checks of rows in C and in Python: the same answers, whatever a row holds."""

from __future__ import annotations

import hashlib
import random

import pytest

from minicov_lsp.store import checks
from minicov_tracer import seals

BOTH = [checks.IN_PYTHON] if checks.IN_C is None else [checks.IN_PYTHON, checks.IN_C]
OF_NO_USE = [None, 1, -1, 2**63, 1.5, b"", "", b"\xff" * 8, "a\udc80b"]


@pytest.fixture(params=BOTH, ids=["Python", "C"][: len(BOTH)])
def found(request) -> checks.Checks:
    """The checks in one of the languages."""
    return request.param


def footprint(keys: list[bytes]) -> tuple[bytes, bytes]:
    """The digest and signatures of a footprint."""
    signatures = b"".join(keys)
    return seals.footprint_digest(signatures), signatures


def test_signature_is_what_its_key_says(found):
    """Of any length, and not where a bit is another."""
    chance = random.Random(1)
    for length in (0, 1, 15, 16, 63, 112, 113, 128, 129, 256, 257, 1000):
        code, bits, arcs = chance.randbytes(8), chance.randbytes(length), "[[1,2]]" * (length % 3) + "é"
        key = seals.signature_key(code, bits, arcs)
        assert found.is_whole_signature(key, code, bits, arcs)
        assert not found.is_whole_signature(key, code, bits, arcs + " ")
        assert not found.is_whole_signature(key, code, bits + b"\0", arcs)
        assert not found.is_whole_signature(bytes([key[0] ^ 1]) + key[1:], code, bits, arcs)


@pytest.mark.parametrize("length", [0, 1, 40, 127, 128, 129, 5000])
def test_code_object_is_what_its_digest_says(found, length):
    """Of any length, with lines of its own and without."""
    for own in (b"", hashlib.blake2b(b"x", digest_size=8).digest()):
        row = ("f.<locals>.é", 12, "3.12", "[" * length, "[[12,14]]", own)
        digest = seals.code_digest(*row)
        assert found.is_whole_code(digest, *row)
        for at in range(len(row)):
            changed = [*row[:at], row[at] + (b"x" if at == 5 else 1 if at == 1 else "x"), *row[at + 1 :]]
            assert not found.is_whole_code(digest, *changed)


def test_values_of_other_types_are_not_whole(found):
    """No value that a damaged row may hold makes it whole, or is an error."""
    key = seals.signature_key(b"c" * 8, b"\1", "[]")
    for value in OF_NO_USE[:-1]:
        assert not found.is_whole_signature(value, b"c" * 8, b"\1", "[]")
        assert not found.is_whole_signature(key, value, b"\1", "[]")
        assert not found.is_whole_signature(key, b"c" * 8, value, "[]")
        assert not found.is_whole_signature(key, b"c" * 8, b"\1", value)
        assert not found.is_whole_code(value, "f", 1, "3.12", "[]", "[]", b"")


def test_keys_are_wanted_once(found):
    """A key of a file is given when a footprint first has it, in order of files and keys."""
    seen = found.seen()
    one, two, three = (bytes([number]) * 6 for number in (1, 2, 255))
    assert seen.add(5, 7, *footprint([one, three]))
    assert seen.add(4, 8, *footprint([three]))
    assert seen.add(5, 7, *footprint([one, two, three]))
    assert seen.take() == [(4, 8, three, 35), (5, 7, one, 35), (5, 7, two, 37), (5, 7, three, 36)]
    assert (seen.take(), seen.number()) == ([], 4)
    assert seen.add(6, 7, *footprint([one, two]))
    assert seen.take() == []
    seen.clear()
    assert seen.add(6, 7, *footprint([one]))
    assert seen.take() == [(6, 7, one, 35)]


def test_numbers_go_on_where_the_data_file_ends(found):
    """A signature that is there keeps its number, a new one gets a larger; characters are those of the numbers."""
    seen = found.seen()
    one, two, three = (bytes([number]) * 6 for number in (1, 2, 3))
    seen.load(7, two, 0xD7FF)
    seen.load(7, three, 40)
    assert seen.add(5, 7, *footprint([one, two, three]))
    assert seen.take() == [(5, 7, one, 0xE000)]
    assert seen.characters(7, one + two + three) == "\ue000\ud7ff("
    assert seen.characters(8, one) == ""
    for number in (35, 127, 128, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF):
        seen.load(9, one, number)
        assert seen.characters(9, one) == chr(number)
        seen.clear()


def test_numbers_that_are_none(found):
    """What a damaged data file may have for a number is refused, and there are no more than there are characters."""
    seen = found.seen()
    for number in (0, 34, 0x110000, -1, 2**40):
        with pytest.raises(ValueError, match="no number"):
            seen.load(7, b"abcdef", number)
    seen.load(7, b"abcdef", 0x10FFFF)
    with pytest.raises(OverflowError):
        seen.add(5, 7, *footprint([b"ghijkl"]))


def test_many_keys(found):
    """As many as a large merge has, of files with large numbers, too."""
    chance, seen, wanted = random.Random(2), found.seen(), {}
    for _ in range(2000):
        file = chance.choice((1, 2, 2**40, -3))
        keys = sorted(chance.randbytes(2) * 3 for _ in range(chance.randrange(40)))
        assert seen.add(file + 1, file, *footprint(keys))
        for key in keys:
            of_file = wanted.setdefault(file, {})
            of_file.setdefault(key, 35 + len(of_file))
        assert seen.characters(file, b"".join(keys)) == "".join(chr(wanted[file][key]) for key in keys)
    assert seen.number() == sum(map(len, wanted.values()))
    rows = [(file + 1, file, key, number) for file, found in wanted.items() for key, number in found.items()]
    assert seen.take() == sorted(rows)


def test_footprint_that_is_not_whole(found):
    """One with another digest has no keys to want; part of a key, or a value of another type, is an error."""
    seen = found.seen()
    digest, signatures = footprint([b"abcdef"])
    assert not seen.add(1, 1, digest, signatures + b"abcdef")
    assert not seen.add(1, 1, None, signatures)
    for value in (None, 3, "abcdef"):
        with pytest.raises(TypeError):
            seen.add(1, 1, digest, value)
    with pytest.raises(ValueError, match="5 bytes"):
        seen.add(1, 1, *footprint([b"abcde"]))
    assert seen.take() == []
