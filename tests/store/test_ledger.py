"""The ledger in C and in Python: the same rows for a data file, whatever a partial file holds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minicov_lsp.store import checks
from minicov_lsp.store.ledger import ROW_BYTES, Ledger
from minicov_tracer import chunks, seals

from .ledger_parts import BOTH, ONE, THREE, TWO, Part, codes, footprints, of_file, part_of, signatures

ERRORS = (TypeError, ValueError, OverflowError)
TAKEN = ("take_codes", "take_signatures", "take_footprints", "take_contexts")


@pytest.fixture(params=BOTH, ids=["Python", "C"][: len(BOTH)])
def ledger(request) -> Ledger:
    """One that knows nothing, in one of the languages."""
    return request.param.ledger()


def test_new_rows_get_numbers_of_their_file(ledger):
    """Rows are given by id; those of a file are numbered as footprints needed them, each once."""
    part = part_of(2)
    one, two, three = part.keys
    other = part.signature(part.code(1, "g", b"o" * 8), b"", "[[1,2]]é")
    part.footprint(2, one, three)
    part.footprint(1, other)
    part.footprint(2, three)
    part.add(ledger, [3, 7])
    part.add(ledger, [3, 7])
    assert (ledger.waiting(), ledger.size()) == (9 * ROW_BYTES, 9)
    assert codes(ledger) == [
        (of_file(3, 1), part.digests[3], "g", 3, "3.12", "#$%", "", b"o" * 8),
        (of_file(7, 1), part.digests[0], "f", 0, "3.12", "#$%", "", b""),
        (of_file(7, 2), part.digests[2], "f", 2, "3.12", "#$%", "", b""),
    ]
    assert signatures(ledger) == [
        (of_file(3, 35), other, b"", "[[1,2]]é", 1),
        (of_file(7, 35), one, b"\1", "[]", 1),
        (of_file(7, 36), three, b"\1", "[]", 2),
    ]
    assert footprints(ledger) == [(of_file(3, 1), "#", ""), (of_file(7, 1), "#$", ""), (of_file(7, 2), "$", "")]
    part.footprint(2, one, two)
    part.add(ledger, [3, 7])
    assert [row[0] for row in codes(ledger)] == [of_file(7, 3)]
    assert signatures(ledger) == [(of_file(7, 37), two, b"\1", "[]", 3)]
    assert footprints(ledger) == [(of_file(7, 3), "#%", "")]
    assert (ledger.waiting(), [getattr(ledger, take)() for take in TAKEN]) == (0, [[], [], [], []])


def test_signatures_share_a_code_object(ledger):
    """It is put in once, and one that the data file has not at all."""
    part = Part()
    code, known = part.code(1), part.code(1)
    part.footprint(1, part.signature(code), part.signature(known), part.signature(code, b"\2"))
    ledger.load(7, [(of_file(7, 5), part.digests[1])], [], [])
    part.add(ledger, [7])
    assert [row[4] for row in signatures(ledger)] == [6, 5, 6]
    assert [row[0] for row in codes(ledger)] == [of_file(7, 6)]


def test_known_rows_are_not_looked_at(ledger):
    """What has a digest or key that the data file knows adds nothing, whatever is in it."""
    ledger.load(7, [], [(of_file(7, 40), TWO), (of_file(7, 36), THREE)], [(of_file(7, 9), "($")])
    assert ledger.size() == 3
    ledger.begin([7])
    ledger.add_footprints(chunks.footprint(1, seals.footprint_digest(TWO + THREE), [ONE, ONE, ONE]))
    ledger.add_footprints(chunks.footprint(1, seals.footprint_digest(TWO), [TWO]))
    assert footprints(ledger) == [(of_file(7, 10), "(", "")]


def test_footprints_of_the_data_file_are_known_by_their_signatures(ledger):
    """In whatever order their characters are, and however many there are."""
    keys = {number: bytes([number % 251, 9, 9, 9, number % 256, number >> 8]) for number in range(35, 400)}
    rows = [(of_file(7, number), key) for number, key in keys.items()]
    texts = ["", "#", "$#", "".join(map(chr, keys)), "".join(map(chr, reversed(keys))), "##"]
    ledger.load(7, [], reversed(rows), [(of_file(7, 1 + at), text) for at, text in enumerate(texts)])
    part = Part()
    for text in texts:
        part.footprint(1, *sorted(keys[ord(each)] for each in text))
    part.add(ledger, [7])
    assert footprints(ledger) == []
    for text in ('"', "#\x00", "\U0010ffff", 3, None, b"#"):
        with pytest.raises(ERRORS):
            ledger.load(7, [], rows, [(of_file(7, 1), text)])


def test_load_may_come_after_other_files(ledger):
    """Each file's numbers go on where the data file ends."""
    part = part_of()
    part.footprint(1, part.keys[0])
    part.add(ledger, [7, 6])
    ledger.load(6, [], [(of_file(6, 50), ONE)], [(of_file(6, 3), "2")])
    part = part_of(2)
    part.footprint(2, ONE, part.keys[0])
    part.note(1, 1)
    part.add(ledger, [7, 6], [35])
    assert footprints(ledger) == [(of_file(6, 4), "23", "#"), (of_file(7, 1), "#", "")]


def test_numbers_of_signatures_leave_surrogates_out(ledger):
    """They go on with the largest that the file has, and there are no more than there are characters."""
    ledger.load(7, [], [(of_file(7, 0xD7FF), TWO), (of_file(7, 40), THREE)], [])
    part = part_of()
    part.footprint(1, part.keys[0], TWO, THREE)
    part.add(ledger, [7])
    assert footprints(ledger)[0][1] == "\ue000\ud7ff("
    ledger.load(8, [], [(of_file(8, 0x10FFFF), TWO)], [])
    with pytest.raises(OverflowError):
        part.add(ledger, [8])


@pytest.mark.parametrize("number", [35, 127, 128, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF])
def test_characters_of_any_length(ledger, number):
    """Of signatures and of contexts, that are written and that are read."""
    ledger.load(7, [], [(of_file(7, number), ONE)], [])
    part = Part()
    part.footprint(1, ONE, ONE)
    part.add(ledger, [7])
    ledger.add_lists([(1, chr(number))], {number: number})
    assert footprints(ledger)[0][1:] == (2 * chr(number), chr(number))


def test_numbers_end(ledger):
    """A file has no more footprints and code objects than ids have room for."""
    most = 2**21 - 1
    ledger.load(7, [], [(of_file(7, 40), ONE)], [(of_file(7, most - 1), "")])
    ledger.begin([7])
    ledger.add_footprints(chunks.footprint(1, seals.footprint_digest(ONE), [ONE]))
    assert footprints(ledger)[0][0] == of_file(7, most)
    with pytest.raises(OverflowError):
        ledger.add_footprints(chunks.footprint(1, seals.footprint_digest(ONE + ONE), [ONE, ONE]))
    ledger.load(8, [(of_file(8, most), b"c" * 8)], [], [])
    part = part_of()
    part.footprint(1, part.keys[0])
    with pytest.raises(OverflowError):
        part.add(ledger, [8])


def test_contexts_of_footprints(ledger):
    """Each once and in order; those of footprints that are new come with them, those of others by id."""
    for file in (5, 6):
        ledger.load(file, [], [(of_file(file, 35), ONE)], [(of_file(file, 1), "#")])
    ledger.load(7, [], [(of_file(7, 35), ONE)], [])
    part = Part()
    for file in (1, 2, 3):
        part.footprint(file, ONE)
    part.note(2, 2, 1, 2)
    part.note(1, 3)
    part.note(3, 2, 1)
    part.note(2, 2)
    part.note(4, 1, 2, 3)
    part.add(ledger, [6, 7, 5], [36, 90, 50, 0])
    assert footprints(ledger) == [(of_file(7, 1), "#", "2Z")]
    part.add(ledger, [6, 7, 5], [0] * 4)
    ledger.add_lists([(1, "a#b")], {97: 35, 98: 0x10FFFF, 35: 50})
    assert ledger.take_contexts() == [(of_file(5, 1), "$"), (of_file(6, 1), "#2Z\U0010ffff")]
    assert (ledger.take_contexts(), footprints(ledger), ledger.waiting()) == ([], [], 0)


def test_hits_of_new_footprints_may_be_taken_alone(ledger):
    """They then come as those of others do, and no second time."""
    part = Part()
    part.footprint(1)
    part.note(1, 1)
    part.add(ledger, [7], [35])
    assert ledger.take_contexts() == [(of_file(7, 1), "#")]
    assert footprints(ledger) == [(of_file(7, 1), "", "")]


FILES = st.integers(1, 4)
PART = st.tuples(
    st.lists(st.tuples(FILES, st.lists(st.integers(0, 30), max_size=5).map(sorted)), min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(1, 6), st.lists(st.integers(0, 29), max_size=8)), max_size=20),
    st.permutations(range(6)),
    st.booleans(),
)


def random_part(footprints: list[tuple[int, list[int]]], notes: list[tuple[int, list[int]]]) -> Part:
    """31 signatures of each of four files, two of each code object, and footprints of some of them."""
    part = Part()
    keys = {}
    for file in range(1, 5):
        codes = [part.code(file, f"f{file}") for _ in range(16)]
        for number in range(31):
            keys[file, number] = part.signature(codes[number // 2], bytes([number]))
    for file, numbers in footprints:
        part.footprint(file, *[keys[file, number] for number in numbers])
    for context, left in notes:
        part.note(context, *[1 + each % len(footprints) for each in left])
    return part


@pytest.mark.skipif(checks.IN_C is None, reason="there is one ledger")
@settings(max_examples=100, deadline=None)
@given(st.lists(PART, max_size=5))
def test_both_give_the_same(parts):
    """What any partial files leave, one after the other, taken after each or after some."""
    both = [each.ledger() for each in BOTH]
    for each in both:
        each.load(200, [], [(of_file(200, 40), ONE)], [(of_file(200, 5), ""), (of_file(200, 7), "(")])
    for shown, notes, contexts, is_last in parts:
        part = random_part(shown, notes)
        for each in both:
            part.add(each, [100, 200, 300, 1], [35 + context if context else 0 for context in contexts])
        assert both[0].size() == both[1].size()
        for take in TAKEN if is_last else ():
            assert getattr(both[0], take)() == getattr(both[1], take)()
    for take in TAKEN:
        assert getattr(both[0], take)() == getattr(both[1], take)()


@pytest.mark.skipif(checks.IN_C is None, reason="there is one ledger")
def test_many_rows():
    """As many as a large merge has, of files with large ids, too."""
    chance, both = random.Random(2), [each.ledger() for each in BOTH]
    for _ in range(10):
        footprints = [
            (chance.randrange(1, 5), sorted(chance.randrange(31) for _ in range(chance.randrange(9))))
            for _ in range(500)
        ]
        notes = [(context, [chance.randrange(500) for _ in range(chance.randrange(100))]) for context in range(1, 200)]
        part = random_part(footprints, notes)
        contexts = [chance.randrange(35, 0xD800) for _ in range(200)]
        for each in both:
            part.add(each, [1, 2**40, 0, 9], contexts)
    assert both[0].size() == both[1].size() > 3_000
    for take in TAKEN:
        assert getattr(both[0], take)() == getattr(both[1], take)()
