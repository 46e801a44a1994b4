"""Rows of chunks, read in C and in Python: the same rows, whatever a chunk holds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minicov_lsp.store import checks, chunk_rows
from minicov_tracer import chunks

BOTH = [checks.IN_PYTHON] if checks.IN_C is None else [checks.IN_PYTHON, checks.IN_C]


@pytest.fixture(params=BOTH, ids=["Python", "C"][: len(BOTH)])
def found(request) -> checks.Checks:
    """The readers in one of the languages."""
    return request.param


def test_files(found):
    """Of any path and digest, in order."""
    rows = [("a.py", b"d" * 32), ("", b""), ("é/\U0001f40d.py", b"\0" * 32)]
    assert found.files(b"".join(chunks.file(*row) for row in rows)) == rows
    assert found.files(b"") == []


def told(found: checks.Checks, names: list[str], *notes: bytes) -> list[chunk_rows.Told]:
    """What is told of contexts, of which each has a chunk of its own, as have notes."""
    return found.told(map(chunks.context, names), iter(notes), 9)


def test_contexts_have_times(found):
    """Of any name, in order; of several notes the last time counts. Notes of no context are the ledger's to refuse."""
    names = ["", "tests/test_a.py::test[é\0]", "x" * 100_000]
    notes = chunks.note(2, 1.5, [1, 2]) + chunks.note(1, 0.0, []), chunks.note(3, -1.0, [3]), chunks.note(2, 1.25, [])
    others = [chunks.note(number, 7.0, [1]) for number in (0, 4, 2**32 - 1)]
    assert told(found, names, *notes, *others) == [
        (1, names[0], 9, 0.0, None, None, None),
        (2, names[1], 9, 1.5, None, None, None),
        (3, names[2], 9, -1.0, None, None, None),
    ]
    assert found.told([b"".join(map(chunks.context, names))], [b"".join(notes)], 9) == told(found, names, *notes)
    assert found.told([], [], 9) == []
    with pytest.raises(ValueError, match="no time"):
        told(found, names, *notes[:1])


def test_last_outcome_counts(found):
    """Of those of the same time the last by its word, then the longest, in whole microseconds; halves become even."""
    for rows, last in (
        ([(1.0, "failed", 2.0), (2.0, "error", 1.0), (1.5, "xpassed", 3.0)], (2, 1_000_000, 2.0)),
        ([(1.0, "failed", 2.0), (1.0, "xpassed", 1.0), (1.0, "passed", 3.0)], (5, 1_000_000, 1.0)),
        ([(1.0, "passed", 2.0), (1.0, "failed", 9.0)], (0, 2_000_000, 1.0)),
        ([(1.0, "skipped", 2.0), (1.0, "skipped", 2.5), (1.0, "skipped", 0.0)], (3, 2_500_000, 1.0)),
        ([(1.0, "xfailed", 0.5e-6)], (4, 0, 1.0)),
        ([(1.0, "xfailed", 1.5e-6)], (4, 2, 1.0)),
        ([(1.0, "xfailed", -2.5e-6)], (4, -2, 1.0)),
        ([(1.0, "error", 1e20)], (2, 10**26 + 4764729344, 1.0)),
    ):
        notes = [chunks.note(1, time, [], word, duration) for time, word, duration in rows]
        assert told(found, ["a"], chunks.note(1, 3.0, []), *notes) == [(1, "a", 9, 3.0, *last)]


def test_outcomes_that_are_none(found):
    """A number that stands for no word, of any context, and a duration that is no number."""
    for number in (6, 254, 256, 2**32 - 1):
        for context in (1, 2):
            note = chunks.NOTE_HEAD.pack(context, number, 0, 1.0, 1.0)
            with pytest.raises(ValueError, match="outcome"):
                told(found, ["a"], chunks.note(1, 1.0, []), note)
    for duration in (math.inf, math.nan):
        with pytest.raises((ValueError, OverflowError)):
            told(found, ["a"], chunks.note(1, 1.0, [], "passed", duration))


def test_what_is_no_chunk(found):
    """A value of another type, a chunk that is cut off, and a text that is none are errors."""
    file, name, note = chunks.file("a", b"d" * 32), chunks.context("ab"), chunks.note(1, 2.0, [3])
    for value in (None, 3, "abc", bytearray(b"abc")):
        for call, arguments in (
            (found.files, (value,)),
            (found.told, ([value], [], 1)),
            (found.told, ([], [value], 1)),
        ):
            with pytest.raises(TypeError):
                call(*arguments)
    for whole, read in (
        (file, found.files),
        (name, lambda rows: found.told([rows], [note], 1)),
        (note, lambda rows: found.told([name], [rows], 1)),
    ):
        read(whole)
        for size in range(1, len(whole)):
            with pytest.raises(ValueError, match="cut off"):
                read(whole[:size])
    for call in (lambda: found.files(file.replace(b"a", b"\xff")), lambda: found.told([b"\1\0\0\0\xff"], [note], 1)):
        with pytest.raises(ValueError, match="utf-8"):
            call()


VALUES = st.sampled_from([0.0, -0.0, 1.0, 1.5, math.nan, math.inf, -1e300]) | st.floats()
NOTES = st.lists(
    st.builds(chunks.NOTE_HEAD.pack, st.integers(0, 3), st.integers(0, 6) | st.just(255), st.just(0), VALUES, VALUES)
)
ANY = st.binary() | st.lists(st.integers(0, 12)).map(lambda parts: b"".join(n.to_bytes(4, "little") for n in parts))


@pytest.mark.skipif(checks.IN_C is None, reason="there is one reader")
@given(ANY, ANY, NOTES)
def test_any_bytes(rows, names, notes):
    """Both give the same, or both refuse it."""
    whole = chunks.context("a") + chunks.context("b")
    for call in (
        lambda each: each.files(rows),
        lambda each: each.told([names], [rows], 1),
        lambda each: each.told([names], notes, 1),
        lambda each: each.told([whole], notes, 1),
    ):
        found = []
        for each in BOTH:
            try:
                found.append(repr(call(each)))
            except (ValueError, OverflowError):
                found.append(None)
        assert found[0] == found[1]
