"""What ran in which contexts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from minicov_lsp.model import CodeFacts, FileFacts, Line

_Ran = TypeVar("_Ran")


def in_contexts(facts: FileFacts, is_wanted: Callable[[str], bool]) -> FileFacts:
    """What ran in some contexts only, chosen by their labels."""
    return replace(facts, codes=tuple([_only_in(code, is_wanted) for code in facts.codes]))


def _only_in(code: CodeFacts, is_wanted: Callable[[str], bool]) -> CodeFacts:
    return replace(code, hits=_with_labels(code.hits, is_wanted), probes=_with_labels(code.probes, is_wanted))


def _with_labels(ran: Mapping[_Ran, frozenset[str]], is_wanted: Callable[[str], bool]) -> dict[_Ran, frozenset[str]]:
    kept = {what: frozenset(filter(is_wanted, labels)) for what, labels in ran.items()}
    return {what: labels for what, labels in kept.items() if labels}


def contexts_by_line(facts: Iterable[FileFacts]) -> dict[Line, frozenset[str]]:
    """{raw line: labels}; as in coverage.py the ends of arcs are lines that ran."""
    found: dict[Line, set[str]] = {}
    for one in facts:
        for code in one.codes:
            for (lines, arcs), labels in code.hits.items():
                for line in lines.union(end for arc in arcs for end in arc if end > 0):
                    found.setdefault(line, set()).update(labels)
    return {line: frozenset(labels) for line, labels in sorted(found.items())}
