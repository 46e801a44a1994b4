"""What runs have shown of a text's decisions: masking MC/DC from which jumps went which way (docs/conditions.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from minicov_tracer.alignment import Sought, align, sought, truth_when_taken
from minicov_tracer.decisions import Span
from minicov_tracer.diagrams import Diagram, Facts, diagrams
from minicov_tracer.evaluations import PROBES_PER_CONDITION
from minicov_tracer.jumps import Test


@dataclass(frozen=True, slots=True)
class _Sign:
    """An outcome that, where it was seen, shows something of a decision."""

    bit: int
    decision: int
    facts: Facts


class DecisionReader:
    """Reads what code objects of one text have shown."""

    def __init__(self, text: str) -> None:
        """Raises SyntaxError, ValueError or RecursionError where the text is not Python to this interpreter."""
        self.diagrams: Sequence[Diagram] = diagrams(text)
        self._sought: Sought = sought(self.diagrams)
        self._by_condition = {
            leaf.span: (decision, number)
            for decision, found in enumerate(self.diagrams)
            for number, leaf in enumerate(found.decision.conditions)
        }

    def signs(self, tests: Sequence[Test], conditions: Sequence[Span]) -> list[_Sign]:
        """What outcomes of a code object show, by bit: two for each jump, then four for each condition of its own."""
        own = {self._by_condition[span][0] for span in conditions if span in self._by_condition}
        return [*self._signs_of_arms(tests, own), *self._signs_of_conditions(conditions, 2 * len(tests))]

    def facts(self, signs: Sequence[_Sign], outcomes: int) -> list[Facts]:
        """What some outcomes, a bit set, show of each decision."""
        found = [Facts()] * len(self.diagrams)
        for sign in signs:
            if outcomes >> sign.bit & 1:
                found[sign.decision] |= sign.facts
        return found

    def _signs_of_arms(self, tests: Sequence[Test], own: set[int]) -> list[_Sign]:
        places = align(tests, self._sought)
        found = []
        for decision, drawn in enumerate(self.diagrams):
            if decision in own:
                continue
            for step, arms in zip(drawn.steps, drawn.arm_facts(), strict=True):
                for jump in places.get(step.leaf.point, ()):
                    truth = truth_when_taken(tests[jump], step.leaf)
                    if truth is not None:
                        found += [_Sign(2 * jump + (value is truth), decision, arms[value]) for value in (False, True)]
        return found

    def _signs_of_conditions(self, conditions: Sequence[Span], first_bit: int) -> list[_Sign]:
        found = []
        for place, span in enumerate(conditions):
            if span in self._by_condition:
                decision, number = self._by_condition[span]
                for kind in range(PROBES_PER_CONDITION):
                    shown = [1 << number if kind == field else 0 for field in range(PROBES_PER_CONDITION)]
                    found.append(_Sign(first_bit + PROBES_PER_CONDITION * place + kind, decision, Facts(*shown)))
        return found
