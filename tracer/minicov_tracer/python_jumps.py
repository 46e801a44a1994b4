"""Jumps as trace functions see them: by the instruction that runs next in the same frame."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from types import CodeType

from minicov_tracer.bytecode import decode, jump_sites, line_probes
from minicov_tracer.evaluations import Evaluations
from minicov_tracer.jumps import meetings
from minicov_tracer.machine_maker import MachineMaker


class Jumps:
    """The conditional jumps of one code object, and what is remembered while its frames run."""

    def __init__(self, code: CodeType, maker: MachineMaker) -> None:
        at = decode(code)
        self._start_of = {offset: one.offset for offset, one in at.items()}
        """{offset of an instruction or a prefix of it: the instruction's}."""
        self._first_probe = 1 + len(line_probes(code))
        self._sites = [at[offset] for offset, _ in jump_sites(code)]
        self._number_at = {jump.offset: number for number, jump in enumerate(self._sites)}
        self._on_line: dict[int, list[int]] = {}
        for number, jump in enumerate(self._sites):
            if jump.target != jump.next:  # else nobody can tell
                self._on_line.setdefault(jump.line, []).append(number)
        made = maker.machines(code, meetings(code)) if len(self._sites) > 1 else None
        self._evaluations = made and Evaluations(made, self._first_probe + 2 * len(self._sites))
        states = [state for machine in made.machines for state in machine.states] if made else []
        self._needed = {state.jump for state in states}
        self._still_needed = set(self._needed)
        self._expected: dict[int, int] = {}
        """{id of a frame: the jump that it is at}."""

    def is_open(self, line: int, hit: set[int]) -> bool:
        """Whether a jump on a line has something left to show."""
        return any(
            number in self._still_needed or not {self._probe(number), self._probe(number) + 1} <= hit
            for number in self._on_line.get(line, ())
        )

    def expect(self, frame: int, offset: int) -> None:
        """A frame is about to run an instruction: if that is a jump, what comes next tells its outcome."""
        number = self._number_at.get(self._start_of.get(offset, -1))
        if number is not None:
            self._expected[frame] = number

    def arrive(self, frame: int, offset: int, hit: set[int]) -> None:
        """A frame has come to an instruction; adds what that shows to `hit`."""
        number = self._expected.pop(frame, None)
        if number is None:
            return
        jump, here = self._sites[number], self._start_of.get(offset)
        if jump.target == jump.next or here not in (self._start_of.get(jump.target), self._start_of.get(jump.next)):
            return
        taken = here == self._start_of.get(jump.target)
        hit.add(self._probe(number) + taken)
        if self._evaluations is not None and not any(self._evaluations.on_jump(frame, number, taken, hit)):
            self._still_needed.discard(number)

    def leave(self, frame: int) -> None:
        """A frame has raised or returned: a jump that it was at has no outcome."""
        self._expected.pop(frame, None)

    def forget_hits(self) -> None:
        """Begin anew after a flush."""
        self._still_needed = set(self._needed)
        if self._evaluations is not None:
            self._evaluations.forget_hits()

    def _probe(self, number: int) -> int:
        return self._first_probe + 2 * number


class KnownJumps:
    """The jumps of all code objects that are alive."""

    def __init__(self, maker: MachineMaker) -> None:
        self._maker = maker
        self._known: dict[int, tuple[weakref.ref[CodeType], Jumps]] = {}

    def of(self, code: CodeType) -> Jumps:
        """The jumps of a code object."""
        key = id(code)
        if key not in self._known:
            # By identity: equal code objects of different files compare equal.
            forget = weakref.ref(code, lambda _: self._known.pop(key, None))
            self._known[key] = forget, Jumps(code, self._maker)
        return self._known[key][1]

    def forget_hits(self, codes: Iterable[CodeType]) -> None:
        """Begin anew after a flush, for code objects that have shown something."""
        for code in codes:
            self.of(code).forget_hits()
