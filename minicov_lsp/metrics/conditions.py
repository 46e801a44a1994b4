"""Conditions: what runs have shown of a text's decisions, masking MC/DC (docs/conditions.md, 9 to 14).

Most of it follows from which jumps went which way; where it doesn't, the tracer has found it out and tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple

from minicov_lsp.metrics.metric import Stats
from minicov_lsp.model import CodeFacts, Condition, ConditionFacts, DecisionFacts, FileFacts, Line, SourceModel
from minicov_lsp.source import syntax
from minicov_lsp.source.latest import Latest
from minicov_lsp.source.spans import span_at
from minicov_lsp.source.text import of_lines
from minicov_tracer.alignment import Sought, align, sought, truth_when_taken
from minicov_tracer.diagrams import Diagram, Facts, Step, diagram
from minicov_tracer.evaluations import PROBES_PER_CONDITION
from minicov_tracer.jumps import Test
from minicov_tracer.points import Point, Span

_NOTHING = Facts()
"""Of a decision of which nothing was seen."""


class ConditionCoverage:
    """Counts conditions; an element is a condition."""

    name = "conditions"

    def get_possible_elements(self, source: SourceModel) -> frozenset[Condition]:
        """All conditions of a text."""
        return frozenset(condition for decision in source.decisions for condition in decision.conditions)

    def calculate_stats(self, source: SourceModel, executed: AbstractSet[Condition]) -> Stats:
        """How many conditions are independent; `executed` are those."""
        possible = self.get_possible_elements(source)
        return Stats(len(possible & executed), len(possible))


def decided(
    source: SourceModel, facts: Iterable[FileFacts], read: Callable[[SourceModel], DecisionReader] | None = None
) -> tuple[DecisionFacts, ...]:
    """What was shown of each decision of a text, in its order; `facts` are of exactly this text.

    `read` gives the reader of a text where it is kept; else it is read no further than the code objects tell of.
    """
    codes = [code for one in facts if one.digest == source.digest for code in one.codes if _outcomes(code)]
    found: dict[tuple[object, ...], Facts] = {}
    if source.decisions and any(code.tests for code in codes):
        reader = read(source) if read is not None else DecisionReader(of_lines(source.lines), _lines_told(codes))
        for drawn, bits in zip(reader.diagrams, reader.facts(codes), strict=True):
            if bits != _NOTHING:
                found[drawn.decision.kind, span_at(drawn.decision.span, source.lines)] = bits
    return tuple(
        [
            DecisionFacts(one, as_condition_facts(found.get(one[:2], _NOTHING), len(one.conditions)))
            for one in source.decisions
        ]
    )


def _outcomes(code: CodeFacts) -> int:
    """The outcomes that were seen of a code object's jumps, and the probes of its conditions, as a bit set."""
    hit = 0
    for bits in code.probes:
        hit |= bits
    return hit >> 1 + len(code.probed_lines)


def _lines_told(codes: Iterable[CodeFacts]) -> set[Line]:
    """Where what the outcomes of code objects may be of begins and ends."""
    spans = {
        span
        for code in codes
        for span in (*code.conditions, *(span for test in code.tests for span in (test.span, test.near, test.around)))
        if span is not None
    }
    return {line for span in spans for line in (span[0], span[2])}


def independent(decisions: Iterable[DecisionFacts]) -> frozenset[Condition]:
    """The conditions that were demonstrated both ways."""
    return frozenset(
        condition
        for found in decisions
        for condition, facts in zip(found.decision.conditions, found.conditions, strict=True)
        if facts.independent
    )


@lru_cache(maxsize=4096)
def as_condition_facts(facts: Facts, count: int) -> tuple[ConditionFacts, ...]:
    """What bits say of each of so many conditions."""
    return tuple(ConditionFacts(*(bool(bits >> number & 1) for bits in facts)) for number in range(count))


class Sign(NamedTuple):
    """An outcome that, where it was seen, shows something of a decision."""

    bit: int
    """Its number: two for each jump (not taken, taken), then four for each condition with probes of its own."""
    decision: int
    facts: Facts


class DecisionReader:
    """Reads what code objects of one text have shown of its decisions."""

    def __init__(self, text: str, lines: Collection[Line] | None = None) -> None:
        """With `lines` it may know no more than the decisions of statements that have some of these before suites.

        Raises SourceError where the text is not Python to this interpreter.
        """
        decisions = syntax.read(text, "<text>").decisions if lines is None else syntax.tree_of(text).decisions(lines)
        self.diagrams: Sequence[Diagram] = [diagram(decision) for decision in decisions]
        self._sought: Sought = sought(self.diagrams)
        self._by_condition = {
            leaf.span: (decision, number)
            for decision, found in enumerate(self.diagrams)
            for number, leaf in enumerate(found.decision.conditions)
        }
        self._by_point: dict[Point, list[tuple[int, Step, tuple[Facts, Facts]]]] = {}
        same: dict[tuple[Facts, Facts], tuple[Facts, Facts]] = {}  # most decisions have few conditions, and are alike
        for decision, drawn in enumerate(self.diagrams):
            for step, arms in zip(drawn.steps, drawn.arm_facts(), strict=True):
                self._by_point.setdefault(step.leaf.point, []).append((decision, step, same.setdefault(arms, arms)))

    def facts(self, codes: Iterable[CodeFacts]) -> list[Facts]:
        """What was shown of each decision, in the order of `diagrams`, all contexts together."""
        found = [Facts()] * len(self.diagrams)
        for code in codes:
            outcomes = _outcomes(code)
            for sign in self.signs(code.tests, code.conditions) if outcomes else ():
                if outcomes >> sign.bit & 1:
                    found[sign.decision] |= sign.facts
        return found

    def signs(self, tests: Sequence[Test], conditions: Sequence[Span]) -> list[Sign]:
        """What the outcomes of a code object's jumps, and the probes of its conditions, show."""
        own = {self._by_condition[span][0] for span in conditions if span in self._by_condition}
        return [*self._signs_of_arms(tests, own), *self._signs_of_conditions(conditions, 2 * len(tests))]

    def _signs_of_arms(self, tests: Sequence[Test], own: AbstractSet[int]) -> list[Sign]:
        found = []
        for point, jumps in align(tests, self._sought).items():
            for decision, step, arms in self._by_point.get(point, ()):
                for jump in jumps if decision not in own else ():
                    truth = truth_when_taken(tests[jump], step.leaf)
                    if truth is not None:
                        found += [Sign(2 * jump + (value is truth), decision, arms[value]) for value in (False, True)]
        return found

    def _signs_of_conditions(self, conditions: Sequence[Span], first_bit: int) -> list[Sign]:
        found = []
        for place, span in enumerate(conditions):
            if span in self._by_condition:
                decision, number = self._by_condition[span]
                for kind in range(PROBES_PER_CONDITION):
                    shown = [1 << number if kind == field else 0 for field in range(PROBES_PER_CONDITION)]
                    found.append(Sign(first_bit + PROBES_PER_CONDITION * place + kind, decision, Facts(*shown)))
        return found


def read_text(source: SourceModel) -> DecisionReader:
    """The reader of a text; whoever has a source model has a text that can be read."""
    text = of_lines(source.lines)
    return _small(text) if len(text) < _LARGE else _large(text)


_LARGE = 20_000
"""Characters from which only one reader is kept; it has a hundred times as many bytes."""


@lru_cache(maxsize=16)
def _small(text: str) -> DecisionReader:
    """The reader of a text: what it finds depends on nothing else, and files are looked at again and again."""
    return DecisionReader(text)


_large = Latest(DecisionReader)
