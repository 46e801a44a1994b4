"""What ran in which contexts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
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


def only_contexts(facts: Iterable[FileFacts]) -> frozenset[str] | None:
    """The labels of the contexts that ran all that ran, where these are the same everywhere, as without contexts."""
    found = {labels for one in facts for code in one.codes for labels in code.hits.values()}
    return found.pop() if len(found) == 1 else None


class ContextsByLine(Mapping[Line, frozenset[str]]):
    """{raw line: labels}, found when it is first looked at: few reports do."""

    def __init__(self, facts: Iterable[FileFacts]) -> None:
        self._facts = tuple(facts)

    @cached_property
    def _found(self) -> Mapping[Line, frozenset[str]]:
        return _contexts_by_line(self._facts)

    def __getitem__(self, line: Line) -> frozenset[str]:
        return self._found[line]

    def __iter__(self) -> Iterator[Line]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _contexts_by_line(facts: Iterable[FileFacts]) -> dict[Line, frozenset[str]]:
    """Of all lines that ran; as in coverage.py the ends of arcs are among them."""
    known = tuple(facts)
    alike = only_contexts(known)
    if alike is not None:
        ends = {end for one in known for arc in one.arcs() for end in arc if end > 0}
        return dict.fromkeys(sorted(ends.union(*(one.lines() for one in known))), alike)
    found: dict[Line, set[str]] = {}
    for one in known:
        for code in one.codes:
            for (lines, arcs), labels in code.hits.items():
                for line in lines.union(end for arc in arcs for end in arc if end > 0):
                    found.setdefault(line, set()).update(labels)
    return {line: frozenset(labels) for line, labels in sorted(found.items())}
