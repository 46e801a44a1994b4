"""The ledger in C and in Python: the same rows for a data file, whatever a partial file holds."""

from __future__ import annotations

import random
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minicov_lsp.store import checks
from minicov_lsp.store.ledger import Ledger, LedgerInPython
from minicov_tracer import seals

BOTH = [checks.IN_PYTHON] if checks.IN_C is None else [checks.IN_PYTHON, checks.IN_C]
ERRORS = (TypeError, ValueError, OverflowError)
ONE, TWO, THREE = (bytes([number]) * 6 for number in (1, 2, 255))
EXTREMES = [b"\0" * 8, b"\xff" * 8, b"\xff" * 7 + b"\xfe", b"\0" * 7 + b"\1"]
"""Digests that a table might take for something else."""


@pytest.fixture(params=BOTH, ids=["Python", "C"][: len(BOTH)])
def ledger(request) -> Ledger:
    """One that knows nothing, in one of the languages."""
    return request.param.ledger()


def footprint(there: int, file: int, *keys: bytes) -> tuple[int, int, bytes, bytes]:
    """A row of `footprint`."""
    signatures = b"".join(keys)
    return there, file, seals.footprint_digest(signatures), signatures


def signature(code: int, bits: bytes = b"\1", arcs: str = "[]", file: int = 0) -> tuple[bytes, bytes, str, int, bytes]:
    """A row of `signature`, of a code object that is told by its id."""
    digest = seals.code_digest("f", code, str(file), "", "", b"")
    return seals.signature_key(digest, bits, arcs), bits, arcs, code, digest


def of_file(file: int, number: int) -> int:
    """A row's id."""
    return file << 21 | number


def hits(*footprints: int) -> bytes:
    """A row's list."""
    return pack(f"<{len(footprints)}I", *footprints)


def test_new_footprints_get_numbers_of_their_file(ledger):
    """Rows are given by id; those of a file are numbered as they came, each once, and signatures are characters."""
    ledger.add_footprints({5: 7, 4: 3}, [footprint(1, 5, ONE, THREE), footprint(2, 4, TWO), footprint(3, 5, TWO)])
    ledger.add_footprints({1: 7}, [footprint(1, 1, TWO), footprint(2, 1, ONE, TWO)])
    assert ledger.waiting() == 4
    assert ledger.take_footprints() == [
        (of_file(3, 1), "#", ""),
        (of_file(7, 1), "#$", ""),
        (of_file(7, 2), "%", ""),
        (of_file(7, 3), "#%", ""),
    ]
    assert (ledger.take_footprints(), ledger.waiting(), ledger.size()) == ([], 0, 8)


def test_keys_of_new_signatures_are_taken_once(ledger):
    """By a file's id there and here, and in the order of their bytes."""
    ledger.add_footprints(
        {5: 7, 4: 8, 9: 7}, [footprint(1, 5, THREE), footprint(2, 4, THREE), footprint(3, 5, ONE, THREE)]
    )
    assert ledger.take_keys() == [(4, 8, THREE), (5, 7, ONE + THREE)]
    assert ledger.take_keys() == []
    ledger.add_footprints({5: 7, 9: 7}, [footprint(1, 9, TWO, THREE), footprint(2, 5, ONE, TWO)])
    assert ledger.take_keys() == [(9, 7, TWO)]


def test_known_rows_are_not_looked_at(ledger):
    """What has a digest or key that the data file knows adds nothing, whatever is in it."""
    ledger.load(
        7, [(of_file(7, 1), b"c" * 8)], [(of_file(7, 40), TWO), (of_file(7, 36), THREE)], [(of_file(7, 9), "($")]
    )
    assert ledger.size() == 4
    known = (1, 1, seals.footprint_digest(TWO + THREE), None)
    ledger.add_footprints({1: 7}, [known, footprint(2, 1, TWO), footprint(3, 1, ONE, TWO)])
    assert ledger.take_keys() == [(1, 7, ONE)]
    assert ledger.take_footprints() == [(of_file(7, 10), "(", ""), (of_file(7, 11), ")(", "")]


def test_footprints_of_the_data_file_are_known_by_their_signatures(ledger):
    """In whatever order their characters are, and however many there are."""
    keys = {number: bytes([number % 251, 9, 9, 9, number % 256, number >> 8]) for number in range(35, 400)}
    rows = [(of_file(7, number), key) for number, key in keys.items()]
    texts = ["", "#", "$#", "".join(map(chr, keys)), "".join(map(chr, reversed(keys))), "##"]
    ledger.load(7, [], reversed(rows), [(of_file(7, 1 + at), text) for at, text in enumerate(texts)])
    found = [footprint(1 + at, 1, *sorted(keys[ord(each)] for each in text)) for at, text in enumerate(texts)]
    ledger.add_footprints({1: 7}, found)
    assert ledger.take_footprints() == []
    for text in ('"', "#\x00", "\U0010ffff", 3, None, b"#"):
        with pytest.raises(ERRORS):
            ledger.load(7, [], rows, [(of_file(7, 1), text)])


def test_load_may_come_after_other_files(ledger):
    """Each file's numbers go on where the data file ends."""
    ledger.add_footprints({1: 7, 2: 6}, [footprint(1, 1, ONE)])
    ledger.load(6, [], [(of_file(6, 50), ONE)], [(of_file(6, 3), "2")])
    ledger.add_footprints({1: 7, 2: 6}, [footprint(1, 2, ONE, TWO)])
    ledger.add_hits([(1, hits(1))], {1: 35})
    assert ledger.take_footprints() == [(of_file(6, 4), "23", "#"), (of_file(7, 1), "#", "")]


def test_numbers_of_signatures_leave_surrogates_out(ledger):
    """They go on with the largest that the file has, and there are no more than there are characters."""
    ledger.load(7, [], [(of_file(7, 0xD7FF), TWO), (of_file(7, 40), THREE)], [])
    ledger.add_footprints({1: 7}, [footprint(1, 1, ONE, TWO, THREE)])
    assert ledger.take_footprints()[0][1] == "\ue000\ud7ff("
    ledger.load(8, [], [(of_file(8, 0x10FFFF), TWO)], [])
    with pytest.raises(OverflowError):
        ledger.add_footprints({1: 8}, [footprint(1, 1, ONE)])


@pytest.mark.parametrize("number", [35, 127, 128, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF])
def test_characters_of_any_length(ledger, number):
    """Of signatures and of contexts, that are written and that are read."""
    ledger.load(7, [], [(of_file(7, number), ONE)], [])
    ledger.add_footprints({1: 7}, [footprint(1, 1, ONE, ONE)])
    ledger.add_lists([(1, chr(number))], {number: number})
    assert ledger.take_footprints()[0][1:] == (2 * chr(number), chr(number))


def test_numbers_end(ledger):
    """A file has no more footprints and code objects than ids have room for."""
    most = 2**21 - 1
    ledger.load(7, [(of_file(7, most), b"c" * 8)], [], [(of_file(7, most - 1), "")])
    row = signature(1)
    ledger.add_footprints({1: 7}, [footprint(1, 1, row[0])])
    assert ledger.take_footprints()[0][0] == of_file(7, most)
    with pytest.raises(OverflowError):
        ledger.add_signatures(7, [row])
    with pytest.raises(OverflowError):
        ledger.add_footprints({1: 7}, [footprint(2, 1, TWO)])


def test_signatures_are_of_code_objects(ledger):
    """Rows are given by id; a code object that is new gets a number once, and its id there is told."""
    rows = [signature(3), signature(1), signature(3, b"\2"), signature(2, b"", "[[1,2]]é")]
    ledger.load(7, [(of_file(7, 5), rows[1][4])], [], [])
    ledger.add_footprints({1: 7}, [footprint(1, 1, *[row[0] for row in reversed(rows)])])
    assert ledger.take_keys() == [(1, 7, b"".join(sorted(row[0] for row in rows)))]
    code = {3: 6, 1: 5, 2: 7}
    assert ledger.add_signatures(7, iter(rows)) == [
        (of_file(7, 35 + at), *row[:3], code[row[3]]) for at, row in enumerate(reversed(rows))
    ]
    assert ledger.take_codes() == [(3, of_file(7, 6)), (2, of_file(7, 7))]
    assert ledger.take_codes() == []
    assert ledger.add_signatures(7, rows[:1]) == [(of_file(7, 38), *rows[0][:3], code[3])]
    assert ledger.take_codes() == []


@pytest.mark.parametrize("length", [0, 1, 15, 16, 107, 108, 117, 118, 119, 120, 128, 129, 256, 1000])
def test_signature_is_what_its_key_says(ledger, length):
    """Of any length, and not where a bit is another."""
    chance = random.Random(length)
    row = signature(1, chance.randbytes(length), "[[1,2]]" * (length % 3) + "é")
    ledger.add_footprints({1: 7}, [footprint(1, 1, row[0], ONE)])
    assert len(ledger.add_signatures(7, [row])) == 1
    key, bits, arcs, code, digest = row
    for damaged in (
        (ONE, bits, arcs, code, digest),
        (key, bits + b"\0", arcs, code, digest),
        (key, bits, arcs + " ", code, digest),
        (key, bits, arcs, code, bytes([digest[0] ^ 1]) + digest[1:]),
    ):
        with pytest.raises(ValueError, match="not what its key says"):
            ledger.add_signatures(7, [damaged])


def test_signatures_that_no_footprint_has(ledger):
    """A row that was not asked for, or of a file that has none, is an error."""
    row = signature(1)
    ledger.add_footprints({1: 7}, [footprint(1, 1, ONE)])
    for file in (7, 8):
        with pytest.raises(ValueError, match=r"."):
            ledger.add_signatures(file, [row])


def test_contexts_of_footprints(ledger):
    """Each once and in order; those of footprints that are new come with them, those of others by id."""
    ledger.load(6, [], [(of_file(6, 35), ONE)], [(of_file(6, 1), "#")])
    ledger.load(5, [], [(of_file(5, 35), ONE)], [(of_file(5, 1), "#")])
    files = {1: 6, 2: 7, 3: 5}
    ledger.add_footprints(files, [footprint(1, 1, ONE), footprint(2, 2, ONE), footprint(3, 3, ONE)])
    rows = [(2, hits(2, 1, 2)), (1, hits(3)), (3, hits(2, 1)), (2, hits(2)), (4, hits(1, 2, 3))]
    total = sum(context * 8191 + there for context, theirs in rows for there in theirs[::4])
    assert ledger.add_hits(rows, {1: 36, 2: 90, 3: 50, 4: 0}) == (total, 10)
    assert ledger.take_footprints() == [(of_file(7, 1), "#", "2Z")]
    ledger.add_footprints(files, [footprint(9, 1, ONE)])
    ledger.add_lists([(9, "a#b")], {97: 35, 98: 0x10FFFF, 35: 50})
    assert ledger.take_contexts() == [(of_file(5, 1), "$"), (of_file(6, 1), "#2Z\U0010ffff")]
    assert (ledger.take_contexts(), ledger.take_footprints(), ledger.waiting()) == ([], [], 0)


def test_hits_of_new_footprints_may_be_taken_alone(ledger):
    """They then come as those of others do, and no second time."""
    ledger.add_footprints({1: 7}, [footprint(1, 1, ONE)])
    ledger.add_hits([(1, hits(1))], {1: 35})
    assert ledger.take_contexts() == [(of_file(7, 1), "#")]
    assert [row[2] for row in ledger.take_footprints()] == [""]


@pytest.mark.parametrize(
    "ids", [[1, 2, 3], [3, 1, 2], [5, 6, 8], [of_file(7, 1), of_file(7, 2), of_file(9, 1)], [-(2**63), 0, 2**63 - 1]]
)
def test_ids_of_footprints(ledger, ids):
    """They may be in any order, with gaps, and as large as SQLite has them; one that isn't there is an error."""
    ledger.add_footprints({1: 7}, [footprint(there, 1, bytes([at]) * 6) for at, there in enumerate(ids)])
    ledger.add_lists([(there, chr(40 + at)) for at, there in enumerate(ids)], {40 + at: 40 + at for at in range(3)})
    assert [row[2] for row in ledger.take_footprints()] == ["(", ")", "*"]
    for there in {4, 7, ids[1] - 1, ids[1] + 1, ids[2] - 1} - set(ids):
        with pytest.raises(ValueError, match="not there"):
            ledger.add_lists([(there, "(")], {40: 40})
    with pytest.raises(ValueError, match="twice"):
        ledger.add_footprints({1: 7}, [footprint(ids[0], 1, ONE), footprint(ids[1], 1, ONE), footprint(ids[0], 1, ONE)])


@pytest.mark.parametrize("digest", EXTREMES)
def test_any_digest_may_come(ledger, digest):
    """None is taken for another, or for none."""
    ledger.load(7, [(of_file(7, 1), digest)], [(of_file(7, 35), digest[:6])], [])
    keys = sorted({each[:6] for each in EXTREMES})
    for there, signatures in enumerate((b"", *keys, b"".join(keys))):
        with pytest.raises(ValueError, match="not what its digest says"):
            ledger.add_footprints({1: 7, 2: 0}, [(there, 1, digest, signatures)])
    ledger.add_footprints({1: 7}, [footprint(1, 1, *keys)])
    assert sorted(ledger.take_footprints()[0][1]) == ["#", "$"]
    assert ledger.size() == 4


OF_NO_USE = [None, 1.5, b"", "", b"\xff" * 9, "a\udc80b", 2**63, -(2**63) - 1, 2**200, (), [1], object()]
WHOLE = {
    "add_footprints": footprint(2, 1, TWO),
    "add_signatures": signature(1),
    "add_hits": (1, hits(1)),
    "add_lists": (1, "#"),
    "load": (of_file(9, 40), b"d" * 8),
}


@pytest.mark.parametrize("method", WHOLE)
def test_values_of_other_types(ledger, method):
    """What is none of what the writer wrote is an error, of one of three kinds, in each column."""
    ledger.add_footprints({1: 7}, [footprint(1, 1, WHOLE["add_signatures"][0])])
    whole = WHOLE[method]

    def add(row: object) -> None:
        if method == "add_footprints":
            ledger.add_footprints({1: 7}, [row])
        elif method == "add_signatures":
            ledger.add_signatures(7, [row])
        elif method == "load":
            ledger.load(9, [row], [], [])
        else:
            getattr(ledger, method)([row], {1: 35, 35: 35})

    for at in range(len(whole)):
        for value in OF_NO_USE:
            is_id_there = (method, at) in {("add_footprints", 0), ("add_signatures", 3)}
            if is_id_there and isinstance(ledger, LedgerInPython):
                continue  # it hands them through
            if (method, at, value) in (("add_hits", 1, b""), ("add_lists", 1, "")):
                continue
            with pytest.raises(ERRORS):
                add((*whole[:at], value, *whole[at + 1 :]))
    for row in (None, 3, (), whole[:-1], (*whole, 1), "ab"):
        with pytest.raises(ERRORS):
            add(row)


def test_files_and_contexts_that_are_not_there(ledger):
    """A row of one is an error."""
    with pytest.raises(ValueError, match="file 2"):
        ledger.add_footprints({1: 7}, [footprint(1, 2, ONE)])
    ledger.add_footprints({1: 7}, [footprint(1, 1, ONE)])
    with pytest.raises(ValueError, match="context"):
        ledger.add_hits([(2, hits(1))], {1: 35})
    with pytest.raises(ValueError, match="context"):
        ledger.add_lists([(1, "ab")], {97: 35})
    with pytest.raises(ValueError, match="footprint 2"):
        ledger.add_hits([(1, hits(1, 2))], {1: 35})
    with pytest.raises(ValueError, match="list"):
        ledger.add_hits([(1, hits(1)[:3])], {1: 35})


@pytest.mark.parametrize("number", [1, 34, 0xD800, 0xDFFF, 0x110000, 2**21 - 1])
def test_numbers_that_are_no_characters(ledger, number):
    """A data file's signatures and contexts have ids of characters."""
    ledger.add_footprints({1: 7}, [footprint(1, 1, ONE)])
    with pytest.raises(ValueError, match="character"):
        ledger.load(7, [], [(of_file(7, number), ONE)], [])
    with pytest.raises(ValueError, match="character"):
        ledger.add_hits([(1, hits(1))], {1: number})
    with pytest.raises(ValueError, match="character"):
        ledger.add_lists([(1, "a")], {97: number})


def test_rows_of_other_files(ledger):
    """A data file's row is of the file that its id says."""
    for row in (of_file(6, 1), of_file(8, 40), -1, 40, 2**63 - 1):
        with pytest.raises(ValueError, match="file"):
            ledger.load(7, [(row, b"d" * 8)], [], [])


def test_footprint_that_is_not_whole(ledger):
    """One with another digest, or with part of a key, is an error."""
    there, file, digest, signatures = footprint(1, 1, ONE)
    for damaged in (signatures + ONE, b"", signatures[:5]):
        with pytest.raises(ValueError, match="digest"):
            ledger.add_footprints({1: 7}, [(there, file, digest, damaged)])
    with pytest.raises(ValueError, match=r"."):
        ledger.add_footprints({1: 7}, [footprint(1, 1, b"abcde")])


def test_an_error_of_the_rows_is_handed_on(ledger):
    """What reads the rows may fail at any of them."""

    def rows():
        yield footprint(1, 1, ONE)
        raise KeyError("a page")

    with pytest.raises(KeyError, match="a page"):
        ledger.add_footprints({1: 7}, rows())


FILES = st.integers(1, 4)
KEYS = st.lists(st.integers(0, 30), max_size=5).map(sorted)
PART = st.tuples(
    st.lists(st.tuples(FILES, KEYS), min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(1, 6), st.lists(st.integers(0, 29), max_size=8)), max_size=20),
    st.permutations(range(6)),
    st.booleans(),
)


@pytest.mark.skipif(checks.IN_C is None, reason="there is one ledger")
@settings(max_examples=200, deadline=None)
@given(st.lists(PART, max_size=5))
def test_both_give_the_same(parts):
    """What any partial files leave, one after the other, taken after each or after some."""
    both = [each.ledger() for each in BOTH]
    for each in both:
        each.load(2, [], [(of_file(2, 40), signature(3, file=2)[0])], [(of_file(2, 5), ""), (of_file(2, 7), "(")])
    for footprints, found, contexts, is_last in parts:
        rows = [
            footprint(1 + at, file, *[signature(code, file=file)[0] for code in codes])
            for at, (file, codes) in enumerate(footprints)
        ]
        lists = [(context, hits(*[1 + each % len(rows) for each in footprints])) for context, footprints in found]
        mapped = {1 + at: 35 + context if context else 0 for at, context in enumerate(contexts)}
        told = [
            (each.add_footprints({file: file * 100 % 301 for file in range(1, 5)}, iter(rows)), each.take_keys())
            for each in both
        ]
        assert told[0] == told[1]
        for there, file, keys in told[0][1]:
            every = {row[0]: row for row in (signature(code, file=there) for code in range(31))}
            asked = [every[keys[at : at + 6]] for at in range(0, len(keys), 6)]
            assert both[0].add_signatures(file, asked) == both[1].add_signatures(file, asked)
        assert both[0].add_hits(lists, mapped) == both[1].add_hits(lists, mapped)
        assert both[0].size() == both[1].size()
        if is_last:
            assert both[0].take_codes() == both[1].take_codes()
            assert both[0].take_footprints() == both[1].take_footprints()
    for take in ("take_codes", "take_footprints", "take_contexts"):
        assert getattr(both[0], take)() == getattr(both[1], take)()


@pytest.mark.skipif(checks.IN_C is None, reason="there is one ledger")
def test_many_rows():
    """As many as a large merge has, of files with large ids, too."""
    chance, both = random.Random(2), [each.ledger() for each in BOTH]
    files = {1: 1, 2: 2**40, 3: 0, 4: 9}
    for _ in range(20):
        rows = [
            footprint(1 + at, chance.randrange(1, 5), *[chance.randbytes(2) * 3 for _ in range(chance.randrange(9))])
            for at in range(500)
        ]
        lists = [
            (context, hits(*[chance.randrange(1, 501) for _ in range(chance.randrange(100))]))
            for context in range(1, 200)
        ]
        mapped = {context: chance.randrange(35, 0xD800) for context in range(1, 200)}
        for each in both:
            each.add_footprints(files, rows)
        assert both[0].add_hits(lists, mapped) == both[1].add_hits(lists, mapped)
    assert both[0].size() == both[1].size() > 10_000
    for take in ("take_keys", "take_footprints", "take_contexts"):
        assert getattr(both[0], take)() == getattr(both[1], take)()
