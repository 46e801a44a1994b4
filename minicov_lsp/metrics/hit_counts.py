"""How often statements ran, where that was counted (`run --counts`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from minicov_lsp.model import Analysis, FileFacts, Line


def counted(facts: Iterable[FileFacts]) -> Counter[Line]:
    """{raw line: how often control came to it}, over all that was recorded of one text; empty where none counted."""
    return sum((Counter(one.counts) for one in facts), Counter[Line]())


def statement_hits(analysis: Analysis, facts: Iterable[FileFacts]) -> Mapping[Line, int]:
    """{first line of a statement: hits}; 0 is missed, and 1 where it is only known that it ran."""
    counts = counted(facts)
    return dict.fromkeys(analysis.missing, 0) | {line: max(counts[line], 1) for line in analysis.executed}
