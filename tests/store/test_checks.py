"""Rows of chunks, read in C and in Python: the same rows, whatever a chunk holds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minicov_lsp.store import checks
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


def test_contexts(found):
    """Of any name, in order."""
    names = ["", "tests/test_a.py::test[é\0]", "x" * 100_000]
    assert found.contexts(b"".join(map(chunks.context, names))) == names


def test_notes(found):
    """With and without an outcome and footprints."""
    told = [
        chunks.note(1, 1.5, [1, 2, 3]),
        chunks.note(2**32 - 1, -math.inf, [], "xpassed", 0.25),
        chunks.note(0, 0.1, [2**32 - 1], "failed", 1e300),
    ]
    assert found.notes(b"".join(told)) == [
        (1, chunks.NO_OUTCOME, 1.5, 0.0),
        (2**32 - 1, 5, -math.inf, 0.25),
        (0, 1, 0.1, 1e300),
    ]


@pytest.mark.parametrize("read", ["files", "contexts", "notes"])
def test_what_is_no_chunk(found, read):
    """A value of another type, a chunk that is cut off, and a text that is none are errors."""
    for value in (None, 3, "abc", bytearray(b"abc")):
        with pytest.raises(TypeError):
            getattr(found, read)(value)
    whole = {"files": chunks.file("a", b"d" * 32), "contexts": chunks.context("ab"), "notes": chunks.note(1, 2.0, [3])}
    for size in range(1, len(whole[read])):
        with pytest.raises(ValueError, match="cut off"):
            getattr(found, read)(whole[read][:size])
    if read != "notes":
        with pytest.raises(ValueError, match="utf-8"):
            getattr(found, read)(whole[read].replace(b"a", b"\xff"))


@pytest.mark.skipif(checks.IN_C is None, reason="there is one reader")
@given(st.binary() | st.lists(st.integers(0, 12)).map(lambda parts: b"".join(n.to_bytes(4, "little") for n in parts)))
def test_any_bytes(rows):
    """Both give the same, or both refuse it."""
    for read in ("files", "contexts", "notes"):
        told = []
        for each in BOTH:
            try:
                told.append(repr(getattr(each, read)(rows)))
            except ValueError:
                told.append(None)
        assert told[0] == told[1]
