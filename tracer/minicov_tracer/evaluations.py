"""What is remembered of decisions while they are evaluated, for one code object: the specification of csrc/decisions.c.

An evaluation belongs to a frame, which is known by its identity alone: nothing here
keeps a frame alive, and nothing hears of its end. A frame that ends in mid-evaluation leaves its
entry behind until another frame gets the same identity, so there are never more entries than there were frames at
a time. That is safe because an evaluation always begins at its machine's root, which forgets what was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minicov_tracer.machines import Machine, Machines

PROBES_PER_CONDITION = 4
"""True, false, demonstrated true, demonstrated false."""

END = -1


@dataclass(slots=True)
class _Evaluation:
    """How far one frame has come in one decision."""

    generation: int
    """Of the decision when this began: if it was complete in between, jumps were not seen."""
    state: int
    evaluated: list[int]
    """Conditions that were false, that were true, and are not masked."""


class _Decision:
    """What the copies of one decision share."""

    def __init__(self, first_probe: int, condition_count: int) -> None:
        self.first_probe = first_probe
        self.demonstrations = frozenset(
            first_probe + PROBES_PER_CONDITION * number + truth for number in range(condition_count) for truth in (2, 3)
        )
        self.generation = 0
        self.is_complete = False


class Evaluations:
    """The machines of one code object at work."""

    def __init__(self, made: Machines, first_probe: int) -> None:
        """`first_probe` is the number of the first probe after those of entry, lines and jumps."""
        self._decisions: dict[int, _Decision] = {}
        self._watching: dict[int, list[Machine]] = {}
        self._going_on: dict[tuple[int, int], _Evaluation] = {}
        for machine in made.machines:
            probe = first_probe + PROBES_PER_CONDITION * machine.first_condition
            self._decisions.setdefault(machine.first_condition, _Decision(probe, machine.condition_count))
            for jump in {state.jump for state in machine.states}:
                self._watching.setdefault(jump, []).append(machine)

    def on_jump(self, frame: int, jump: int, taken: bool, hit: set[int]) -> bool:
        """Take an outcome into account, adding probes to `hit`; whether the jump must go on being watched."""
        is_needed = False
        for machine in self._watching.get(jump, ()):
            decision = self._decisions[machine.first_condition]
            if not decision.is_complete:
                self._step(machine, decision, (frame, id(machine)), jump, taken, hit)
                decision.is_complete = decision.demonstrations <= hit
                is_needed = is_needed or not decision.is_complete
        return is_needed

    def forget_hits(self) -> None:
        """Begin anew after a flush: what was complete is watched again, and what was evaluated unwatched is void."""
        for decision in self._decisions.values():
            decision.generation += decision.is_complete
            decision.is_complete = False

    def _step(
        self, machine: Machine, decision: _Decision, key: tuple[int, int], jump: int, taken: bool, hit: set[int]
    ) -> None:
        evaluation = self._going_on.get(key)
        if machine.states[machine.root].jump == jump:
            evaluation = self._going_on[key] = _Evaluation(decision.generation, machine.root, [0, 0])
        if evaluation is None or evaluation.generation != decision.generation:
            return
        state = machine.states[evaluation.state]
        if state.jump != jump:
            return  # the value of an operand that is decided already is tested once more
        truth = taken == state.truth_when_taken
        if state.condition >= 0:
            hit.add(decision.first_probe + PROBES_PER_CONDITION * state.condition + (not truth))
            evaluation.evaluated[truth] |= 1 << state.condition
        evaluation.evaluated = [bits & ~state.masked[truth] for bits in evaluation.evaluated]
        evaluation.state = state.next_states[truth]
        if evaluation.state == END:
            del self._going_on[key]
            for value, bits in enumerate(evaluation.evaluated):
                hit.update(
                    decision.first_probe + PROBES_PER_CONDITION * number + (2 if value else 3)
                    for number in range(bits.bit_length())
                    if bits >> number & 1
                )
