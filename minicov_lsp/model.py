"""The plain data that passes between layers.

Lines count from 1, columns from 0 in characters (code points); ends of spans
are exclusive in columns, inclusive in lines. Nothing here does any work beyond
looking up what it holds. What there are thousands of in a text (spans, regions,
decisions) is a tuple, which is made and compared several times faster than a
dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from minicov_tracer.jumps import Test

Line = int
"""A line number, from 1."""

Arc = tuple[int, int]
"""From one line to another; -n as the end is an exit of the code that starts on line n."""

Mark = Literal["covered", "partial", "missed", "excluded", "edited"]


class Span(NamedTuple):
    """A piece of text, with the syntax tree's own bounds."""

    line: int
    column: int
    end_line: int
    end_column: int


class Branch(NamedTuple):
    """A line that can go on to more than one place."""

    line: Line
    """First line of the statement."""
    destinations: tuple[int, ...]
    """Where it can go, ascending, excluded lines left out; negative is an exit."""
    span: Span
    """What decides: the test of an `if` or `while`, the head of a loop, the pattern of a `case`."""
    partial_ok: bool
    """Marked `no branch`: counts as if every way had been taken."""
    missing_text: Mapping[int, str]
    """For each destination, why it is missing: "the condition on line 2 was never true"."""
    destination_text: Mapping[int, str]
    """For each destination, what it is: "line 4", "exit the function 'f'"."""


class Definition(NamedTuple):
    """A function or class."""

    name: str
    """Qualified within the file: `Class.method`."""
    kind: Literal["function", "class"]
    line: Line
    """The `def` or `class` line; decorators come before it."""
    first_line: Line
    """The first decorator's line, else `line`; the code object's first line."""
    body_line: Line
    """First line of the body; of a decorated definition the `def` line, as the syntax tree has it."""
    end_line: Line
    own_lines: tuple[tuple[Line, Line], ...] = ()
    """Ranges of lines, both ends inclusive, ascending, that reports count as its own: a function's body without the
    functions nested in it, a class's methods without the classes nested in it."""
    complexity: int = 1
    """McCabe's number of its body, what is nested in it left out."""


RegionKind = Literal[
    "function",
    "lambda",
    "class",
    "if",
    "else",
    "loop",
    "loop-else",
    "handler",
    "case",
    "arm",
    "operand",
    "element",
    "message",
]


class Region(NamedTuple):
    """A piece of code that runs or doesn't run as one, smaller than a line or across lines."""

    kind: RegionKind
    span: Span
    """From its first node's start to its last one's end."""


DecisionKind = Literal["if", "while", "ifexp", "assert", "comprehension", "guard", "value"]


class Condition(NamedTuple):
    """An operand whose truth is tested."""

    span: Span


class Decision(NamedTuple):
    """A test, or a value made by `and`, `or` or a chained comparison."""

    kind: DecisionKind
    span: Span
    conditions: tuple[Condition, ...]
    """At least one, in the order of evaluation, which is that of the text."""


@dataclass(frozen=True, slots=True)
class SourceModel:
    """What could run in one text of one file."""

    digest: str
    """SHA-256 of the text's UTF-8, hexadecimal (see `minicov_tracer.sources`)."""
    lines: tuple[str, ...]
    """The text's lines, without line ends."""
    statements: frozenset[Line]
    """First lines of statements, excluded ones not among them."""
    excluded: frozenset[Line]
    """First lines that an exclusion pattern matched, comment-only lines among them."""
    first_lines: Mapping[Line, Line]
    """For each line of a statement over several lines, its first; lines that are absent are their own."""
    last_lines: Mapping[Line, Line]
    """For the first line of each statement over several lines, the last line that carries its mark (a compound
    statement's: its header's)."""
    arcs: frozenset[Arc]
    """Every possible arc between statements, in coverage.py's sense."""
    branches: tuple[Branch, ...]
    """By line; lines that are excluded are not among them. A docstring's line can be (`class C: "doc"`)."""
    definitions: tuple[Definition, ...] = ()
    """Outer before inner, in order of the text."""
    regions: tuple[Region, ...] = ()
    """By place; those on excluded lines are not among them."""
    decisions: tuple[Decision, ...] = ()
    """By place; those that start on excluded lines are not among them."""
    with_jumps: Mapping[Arc, Arc | None] = field(default_factory=dict)
    """{arc as it is run out of a `with`: arc as it is shown; None is not at all}, in first lines."""

    def first_line(self, line: Line) -> Line:
        """The first line of the statement that `line` is part of; the sign of an exit is kept."""
        if line < 0:
            return -self.first_lines.get(-line, -line)
        return self.first_lines.get(line, line)


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What ran of one code object, in the lines of the text that ran."""

    name: str
    first_line: Line
    python: str
    """The interpreter that ran it: "3.12"."""
    probed_lines: frozenset[Line]
    """Lines that could have been hit."""
    hits: Mapping[tuple[frozenset[Line], frozenset[Arc]], frozenset[str]]
    """{(lines, arcs): labels of the contexts in which exactly these ran}; raw lines, before first_line."""
    jumps: tuple[tuple[int, ...], ...] = ()
    """Conditional jumps that could have been hit: (offset, offset if not taken, offset if taken, line, byte column,
    end line, end byte column); none where the tracer saw only lines and calls."""
    probes: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """{hit probes as a bit set: labels}: bit 0 is a call, then come `probed_lines` ascending, then two bits for each
    jump: not taken, taken, then four for each of `conditions`. Empty where nothing but `hits` is known."""
    tests: tuple[Test, ...] = ()
    """What each of `jumps` tests; none where conditions were not asked for."""
    conditions: tuple[tuple[int, int, int, int], ...] = ()
    """(line, byte column, end line, end byte column) of conditions that jumps alone do not decide: `probes` says of
    each whether it was true, was false, was demonstrated at true and at false."""

    def is_called(self) -> bool:
        """Whether it was called in any context."""
        return any(bits & 1 for bits in self.probes)


class ConditionFacts(NamedTuple):
    """What was shown of one condition, by any evaluation in any context."""

    true: bool
    """It was seen true."""
    false: bool
    demonstrated_true: bool
    """A complete evaluation in which it was true came out as it did because of that (docs/conditions.md, 13)."""
    demonstrated_false: bool

    @property
    def independent(self) -> bool:
        """Whether it was shown to matter, both ways."""
        return self.demonstrated_true and self.demonstrated_false


class DecisionFacts(NamedTuple):
    """What was shown of one decision."""

    decision: Decision
    conditions: tuple[ConditionFacts, ...]
    """In the order of `decision.conditions`."""

    @property
    def covered(self) -> bool:
        """Whether all conditions are independent."""
        return all(facts.independent for facts in self.conditions)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What ran of one version of one file."""

    path: str
    """Relative to the project's root with `/`, else absolute."""
    digest: str
    """Of the text that ran; the same as SourceModel.digest."""
    text: str | None
    """The text that ran; None where it could not be read."""
    codes: tuple[CodeFacts, ...]
    counts: Mapping[Line, int] = field(default_factory=dict)
    """{raw line: how often control came to it, over all runs that counted}; empty where none did."""

    def lines(self) -> frozenset[Line]:
        """All raw lines that ran in any context."""
        return frozenset(n for code in self.codes for lines, _ in code.hits for n in lines)

    def arcs(self) -> frozenset[Arc]:
        """All raw arcs that were taken in any context."""
        return frozenset(arc for code in self.codes for _, arcs in code.hits for arc in arcs)

    def contexts_by_line(self) -> dict[Line, set[str]]:
        """{raw line: labels of the contexts that ran it}."""
        found: dict[Line, set[str]] = {}
        for code in self.codes:
            for (lines, _), labels in code.hits.items():
                for line in lines:
                    found.setdefault(line, set()).update(labels)
        return found


@dataclass(frozen=True, slots=True)
class Analysis:
    """One file's possible against what ran, in coverage.py's sense."""

    path: str
    source: SourceModel
    executed: frozenset[Line]
    missing: frozenset[Line]
    executed_branches: frozenset[Arc]
    missing_branches: frozenset[Arc]
    partial: Mapping[Line, tuple[int, ...]]
    """{line that is not missing: destinations it never went to}; lines marked `no branch` are not in it."""
    contexts: Mapping[Line, frozenset[str]] = field(default_factory=dict)
    """{executed statement's first line: labels of the contexts that ran it}."""
    has_branches: bool = True
    """Whether branches were measured; if not, there are none: not even possible ones."""


@dataclass(frozen=True, slots=True)
class MeasuredFile:
    """One file of a report."""

    path: str
    """Relative to the project's folder with `/` if it lies in it, else absolute."""
    analysis: Analysis
    contexts: Mapping[Line, frozenset[str]]
    """{raw line that ran, not only first lines of statements: labels of the contexts that ran it}."""
    facts: tuple[FileFacts, ...] = ()
    """What the analysis was made from, in the lines of its text."""
    is_recorded: bool = False
    """Whether this Python can't read the text, so that only what another one recorded is told of it."""
