"""Conditions: what runs have shown of a text's decisions, masking MC/DC (docs/conditions.md, 9 to 14).

Most of it follows from which jumps went which way; where it doesn't, the tracer has found it out and tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple

from minicov_lsp.metrics.metric import Stats
from minicov_lsp.model import CodeFacts, Condition, ConditionFacts, DecisionFacts, FileFacts, SourceModel
from minicov_lsp.source.spans import span_at
from minicov_tracer.alignment import Sought, align, sought, truth_when_taken
from minicov_tracer.decisions import Span
from minicov_tracer.diagrams import Diagram, Facts, diagrams
from minicov_tracer.evaluations import PROBES_PER_CONDITION
from minicov_tracer.jumps import Test


class Conditions:
    """Counts conditions; an element is a condition."""

    name = "conditions"

    def get_possible_elements(self, source: SourceModel) -> frozenset[Condition]:
        """All conditions of a text."""
        return frozenset(condition for decision in source.decisions for condition in decision.conditions)

    def calculate_stats(self, source: SourceModel, executed: AbstractSet[Condition]) -> Stats:
        """How many conditions are independent; `executed` are those."""
        possible = self.get_possible_elements(source)
        return Stats(len(possible & executed), len(possible))


def decided(source: SourceModel, facts: Iterable[FileFacts]) -> tuple[DecisionFacts, ...]:
    """What was shown of each decision of a text, in its order; `facts` are of exactly this text."""
    known = [one for one in facts if one.digest == source.digest]
    text = next((one.text for one in known if one.text is not None), None)
    found: dict[tuple[str, object], Facts] = {}
    if text is not None and any(code.tests for one in known for code in one.codes):
        reader = _reader(text)
        shown = reader.facts([code for one in known for code in one.codes])
        for drawn, bits in zip(reader.diagrams, shown, strict=True):
            found[drawn.decision.kind, span_at(drawn.decision.span, source.lines)] = bits
    return tuple(
        DecisionFacts(
            decision,
            tuple(
                _condition_facts(found.get((decision.kind, decision.span), Facts()), number)
                for number in range(len(decision.conditions))
            ),
        )
        for decision in source.decisions
    )


def independent(decisions: Iterable[DecisionFacts]) -> frozenset[Condition]:
    """The conditions that were demonstrated both ways."""
    return frozenset(
        condition
        for found in decisions
        for condition, facts in zip(found.decision.conditions, found.conditions, strict=True)
        if facts.independent
    )


def _condition_facts(facts: Facts, number: int) -> ConditionFacts:
    return ConditionFacts(*(bool(bits >> number & 1) for bits in facts))


class Sign(NamedTuple):
    """An outcome that, where it was seen, shows something of a decision."""

    bit: int
    """Its number: two for each jump (not taken, taken), then four for each condition with probes of its own."""
    decision: int
    facts: Facts


class DecisionReader:
    """Reads what code objects of one text have shown of its decisions."""

    def __init__(self, text: str) -> None:
        """Raises SyntaxError, ValueError or RecursionError where the text is not Python to this interpreter."""
        self.diagrams: Sequence[Diagram] = diagrams(text)
        self._sought: Sought = sought(self.diagrams)
        self._by_condition = {
            leaf.span: (decision, number)
            for decision, found in enumerate(self.diagrams)
            for number, leaf in enumerate(found.decision.conditions)
        }

    def facts(self, codes: Iterable[CodeFacts]) -> list[Facts]:
        """What was shown of each decision, in the order of `diagrams`, all contexts together."""
        found = [Facts()] * len(self.diagrams)
        for code in codes:
            hit = 0
            for bits in code.probes:
                hit |= bits
            outcomes = hit >> 1 + len(code.probed_lines)
            for sign in self.signs(code.tests, code.conditions) if outcomes else ():
                if outcomes >> sign.bit & 1:
                    found[sign.decision] |= sign.facts
        return found

    def signs(self, tests: Sequence[Test], conditions: Sequence[Span]) -> list[Sign]:
        """What the outcomes of a code object's jumps, and the probes of its conditions, show."""
        own = {self._by_condition[span][0] for span in conditions if span in self._by_condition}
        return [*self._signs_of_arms(tests, own), *self._signs_of_conditions(conditions, 2 * len(tests))]

    def _signs_of_arms(self, tests: Sequence[Test], own: AbstractSet[int]) -> list[Sign]:
        places = align(tests, self._sought)
        found = []
        for decision, drawn in enumerate(self.diagrams):
            if decision in own or not any(step.leaf.point in places for step in drawn.steps):
                continue
            for step, arms in zip(drawn.steps, drawn.arm_facts(), strict=True):
                for jump in places.get(step.leaf.point, ()):
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


@lru_cache(maxsize=16)
def _reader(text: str) -> DecisionReader:
    """The reader of a text: what it finds depends on nothing else, and files are looked at again and again."""
    return DecisionReader(text)
