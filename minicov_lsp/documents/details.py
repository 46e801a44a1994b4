"""Statement by statement, what ran of a text, by all tests or by one: for editors with a coverage view of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from minicov_lsp.documents.figures import called_definitions
from minicov_lsp.documents.line_map import LineMap
from minicov_lsp.documents.picture import Picture
from minicov_lsp.documents.versions import move_text
from minicov_lsp.metrics.functions import FunctionCoverage
from minicov_lsp.model import Analysis, CodeFacts, ConditionFacts, FileFacts, Line, Span


@dataclass(frozen=True, slots=True)
class Way:
    """A way on from a statement, or one of the two things to be shown of a condition."""

    label: str
    """Where it leads: "line 4"; of a condition its text and the value that was to matter."""
    span: Span
    executed: bool


@dataclass(frozen=True, slots=True)
class StatementDetail:
    """A statement that is in the buffer as it ran."""

    first: Line
    last: Line
    executed: bool
    ways: tuple[Way, ...]
    """What is missing last; none where there is only one way on."""


@dataclass(frozen=True, slots=True)
class FunctionDetail:
    """A function that is in the buffer as it ran."""

    name: str
    line: Line
    """Its `def`."""
    executed: bool


@dataclass(frozen=True, slots=True)
class Details:
    """What ran of one text, in the buffer's lines; edited statements are left out."""

    statements: tuple[StatementDetail, ...]
    functions: tuple[FunctionDetail, ...]


def details_of(picture: Picture) -> Details | None:
    """The details of a picture; None where nothing is known."""
    analysis, line_map = picture.analysis, picture.line_map
    if analysis is None or line_map is None:
        return None
    edited = {line for run in picture.runs if run.mark == "edited" for line in range(run.first, run.last + 1)}
    ways: dict[Line, list[Way]] = {}
    for line, way in (*_branches(analysis, line_map), *_conditions(picture, analysis, line_map)):
        ways.setdefault(line, []).append(way)
    statements = []
    for line in sorted(analysis.source.statements):
        first, last = line_map.new_line(line), line_map.new_line(analysis.source.last_lines.get(line, line))
        if first and last and first not in edited:
            told = sorted(ways.get(line, ()), key=lambda way: not way.executed)
            statements.append(StatementDetail(first, last, line in analysis.executed, tuple(told)))
    called = called_definitions(analysis, picture.facts)
    functions = [
        FunctionDetail(each.name, line_map.new_line(each.line), each in called)
        for each in sorted(FunctionCoverage().get_possible_elements(analysis.source), key=lambda each: each.line)
        if line_map.new_line(each.line) and line_map.new_line(each.line) not in edited
    ]
    return Details(tuple(statements), tuple(functions))


def _branches(analysis: Analysis, line_map: LineMap) -> Iterator[tuple[Line, Way]]:
    if not analysis.has_branches:
        return
    for branch in analysis.source.branches:
        span = _moved(branch.span, line_map)
        if span is not None:
            for end in branch.destinations:
                is_taken = (branch.line, end) not in analysis.missing_branches
                yield branch.line, Way(move_text(branch.destination_text[end], line_map), span, is_taken)


def _conditions(picture: Picture, analysis: Analysis, line_map: LineMap) -> Iterator[tuple[Line, Way]]:
    """Two for each condition: that it was shown to matter when true, and when false (MC/DC)."""
    source = analysis.source
    if not any(code.tests for each in picture.facts for code in each.codes):
        return  # conditions were not measured
    for decision in picture.decisions:
        line = source.first_line(decision.decision.span.line)
        for condition, shown in zip(decision.decision.conditions, decision.conditions, strict=True):
            span = _moved(condition.span, line_map)
            if span is not None:
                text = _text(condition.span, source.lines)
                yield from ((line, Way(f"condition {text} {what}", span, has)) for what, has in _demonstrated(shown))


def _demonstrated(shown: ConditionFacts) -> tuple[tuple[str, bool], ...]:
    return ("true", shown.demonstrated_true), ("false", shown.demonstrated_false)


def _text(span: Span, lines: tuple[str, ...]) -> str:
    """A piece of text, on one line."""
    pieces = list(lines[span.line - 1 : span.end_line])
    if not pieces:
        return ""
    pieces[-1] = pieces[-1][: span.end_column]
    pieces[0] = pieces[0][span.column :]
    return f"`{' '.join(' '.join(pieces).split())}`"


def _moved(span: Span, line_map: LineMap) -> Span | None:
    first, last = line_map.new_line(span.line), line_map.new_line(span.end_line)
    return span._replace(line=first, end_line=last) if first and last else None


def only_of(facts: Iterable[FileFacts], is_wanted: Callable[[str], bool]) -> tuple[FileFacts, ...]:
    """The same facts, but only what contexts with a wanted label have shown."""
    return tuple(replace(each, codes=tuple(_only_of(code, is_wanted) for code in each.codes)) for each in facts)


def _only_of(code: CodeFacts, is_wanted: Callable[[str], bool]) -> CodeFacts:
    hits = {key: kept for key, labels in code.hits.items() if (kept := frozenset(filter(is_wanted, labels)))}
    probes = {bits: kept for bits, labels in code.probes.items() if (kept := frozenset(filter(is_wanted, labels)))}
    return replace(code, hits=hits, probes=probes)
