"""Tests of reading JSON without the package for it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minicov_tracer import plain_json

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
def test_reads_what_json_writes(value: object) -> None:
    """A text means what it means to `json`."""
    assert plain_json.loads(json.dumps(value)) == value


@pytest.mark.parametrize("text", ["", "{", "[1] 2", "nothing", "NaN", '{"a": }'])
def test_refuses_what_is_no_json(text: str) -> None:
    """Anything else is a ValueError."""
    with pytest.raises(ValueError, match=r"JSON|Expecting"):
        plain_json.loads(text)


def test_a_scanner_that_asks_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where CPython's scanner wants a setting that is not known here, `json` reads the text."""
    monkeypatch.delattr(plain_json._Context, "strict")
    assert plain_json.loads('{"a": [1, 2.5]}') == {"a": [1, 2.5]}
