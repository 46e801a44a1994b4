"""What each conditional jump of a code object tests, and where ways through one decision can meet again.

Jumps are numbered as the probes are: by offset, from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import CodeType
from typing import NamedTuple

from minicov_tracer.bytecode import Instruction, decode
from minicov_tracer.machine_maker import CERTAIN
from minicov_tracer.opcodes import (
    CLASSES,
    COMPARES,
    COPY,
    DROPS,
    FORMATS,
    GOES_ON,
    IF_FALSE,
    IF_NONE,
    IF_NOT_NONE,
    IF_TRUE,
    KEEPS_VALUE,
    LOADS_CONSTANT,
    LOADS_TWICE,
    LOOPS,
    LOSES_PLACES,
    NO_TEST,
    NOT,
    NOTHING,
    RETURNS,
    STORE,
    THREADS_JUMPS,
    THREADS_VALUES,
    TO_BOOL,
    UNWINDS,
)  # fmt: skip

_TESTS = (IF_TRUE, IF_FALSE, IF_NONE, IF_NOT_NONE)
_CONDITIONAL = (*_TESTS, LOOPS)
_NONE_TESTS = (IF_NONE, IF_NOT_NONE)
_BETWEEN = (COPY, NOT, TO_BOOL, NOTHING)
"""What comes between a value and the jump that tests it."""
_HAS_AROUND = 8
"""Added to the kind in a row whose own span is `Test.around`."""
_VALUE = 16
"""Added to the kind in a row for `is_value`."""
_AS_WRITTEN = 32
"""Added to the kind in a row for `is_as_written`."""
_LONGEST_CHAIN = 16
"""Jumps that are followed from one to the next."""
_EXIT = -1
"""Stands for the offset of any place where the code is left: the compiler copies those."""

Span = tuple[int, int, int, int]
_End = tuple[int, Span]
"""An opcode and its position, which all copies of an instruction share."""


class Test(NamedTuple):
    """What one conditional jump tests."""

    kind: int
    """NO_TEST, IF_TRUE, IF_FALSE, IF_NONE or IF_NOT_NONE."""
    span: Span
    """Line, byte column, end line, byte end column of what it tests, as decisions.Point; zeros where unknown."""
    near: Span | None = None
    """Where `span` may be wrong and x of `x is None` has no place of its own: that of what was stored or loaded before.

    Of other tests of None `span` may be no more than that of x, or of the last part of it.
    """
    is_blind: bool = False
    """Whether both outcomes lead to one place, so that nobody can tell which it was."""
    around: Span | None = None
    """Where `span` is that of the operand alone, but may be one of the `and`, `or` or chain that is here."""
    is_value: bool = False
    """Whether `span` is that of the instruction that gave the value which an `and`, `or` or chain tests (3.14)."""
    is_as_written: bool = False
    """Whether an operator is not inverted although `not` stands before it (3.14)."""


def tests(code: CodeType) -> list[Test]:
    """What each conditional jump tests."""
    instructions = _distinct(decode(code))
    spans = _spans(code)
    return [
        _test(instructions, number, spans)
        for number, jump in enumerate(instructions)
        if CLASSES[jump.op] in _CONDITIONAL
    ]


def _test(instructions: Sequence[Instruction], number: int, spans: Sequence[Span]) -> Test:
    """What one of some instructions tests."""
    jump, before, before_that = instructions[number], *_before(instructions, number, 2)
    own, its = spans[jump.offset // 2], spans[before.offset // 2]
    kind = CLASSES[jump.op] if CLASSES[jump.op] in _TESTS else NO_TEST
    if UNWINDS in (CLASSES[before.op], CLASSES[before_that.op]):
        kind = NO_TEST
    is_blind = jump.target == jump.next
    if LOSES_PLACES:
        return _placed(kind, instructions, number, spans)
    if _is_value(instructions, number):
        operand = _before(instructions, number, 3)[-1]
        span = spans[operand.offset // 2]
        return Test(kind, span, span if CLASSES[operand.op] == LOADS_TWICE else None, is_blind, is_value=True)
    gives_truth = CLASSES[before.op] in (TO_BOOL, COMPARES)
    near = None
    if THREADS_JUMPS and kind in _NONE_TESTS and not (own[:2] <= its[:2] and its[2:] <= own[2:]):
        if CLASSES[before.op] == LOADS_TWICE:
            near = its
        elif CLASSES[before.op] != GOES_ON:
            own = its
    is_as_written = THREADS_VALUES and kind in (IF_TRUE, IF_FALSE) and CLASSES[before.op] == COMPARES
    return Test(kind, its if gives_truth else own, near, is_blind, is_as_written=is_as_written)


def _placed(kind: int, instructions: Sequence[Instruction], number: int, spans: Sequence[Span]) -> Test:
    """What a jump tests that has no place of its own, unless it is a value's: the instruction before it has one."""
    jump = instructions[number]
    own, its = spans[jump.offset // 2], spans[_tested(instructions, number).offset // 2]
    is_blind = jump.target == jump.next
    if jump.op in KEEPS_VALUE or own == its:
        return Test(kind, own, None, is_blind)
    return Test(kind, its, None, is_blind, own if kind else None)


def _tested(instructions: Sequence[Instruction], number: int) -> Instruction:
    """What gives what a jump tests; a walrus stores a copy of it in between."""
    before, before_that = _before(instructions, number, 2)
    return before_that if before.op in STORE and CLASSES[before_that.op] == COPY else before


def _before(instructions: Sequence[Instruction], number: int, count: int) -> list[Instruction]:
    """What comes before an instruction, going back; the first one again and again where there is no more."""
    found = []
    for _ in range(count):
        number = max(number - 1, 0)
        while number and CLASSES[instructions[number].op] == NOTHING:
            number -= 1
        found.append(instructions[number])
    return found


def _is_value(instructions: Sequence[Instruction], number: int) -> bool:
    """Whether a jump tests the value of an `and`, `or` or chain, and may have the position of another."""
    return THREADS_VALUES and [CLASSES[one.op] for one in _before(instructions, number, 2)] == [TO_BOOL, COPY]


def row(test: Test, own: Span) -> tuple[int, ...]:
    """What a jump's row in the probe table has after the jump's own span: as little as tells the test."""
    if test.kind == NO_TEST:
        return ()
    near = test.near or ()
    flags = _HAS_AROUND * bool(test.around) + _VALUE * test.is_value + _AS_WRITTEN * test.is_as_written
    kind = test.kind + flags
    return (kind, *(test.span if near or test.span != own else ()), *near)


def read_row(jump: Sequence[int]) -> Test:
    """The test that a whole row of the probe table tells: offset, offsets not taken and taken, own span, then `row`."""
    own = jump[3:7]
    kind, *spans = jump[7:] or (NO_TEST,)
    near = read_span(spans[4:]) if spans[4:] else None
    around = read_span(own) if kind & _HAS_AROUND else None
    is_blind, is_value, is_as_written = jump[1] == jump[2], bool(kind & _VALUE), bool(kind & _AS_WRITTEN)
    return Test(kind % _HAS_AROUND, read_span(spans[:4] or own), near, is_blind, around, is_value, is_as_written)


def read_span(numbers: Sequence[int]) -> Span:
    """Four numbers as a span. Raises ValueError where they are not four."""
    line, column, end_line, end_column = numbers
    return line, column, end_line, end_column


class _Way(NamedTuple):
    """A test and where its two arms lead."""

    offset: int
    place: int
    """The offset of the instruction that has its position."""
    arms: tuple[int, int]
    ends: tuple[_End, _End]
    """The same, as far as copies of an end of the code, which the compiler makes, are one.

    Beyond tests whose arms lead to one end, such as y in `a or (0 if y else 0)`.
    """


def meetings(code: CodeType) -> list[int]:
    """Where two ways through one decision may meet again before it is decided; empty where no decision needs memory.

    Each is the offset of an instruction with the position of what is tested last before a meeting (an `and` or `or`
    follows it in the text, or this is no decision but a body), or CERTAIN. None is missing.
    """
    at = decode(code)
    instructions = _distinct(at)
    jumped_to = {at[one.target].offset for one in instructions if one.target in at}
    spans = _spans(code)
    ways = []

    def end(offset: int) -> _End:
        return (-1, (0, 0, 0, 0)) if offset == _EXIT else (at[offset].op, spans[offset // 2])

    for number, jump in enumerate(instructions):
        if CLASSES[jump.op] in _TESTS:
            if _is_of_joined_value(instructions, number, jumped_to):
                return [CERTAIN]
            place = _place(instructions, number)
            if place == CERTAIN:
                return [CERTAIN]
            arms = _landing(at, jump.next), _landing(at, jump.target)
            ways.append(_Way(jump.offset, place, arms, (end(arms[0]), end(arms[1]))))
    _look_beyond(ways)
    return [way.place for way in ways if any(_is_joined(ways, way, arm) for arm in (0, 1))]


def _place(instructions: Sequence[Instruction], number: int) -> int:
    """The offset of the instruction that has the position of what a jump tests; CERTAIN where none has."""
    if LOSES_PLACES:
        return _tested(instructions, number).offset
    jump, (before,) = instructions[number], _before(instructions, number, 1)
    if _is_value(instructions, number):
        operand = _before(instructions, number, 3)[-1]
        has_place = CLASSES[operand.op] not in (LOADS_TWICE, FORMATS) and operand.op not in STORE
        return operand.offset if has_place else CERTAIN
    is_before = CLASSES[before.op] in (TO_BOOL, COMPARES) or (THREADS_JUMPS and CLASSES[jump.op] in _NONE_TESTS)
    return before.offset if is_before else jump.offset


def _spans(code: CodeType) -> list[Span]:
    """The position of each code unit, zeros where it has none."""
    return [(a or 0, b or 0, c or 0, d or 0) for a, c, b, d in code.co_positions()]


def _distinct(at: dict[int, Instruction]) -> list[Instruction]:
    """The instructions in order, each once: `decode` has one for its prefixes and caches too."""
    return [one for offset, one in at.items() if offset == one.offset]


def _is_of_joined_value(instructions: list[Instruction], number: int, jumped_to: set[int]) -> bool:
    """Whether a jump leads in between an operand and its test: in `(a and b) or c` a and b lead to the test of `or`."""
    while instructions[number].offset not in jumped_to:
        number -= 1
        if number < 0 or CLASSES[instructions[number].op] not in _BETWEEN:
            return False
    return True


def _landing(at: dict[int, Instruction], offset: int) -> int:
    """The offset to which control goes on from one, through jumps that are always taken; _EXIT where it returns.

    A chained comparison that fails early drops a value on its way; `not` before a value is no test.
    """
    for _ in range(_LONGEST_CHAIN):
        found = at.get(offset)
        if found is None or CLASSES[found.op] not in (GOES_ON, DROPS, NOTHING, TO_BOOL, NOT):
            break
        offset = found.target if found.target >= 0 else found.next
    found = at.get(offset)
    if found is not None and CLASSES[found.op] == LOADS_CONSTANT:
        after = at.get(found.next)
        return found.offset if after is None or CLASSES[after.op] != RETURNS else _EXIT
    return found.offset if found is not None and CLASSES[found.op] != RETURNS else _EXIT


def _look_beyond(ways: list[_Way]) -> None:
    """Moves the ends of tests beyond tests whose arms lead to one end."""
    for number in reversed(range(len(ways))):
        way = ways[number]
        ways[number] = way._replace(ends=(_beyond(ways, number, 0), _beyond(ways, number, 1)))


def _beyond(ways: list[_Way], number: int, arm: int) -> _End:
    """Where a test's arm leads; the ends of later tests are known."""
    offset = ways[number].arms[arm]
    if offset > ways[number].offset:
        later = (ways[index] for index in range(number + 1, len(ways)))
        following = next((way for way in later if way.offset >= offset), None)
        if following is not None and following.ends[0] == following.ends[1]:
            return following.ends[0]
    return ways[number].ends[arm]


def _is_joined(ways: list[_Way], last: _Way, arm: int) -> bool:
    """Whether a test may be that of b in `(a or b) and c`, with this arm leading to c.

    Then another test leads to c too, c comes later, and some test from c on leads to where b's other arm does.
    """
    meeting, otherwise = last.arms[arm], last.ends[1 - arm]
    return (
        meeting > last.offset
        and any(meeting in way.arms for way in ways if way is not last)
        and any(otherwise in way.ends for way in ways if way.offset >= meeting)
    )
