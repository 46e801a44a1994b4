"""What a core must remember while decisions of one code object are evaluated, where arms alone don't tell.

Most decisions are trees: taking an arm tells the whole way to it, so which arms were taken is
enough, and nothing is done here. For the others there is a *machine* each time that they were
compiled: states, and where each outcome of a jump leads. A core keeps, for each frame in which such a decision is being
evaluated, the state and two sets of bits (see diagrams.py), and tells what came of it in probes
of its own, four for each condition, numbered after all others:

    true · false · demonstrated true · demonstrated false
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from minicov_tracer.alignment import Places, align, sought, truth_when_taken
from minicov_tracer.diagrams import Diagram
from minicov_tracer.jumps import Test
from minicov_tracer.opcodes import LOSES_PLACES
from minicov_tracer.points import Span


class State(NamedTuple):
    """Waiting for one jump."""

    jump: int
    truth_when_taken: bool
    condition: int
    """Its number among the code object's conditions, or -1 where it only chooses the way."""
    next_states: tuple[int, int]
    """After false, after true; -1 is the end."""
    masked: tuple[int, int]
    """After false, after true: bit sets over the decision's conditions."""


class Machine(NamedTuple):
    """One compiled copy of a decision."""

    first_condition: int
    """The number of the decision's first condition among the code object's; the others follow it."""
    condition_count: int
    states: tuple[State, ...]
    """Arms lead from higher numbers to lower ones."""
    root: int
    is_plain: bool
    """Whether each jump is one state's and is come to in no other way, so that it tells where an evaluation is."""


class Machines(NamedTuple):
    """All machines of one code object."""

    conditions: tuple[Span, ...]
    """The conditions that have probes of their own, in the order of those."""
    machines: tuple[Machine, ...]

    def encode(self) -> bytes:
        """The machines as 64-bit integers, native order, for a core in C.

        Number of conditions, of machines; for each machine: first condition, number of conditions, of states, root,
        whether it is plain; for each state: jump, truth when taken, condition, next state after false, after true, and
        two masks of as many 64-bit words as the conditions need.
        """
        told = [len(self.conditions), len(self.machines)]
        for machine in self.machines:
            told += [machine.first_condition, machine.condition_count, len(machine.states), machine.root]
            told.append(machine.is_plain)
            words = (machine.condition_count + 63) // 64
            for state in machine.states:
                told += [state.jump, state.truth_when_taken, state.condition, *state.next_states]
                told += [mask >> 64 * word & _WORD for mask in state.masked for word in range(words)]
        return array("Q", [number & _WORD for number in told]).tobytes()


_WORD = (1 << 64) - 1


def build(code_tests: Sequence[Test], diagrams: Iterable[Diagram]) -> Machines:
    """The machines of one code object, whose jumps test what `code_tests` says."""
    known = list(diagrams)
    places = align(code_tests, sought(known))
    conditions: list[Span] = []
    machines: list[Machine] = []
    for found in known:
        if not found.is_tree:
            copies = [
                _machine(found, places, code_tests, copy, len(conditions)) for copy in range(_copies(found, places))
            ]
            if copies and None not in copies:
                machines += [copy for copy in copies if copy is not None]
                conditions += [leaf.span for leaf in found.decision.conditions]
    return Machines(tuple(conditions), tuple(machines))


def _copies(found: Diagram, places: Places) -> int:
    """How often a decision was compiled in the code object; 0 where it is elsewhere, or some part of it."""
    counts = {len(places.get(step.leaf.point, ())) for step in found.steps}
    return counts.pop() if len(counts) == 1 else 0


def _machine(
    found: Diagram, places: Places, code_tests: Sequence[Test], copy: int, first_condition: int
) -> Machine | None:
    states = []
    for step in found.steps:
        jump = places[step.leaf.point][copy]
        truth = truth_when_taken(code_tests[jump], step.leaf)
        if truth is None and not (LOSES_PLACES and code_tests[jump].is_blind):
            return None
        truth = bool(truth)  # of a blind jump no core will tell where there are no events for jumps
        arms = step.false, step.true
        next_states = arms[0].next, arms[1].next
        states.append(State(jump, truth, step.condition, next_states, (arms[0].masked, arms[1].masked)))
    is_shared = any(step.leaf.is_shared for step in found.steps)
    is_plain = not is_shared and len({state.jump for state in states}) == len(states)
    return Machine(first_condition, len(found.decision.conditions), tuple(states), found.root, is_plain)
