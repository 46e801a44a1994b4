"""The ledger in C and in Python: the same rows for a data file, whatever a partial file holds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minicov_lsp.store import checks
from minicov_lsp.store.ledger import Ledger
from minicov_tracer import chunks, seals

BOTH = [checks.IN_PYTHON] if checks.IN_C is None else [checks.IN_PYTHON, checks.IN_C]
ERRORS = (TypeError, ValueError, OverflowError)
ONE, TWO, THREE = (bytes([number]) * 6 for number in (1, 2, 255))
EXTREMES = [b"\0" * 8, b"\xff" * 8, b"\xff" * 7 + b"\xfe", b"\0" * 7 + b"\1"]
"""Digests that a table might take for something else."""
TAKEN = ("take_codes", "take_signatures", "take_footprints", "take_contexts")


@pytest.fixture(params=BOTH, ids=["Python", "C"][: len(BOTH)])
def ledger(request) -> Ledger:
    """One that knows nothing, in one of the languages."""
    return request.param.ledger()


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
    assert (ledger.waiting(), ledger.size()) == (9, 9)
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
    for signatures in ([], *([key] for key in keys), keys):
        for file in (1, 2):
            with pytest.raises(ValueError, match="not what its digest says"):
                ledger.add_footprints(chunks.footprint(file, digest, signatures))
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
    for footprints, notes, contexts, is_last in parts:
        part = random_part(footprints, notes)
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
