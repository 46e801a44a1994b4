"""The checks of rows in C and in Python: the same answers, whatever a row holds."""

from __future__ import annotations

import hashlib

import pytest

from minicov_lsp.store import checks
from minicov_tracer import seals

BOTH = [checks.IN_PYTHON] if checks.IN_C is None else [checks.IN_PYTHON, checks.IN_C]
OF_NO_USE = [None, 1, -1, 2**63, 1.5, b"", "", b"\xff" * 8, "a\udc80b"]


@pytest.fixture(params=BOTH, ids=["Python", "C"][: len(BOTH)])
def found(request) -> checks.Checks:
    """The checks in one of the languages."""
    return request.param


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
    row = ("f", 1, "3.12", "[]", "[]", b"")
    digest = seals.code_digest(*row)
    for value in OF_NO_USE:
        assert not found.is_whole_code(value, *row)
        for at in range(len(row)):
            if value != row[at]:
                assert not found.is_whole_code(digest, *row[:at], value, *row[at + 1 :])
