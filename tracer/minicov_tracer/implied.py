"""Which outcomes of jumps a line event tells, so that the jump itself need not be watched for them.

On Python 3.12 and 3.13 a BRANCH event goes silent for both directions at once. It
may do so as soon as the direction that is still unseen will be told by a LINE
event: one that comes exactly when control arrives there from this test.

    1  while x:            head: falls through to 2, jumps to 4
    2      if y:           falls through to 3, jumps to the bottom of the loop
    3          z()
           (bottom)        a copy of the head: jumps to 2, falls through to 4
    4  done()

Line 3 tells that line 2's test was true, line 4 that line 1's was false in either
copy. Line 2 tells that line 1's test was true: control comes to it from the two
copies alone. Nothing tells that line 2's test was false, so that one is watched.

Where no `except` matches, or a `with` doesn't suppress, the exception is raised again: an event too.
"""

from __future__ import annotations

from types import CodeType

from minicov_tracer.bytecode import Instruction, decode, exception_handlers
from minicov_tracer.opcodes import (
    BACKWARD,
    CANNOT_RAISE,
    CONDITIONAL,
    ENDS_ON_STOP_ITERATION,
    FORWARD,
    LOOP,
    RAISE,
    RETURN,
    TAKEN_IF_TRUE,
)

_LONGEST_STEP = 6
_UNCONDITIONAL = (FORWARD | BACKWARD) - ENDS_ON_STOP_ITERATION


def implied_outcomes(code: CodeType) -> list[tuple[int, int]]:
    """(line, 2 * the jump's number + taken), sorted: when that line is hit, the jump had that outcome.

    Instead of a line -1 - the offset of an instruction that raises: when it did.
    """
    return _Graph(code).implied()


def _contains(outer: tuple[int, ...], inner: tuple[int, ...]) -> bool:
    """Whether a position, (line, end line, column, end column), lies in another."""
    return (outer[0], outer[2]) <= (inner[0], inner[2]) and (inner[1], inner[3]) <= (outer[1], outer[3])


class _Graph:
    """The instructions of one code object, and from where control comes to each."""

    def __init__(self, code: CodeType) -> None:
        by_offset = decode(code)
        self._at = by_offset
        self._instructions = [found for offset, found in by_offset.items() if offset == found.offset]
        self._number = {found.offset: index for index, found in enumerate(self._instructions)}
        positions = [span for _, span in zip(range(0, len(code.co_code), 2), code.co_positions(), strict=False)]
        self._spans = [tuple(value or 0 for value in positions[found.offset // 2]) for found in self._instructions]
        self._from: list[list[int]] = [[] for _ in self._instructions]
        for index in range(len(self._instructions)):
            for follower in self._followers(index):
                self._from[follower].append(index)
        targets = (by_offset.get(target) for _, _, target in exception_handlers(code))
        self._caught = {0} | {self._number[found.offset] for found in targets if found is not None}

    def implied(self) -> list[tuple[int, int]]:
        """See implied_outcomes."""
        jumps = [found for found in self._instructions if found.op in CONDITIONAL]
        return sorted(
            (line, 2 * number + taken)
            for number, jump in enumerate(jumps)
            for taken in (0, 1)
            if jump.line and (line := self._telling_line(jump, taken=bool(taken)))
        )

    def _followers(self, index: int) -> list[int]:
        found = self._instructions[index]
        if found.op in RETURN or found.op in RAISE:
            return []
        is_unconditional = found.op in _UNCONDITIONAL
        next_ones = [] if is_unconditional or index + 1 == len(self._instructions) else [index + 1]
        target = self._at.get(found.target) if found.target >= 0 else None
        return next_ones + ([] if target is None else [self._number[target.offset]])

    def _line(self, index: int) -> int:
        """The line that an instruction is on, whether or not arriving at it is an event."""
        return self._spans[index][0]

    def _is_copy(self, jump: Instruction, index: int) -> bool:
        """Whether an instruction is a jump that the compiler made of the same test."""
        other = self._instructions[index]
        mine = self._number[jump.offset]
        same_place = self._spans[mine] == self._spans[index]
        is_alike = other.op in CONDITIONAL and same_place and (jump.op in LOOP) == (other.op in LOOP)
        return is_alike and (mine == index or self._is_computed_alike(mine, index))

    def _is_computed_alike(self, one: int, other: int) -> bool:
        """Whether what comes before two jumps at the same place, and belongs to it, is the same.

        Links of a chained comparison, or the operands of an `and`, have one place and are different tests. And a jump
        may have the place of another, to which it once led (Python 3.13).
        """
        place = self._spans[one]
        for back in range(1, min(one, other) + 1):
            span = self._spans[one - back]
            is_inside = _contains(place, span)
            if is_inside != _contains(place, self._spans[other - back]):
                return False
            if not is_inside:
                return back > 1
            if (
                span != self._spans[other - back]
                or self._instructions[one - back].op != self._instructions[other - back].op
            ):
                return False
        return True

    def _is_passed(self, found: Instruction, jump: Instruction) -> bool:
        """Whether control passes through an instruction, whatever happens, without leaving the jump's line."""
        return (found.op in CANNOT_RAISE or found.op in _UNCONDITIONAL) and found.line in (0, jump.line)

    def _leads_back(self, index: int, jump: Instruction, *, truth: bool, depth: int) -> bool:
        """Whether every way to an instruction leads back to copies of a jump, with this truth of their test."""
        sources = self._from[index]
        if index in self._caught or not sources or not depth:
            return False
        for source in sources:
            found = self._instructions[source]
            if self._is_copy(jump, source):
                is_next, is_target = source + 1 == index, self._at.get(found.target) is self._instructions[index]
                taken_means = found.op in TAKEN_IF_TRUE
                if is_next == is_target or (taken_means if is_target else not taken_means) != truth:
                    return False
            elif not self._is_passed(found, jump) or not self._leads_back(source, jump, truth=truth, depth=depth - 1):
                return False
        return True

    def _telling_line(self, jump: Instruction, *, taken: bool) -> int:
        """The line whose event tells this outcome, or -1 - the offset of what raises; 0 where none does."""
        truth = taken == (jump.op in TAKEN_IF_TRUE)
        found = self._at.get(jump.target if taken else jump.next)
        for _ in range(_LONGEST_STEP):
            if found is None:
                return 0
            index = self._number[found.offset]
            if not self._leads_back(index, jump, truth=truth, depth=_LONGEST_STEP):
                return 0
            if found.line and found.line != jump.line:
                return found.line if self._is_entered_here(index) else 0
            if found.op in RAISE:
                return -1 - found.offset
            if not self._is_passed(found, jump):
                return 0
            found = self._at.get(found.target if found.op in _UNCONDITIONAL else found.next)
        return 0

    def _is_entered_here(self, index: int) -> bool:
        """Whether a line's event comes only when control arrives here: the line is one run, entered at its start."""
        line = self._instructions[index].line
        last = index
        while last + 1 < len(self._instructions) and self._line(last + 1) == line:
            last += 1
            if last in self._caught or any(self._line(source) != line for source in self._from[last]):
                return False
        return all(self._line(i) != line for i in range(len(self._instructions)) if not index <= i <= last)
