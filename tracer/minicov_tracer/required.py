"""Which outcomes of a machine's jumps can still teach something: the specification of csrc/required.c.

Most evaluations go the same few ways for ever, and some bits of a decision may never be set. So
each bit is asked what it still needs. A condition is *live* where it was evaluated and is not
masked so far; it is demonstrated if it is live at the end. On the way to a state it may be live whatever way
led there, or on some ways only, and just in that case the way must be remembered.

    (a and b) or (c and not (d or e))        d, e: the last two jumps

Whoever takes the false arm of e, the last jump, has c live and true, d and e live and false, by any way:
as long as these three bits are all that is missing, e's jump is all that need be watched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from minicov_tracer.machines import Machine, State

END = -1
Sets = tuple[int, int]
"""Bit sets over a decision's conditions: those that were false, those that were true."""
NONE: Sets = (0, 0)


class Arrival(NamedTuple):
    """What is live where an evaluation comes to a state."""

    surely: Sets
    """By any way."""
    possibly: Sets
    """By some way."""


class Need(NamedTuple):
    """What there is still to learn at a state."""

    outcomes: tuple[bool, bool]
    """Whether its jump must be watched for the operand being false, and for it being true."""
    history: Sets
    """What must be known to be live or not when an evaluation comes here, and follows from the way alone."""


def arrivals(machine: Machine) -> list[Arrival]:
    """What is live at each state; arms lead from higher numbers to lower ones."""
    found: list[Arrival | None] = [None] * len(machine.states)
    found[machine.root] = Arrival(NONE, NONE)
    for number in range(machine.root, -1, -1):
        came, state = found[number], machine.states[number]
        for truth in (False, True):
            follower = state.next_states[truth]
            if came is None or follower == END:
                continue
            surely, possibly = (moved(state, live, truth=truth) for live in came)
            known = found[follower]
            if known is not None:
                surely = surely[0] & known.surely[0], surely[1] & known.surely[1]
                possibly = possibly[0] | known.possibly[0], possibly[1] | known.possibly[1]
            found[follower] = Arrival(surely, possibly)
    return [came or Arrival(NONE, NONE) for came in found]


def moved(state: State, live: Sets, *, truth: bool) -> Sets:
    """What is live after an arm was taken."""
    own = 1 << state.condition if state.condition >= 0 else 0
    masked = state.masked[truth]
    return (live[0] | (0 if truth else own)) & ~masked, (live[1] | (own if truth else 0)) & ~masked


def needs(machine: Machine, came: list[Arrival], unseen: Sets, undemonstrated: Sets) -> list[Need]:
    """What there is to learn at each state while these bits are not set."""
    found: list[Need] = []
    for state, arrival in zip(machine.states, came, strict=True):
        outcomes = []
        history = NONE
        for truth in (False, True):
            follower = state.next_states[truth]
            asked = undemonstrated if follower == END else found[follower].history
            here = moved(state, arrival.possibly, truth=truth)
            own = state.condition >= 0 and unseen[truth] >> state.condition & 1
            decides = asked != NONE if follower != END else bool(asked[0] & here[0] or asked[1] & here[1])
            outcomes.append(bool(own) or decides)
            history = _joined(history, _asked_before(state, arrival, asked, truth=truth))
        found.append(Need((outcomes[0], outcomes[1]), history))
    return found


def _asked_before(state: State, arrival: Arrival, asked: Sets, *, truth: bool) -> Sets:
    """What must be known before an arm is taken for this to be known after it."""
    own = 1 << state.condition if state.condition >= 0 else 0
    before = []
    for value in (False, True):
        open_ones = arrival.possibly[value] & ~arrival.surely[value]
        before.append(asked[value] & ~state.masked[truth] & ~(own if value == truth else 0) & open_ones)
    return before[0], before[1]


def _joined(one: Sets, other: Sets) -> Sets:
    return one[0] | other[0], one[1] | other[1]
