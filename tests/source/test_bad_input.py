"""Texts that nobody wrote by hand."""

from __future__ import annotations

import pytest

from minicov_lsp.errors import SourceError
from minicov_lsp.source.parser import parse


def test_fifty_thousand_lines() -> None:
    """A generated file is analysed as any other, whatever its length."""
    text = "".join(f"def f{n}(a):\n    if a:\n        return {n}\n    return a or {n}\n\n" for n in range(10_000))
    model = parse(text)
    assert len(model.lines) == 50_000
    assert len(model.statements) == 40_000
    assert len(model.branches) == len(model.definitions) == 10_000


@pytest.mark.parametrize("operator", ["and", "or"])
def test_ten_thousand_terms(operator: str) -> None:
    """A decision has as many conditions as it likes."""
    terms = f" {operator}\\\n    ".join(f"a{n}" for n in range(10_000))
    model = parse(f"if {terms}:\n    pass\n")
    (decision,) = model.decisions
    assert len(decision.conditions) == 10_000
    assert model.statements == {1, 10_001}
    assert model.first_lines[9_999] == 1


def test_null_bytes_name_their_line() -> None:
    """A null byte is told with the line that it is on, also far down."""
    with pytest.raises(SourceError, match=r"^x\.py:5001: not Python source: .*null bytes"):
        parse("a = 1\n" * 5_000 + "b\0\n", path="x.py")
