"""One file of the HTML report as plain data: its lines with their marks, their pieces with their colours and gaps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from minicov_lsp.documents.gaps import Gap, gaps_of, partial_statements
from minicov_lsp.documents.incremental import line_marks
from minicov_lsp.metrics.conditions import decided
from minicov_lsp.metrics.functions import called_functions, risk
from minicov_lsp.metrics.parts import ordered, parts
from minicov_lsp.metrics.regions import unreached_regions
from minicov_lsp.model import Line, MeasuredFile, SourceModel

if TYPE_CHECKING:
    from pygments.token import _TokenType


class Piece(NamedTuple):
    """Text of one colour, and of one gap at the most."""

    text: str
    token: str
    """Pygments' short name of what it is: "k" is a keyword; "" is nothing in particular."""
    gap: str
    """The kind of the innermost gap that it is part of, or ""."""
    message: str
    """What is missing there."""


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line of the source."""

    number: Line
    mark: str
    """As in the editor, or "" where there is none."""
    pieces: tuple[Piece, ...]
    messages: tuple[str, ...]
    """What is missing on it."""
    contexts: tuple[str, ...]
    """Which contexts ran it, sorted; none unless they are asked for."""


@dataclass(frozen=True, slots=True)
class PageFunction:
    """A function's figures."""

    name: str
    line: Line
    covered: float
    """Of its statements, in percent."""
    complexity: int
    risk: float
    is_called: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that is shown of one file."""

    lines: tuple[PageLine, ...]
    functions: tuple[PageFunction, ...]
    """The riskiest first."""


def page(file: MeasuredFile, *, has_conditions: bool, has_contexts: bool) -> Page:
    """What to show of a file; what its conditions lack only if they were measured, contexts if they are asked for."""
    source = file.analysis.source
    decisions = decided(source, file.facts) if has_conditions else ()
    known = gaps_of(file.analysis, decisions, unreached_regions(source, file.facts))
    marks = line_marks(file.analysis, partial_statements(file.analysis, known))
    gaps = _by_line(known)
    tokens = dict(_tokens(source))
    lines = tuple(
        PageLine(
            number=number,
            mark=marks.get(number, ""),
            pieces=tuple(_pieces(number, text, tokens.get(number, ()), gaps.get(number, ()))),
            messages=tuple(dict.fromkeys(gap.message for gap in gaps.get(number, ()) if gap.span.line == number)),
            contexts=tuple(sorted(filter(None, file.contexts.get(number, ())))) if has_contexts else (),
        )
        for number, text in enumerate(source.lines, 1)
    )
    return Page(lines, tuple(_functions(file)))


def _functions(file: MeasuredFile) -> list[PageFunction]:
    called = called_functions(file.analysis.source, file.facts)
    found = []
    lists = ordered(file.analysis)
    for part in parts(file.analysis, "function", lists, lists):
        definition, numbers = part.definition, part.numbers
        if definition is not None and numbers.statements:
            covered = numbers.percent_statements
            at_risk = risk(definition.complexity, covered / 100)
            found.append(
                PageFunction(part.name, definition.line, covered, definition.complexity, at_risk, definition in called)
            )
    return sorted(found, key=lambda function: (-function.risk, function.line))


def _by_line(gaps: Iterable[Gap]) -> dict[Line, list[Gap]]:
    found: dict[Line, list[Gap]] = {}
    for gap in gaps:
        for line in range(gap.span.line, gap.span.end_line + 1):
            found.setdefault(line, []).append(gap)
    return found


class _Token(NamedTuple):
    start: int
    """Column, as all ends are."""
    end: int
    name: str


def _tokens(source: SourceModel) -> Iterator[tuple[Line, tuple[_Token, ...]]]:
    """(line, its tokens) of a text, as Pygments sees it."""
    from pygments.lexers.python import PythonLexer

    text = "\n".join(source.lines)
    starts = [0, *accumulate(len(line) + 1 for line in source.lines)]
    lexed = PythonLexer(stripnl=False, ensurenl=False).get_tokens_unprocessed(text)
    for line, tokens in groupby(_split(lexed, starts), key=lambda found: found[0]):
        yield line, tuple(token for _, token in tokens)


def _split(lexed: Iterable[tuple[int, _TokenType, str]], starts: Sequence[int]) -> Iterator[tuple[Line, _Token]]:
    """Each token's parts on each of its lines; `starts` says where in the text lines begin."""
    from pygments.token import STANDARD_TYPES

    for place, kind, value in lexed:
        name = next(STANDARD_TYPES[each] for each in reversed(kind.split()) if each in STANDARD_TYPES)
        position = place
        for part in value.split("\n"):
            line = bisect_right(starts, position)
            start = position - starts[line - 1]
            if part:
                yield line, _Token(start, start + len(part), name)
            position += len(part) + 1


def _pieces(number: Line, text: str, tokens: Sequence[_Token], gaps: Sequence[Gap]) -> Iterator[Piece]:
    """The line's text, cut wherever a token or a gap begins or ends."""
    spans = [(*_columns(gap, number, len(text)), gap) for gap in gaps]
    cuts = {0, len(text)}
    cuts.update(end for token in tokens for end in (token.start, token.end))
    cuts.update(end for start, stop, _ in spans for end in (start, stop))
    edges = sorted(cut for cut in cuts if cut <= len(text))
    waiting = [*reversed(tokens)]
    for start, end in pairwise(edges):
        while waiting and waiting[-1].end <= start:
            waiting.pop()
        name = waiting[-1].name if waiting and waiting[-1].start <= start else ""
        inside = [(stop - begin, gap) for begin, stop, gap in spans if begin <= start and end <= stop]
        gap = min(inside, key=lambda found: found[0])[1] if inside else None
        yield Piece(text[start:end], name, gap.kind if gap else "", gap.message if gap else "")


def _columns(gap: Gap, line: Line, length: int) -> tuple[int, int]:
    """First column of a gap on one line, and the one after its last."""
    start = gap.span.column if gap.span.line == line else 0
    return start, gap.span.end_column if gap.span.end_line == line else length
