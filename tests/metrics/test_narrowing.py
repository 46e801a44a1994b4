"""An analysis of some lines of a file."""

from __future__ import annotations

from dataclasses import replace

from minicov_lsp.metrics.analysis import analyze
from minicov_lsp.metrics.narrowing import narrow
from minicov_lsp.source.parser import parse


def test_contexts_are_narrowed() -> None:
    """Contexts of other lines are left out."""
    analysis = replace(analyze("a.py", parse("a = 1\nb = 2\n"), []), contexts={1: frozenset("t"), 2: frozenset("u")})
    assert narrow(analysis, {2}).contexts == {2: {"u"}}
