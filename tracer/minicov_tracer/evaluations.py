"""What is remembered of decisions while they are evaluated, for one code object: the specification of csrc/decisions.c.

An evaluation belongs to a frame, which is known by its identity alone: nothing here
keeps a frame alive, and nothing hears of its end. A frame that ends in mid-evaluation leaves its
entry behind until another frame gets the same identity, so there are never more entries than there were frames at
a time. That is safe because what is remembered at a state was put there on the last way to it: all jumps before a state
with a history (required.py) are watched.

The machine of a decision in which a jump tests what several operands made is followed from its root to its end, for a
jump alone doesn't tell how far an evaluation has come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from minicov_tracer.required import END, NONE, Arrival, Need, Sets, arrivals, moved, needs

if TYPE_CHECKING:
    from minicov_tracer.machines import Machine, Machines

PROBES_PER_CONDITION = 4
"""True, false, demonstrated true, demonstrated false."""


@dataclass(slots=True)
class _Evaluation:
    """How far one frame has come in one decision."""

    state: int
    live: Sets
    """Conditions that were evaluated and are not masked."""


class _Decision:
    """What the copies of one decision share."""

    def __init__(self, first_probe: int, condition_count: int) -> None:
        self.first_probe = first_probe
        self.condition_count = condition_count
        self.copies: list[_Copy] = []

    def missing(self, kind: int, hit: set[int]) -> Sets:
        """The conditions whose probes are not set: 0 seen, 2 demonstrated."""
        false = true = 0
        for number in range(self.condition_count):
            probe = self.first_probe + PROBES_PER_CONDITION * number + kind
            true |= (probe not in hit) << number
            false |= (probe + 1 not in hit) << number
        return false, true

    def learn(self, hit: set[int]) -> None:
        """Find out what there is still to learn."""
        unseen, undemonstrated = self.missing(0, hit), self.missing(2, hit)
        for copy in self.copies:
            copy.learn(unseen, undemonstrated)


class _Copy:
    """One machine at work."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.state_of = {state.jump: number for number, state in enumerate(machine.states)}
        self.arrivals = arrivals(machine) if machine.is_plain else [Arrival(NONE, NONE)] * len(machine.states)
        self.needs: list[Need] = []

    def learn(self, unseen: Sets, undemonstrated: Sets) -> None:
        if self.machine.is_plain:
            self.needs = needs(self.machine, self.arrivals, unseen, undemonstrated)
        else:
            is_open = undemonstrated != NONE
            history = (-1, -1) if is_open else NONE
            self.needs = [Need((is_open, is_open), history)] * len(self.machine.states)


class Evaluations:
    """The machines of one code object at work."""

    def __init__(self, made: Machines, first_probe: int) -> None:
        """`first_probe` is the number of the first probe after those of entry, lines and jumps."""
        self._decisions: dict[int, _Decision] = {}
        self._watching: dict[int, list[tuple[_Decision, _Copy]]] = {}
        self._going_on: dict[tuple[int, int], tuple[_Copy, _Evaluation]] = {}
        for machine in made.machines:
            probe = first_probe + PROBES_PER_CONDITION * machine.first_condition
            decision = self._decisions.setdefault(machine.first_condition, _Decision(probe, machine.condition_count))
            copy = _Copy(machine)
            decision.copies.append(copy)
            for jump in copy.state_of:
                self._watching.setdefault(jump, []).append((decision, copy))
        for decision in self._decisions.values():
            decision.learn(set())

    def on_jump(self, frame: int, jump: int, taken: bool, hit: set[int]) -> tuple[bool, bool]:
        """Take an outcome into account, adding probes to `hit`.

        Returns whether the jump must go on being watched for not being taken, and for being taken.
        """
        needed = [False, False]
        for decision, copy in self._watching.get(jump, ()):
            before = len(hit)
            self._step(copy, decision, frame, jump, taken, hit)
            if len(hit) != before:
                decision.learn(hit)
            number = copy.state_of[jump]
            when_taken = copy.machine.states[number].truth_when_taken
            outcomes = copy.needs[number].outcomes
            needed = [needed[0] or outcomes[not when_taken], needed[1] or outcomes[when_taken]]
        return needed[0], needed[1]

    def forget_hits(self) -> None:
        """Begin anew after a flush: all is watched again, and of what goes on only what was asked for is known."""
        for key, (copy, evaluation) in list(self._going_on.items()):
            history = copy.needs[evaluation.state].history
            evaluation.live = evaluation.live[0] & history[0], evaluation.live[1] & history[1]
            if history == NONE:
                del self._going_on[key]
        for decision in self._decisions.values():
            decision.learn(set())

    def _step(self, copy: _Copy, decision: _Decision, frame: int, jump: int, taken: bool, hit: set[int]) -> None:
        machine, key = copy.machine, (frame, id(copy))
        _, evaluation = self._going_on.get(key, (copy, None))
        number = copy.state_of[jump]
        if not machine.is_plain:
            if machine.states[machine.root].jump == jump:
                number, evaluation = machine.root, None
            elif evaluation is None or machine.states[evaluation.state].jump != jump:
                return  # the value of an operand that is decided already is tested once more
            else:
                number = evaluation.state
        live = copy.arrivals[number].surely
        if evaluation is not None and evaluation.state == number:
            history = copy.needs[number].history
            live = live[0] | evaluation.live[0] & history[0], live[1] | evaluation.live[1] & history[1]
        state = machine.states[number]
        truth = taken == state.truth_when_taken
        if state.condition >= 0:
            hit.add(decision.first_probe + PROBES_PER_CONDITION * state.condition + (not truth))
        live = moved(state, live, truth=truth)
        follower = state.next_states[truth]
        if follower == END:
            self._going_on.pop(key, None)
            _demonstrate(decision, live, hit)
        elif copy.needs[follower].history != NONE:
            self._going_on[key] = copy, _Evaluation(follower, live)


def _demonstrate(decision: _Decision, live: Sets, hit: set[int]) -> None:
    """What is demonstrated was also seen, though maybe not by whoever watched."""
    for value, conditions in enumerate(live):
        for number in range(conditions.bit_length()):
            if conditions >> number & 1:
                probe = decision.first_probe + PROBES_PER_CONDITION * number + (not value)
                hit.update((probe, probe + 2))
