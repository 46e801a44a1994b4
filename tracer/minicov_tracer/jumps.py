"""What each conditional jump of a code object tests, and whether ways through one decision can meet again.

With bytecode.py the only module that knows opcodes. Jumps are numbered as the probes are: by offset, from 0.
"""

from __future__ import annotations

import opcode
import sys
from types import CodeType
from typing import NamedTuple

from minicov_tracer.bytecode import Instruction, decode

NO_TEST, IF_TRUE, IF_FALSE, IF_NONE, IF_NOT_NONE = range(5)
"""When a jump is taken. What ends a loop, matches an exception or leaves a `with` is no test."""
_TO_BOOL, _COMPARES, _COPY, _NOT, _UNWINDS, _LOADS_CONSTANT, _RETURNS, _GOES_ON, _DROPS, _LOOPS, _LOADS_TWICE = range(
    5, 16
)
_CLASS_OF = {
    "POP_JUMP_IF_TRUE": IF_TRUE,
    "POP_JUMP_IF_FALSE": IF_FALSE,
    "POP_JUMP_IF_NONE": IF_NONE,
    "POP_JUMP_IF_NOT_NONE": IF_NOT_NONE,
    "FOR_ITER": _LOOPS,
    "STORE_FAST_LOAD_FAST": _LOADS_TWICE,
    "LOAD_FAST_LOAD_FAST": _LOADS_TWICE,
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW": _LOADS_TWICE,
    "TO_BOOL": _TO_BOOL,
    "COMPARE_OP": _COMPARES,
    "CONTAINS_OP": _COMPARES,
    "IS_OP": _COMPARES,
    "COPY": _COPY,
    "UNARY_NOT": _NOT,
    "WITH_EXCEPT_START": _UNWINDS,
    "CHECK_EXC_MATCH": _UNWINDS,
    "CHECK_EG_MATCH": _UNWINDS,
    "LOAD_CONST": _LOADS_CONSTANT,
    "RETURN_CONST": _RETURNS,
    "RETURN_VALUE": _RETURNS,
    "POP_TOP": _DROPS,
    "JUMP_FORWARD": _GOES_ON,
    "JUMP_BACKWARD": _GOES_ON,
    "JUMP_BACKWARD_NO_INTERRUPT": _GOES_ON,
}
CLASSES = bytes(_CLASS_OF.get(opcode.opname[op], 0) for op in range(256))
"""The class of each opcode, for the C core too (csrc/joins.h has their names)."""
_TESTS = (IF_TRUE, IF_FALSE, IF_NONE, IF_NOT_NONE)
_CONDITIONAL = (*_TESTS, _LOOPS)
_NONE_TESTS = (IF_NONE, IF_NOT_NONE)
_BETWEEN = (_COPY, _NOT, _TO_BOOL)
"""What comes between a value and the jump that tests it."""
_THREADS_JUMPS = sys.version_info >= (3, 13)
"""Whether a jump that leads to another takes that one's position; the instruction before it still has its own."""
_LONGEST_CHAIN = 16
"""Jumps that are followed from one to the next."""
_EXIT = -1
"""Stands for the offset of any place where the code is left: the compiler copies those."""

Span = tuple[int, int, int, int]


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


def tests(code: CodeType) -> list[Test]:
    """What each conditional jump tests."""
    instructions = _distinct(decode(code))
    spans = [(a or 0, b or 0, c or 0, d or 0) for a, c, b, d in code.co_positions()]
    found = []
    for number, jump in enumerate(instructions):
        if CLASSES[jump.op] in _CONDITIONAL:
            before = instructions[max(number - 1, 0)]
            own, its = spans[jump.offset // 2], spans[before.offset // 2]
            kind = CLASSES[jump.op] if CLASSES[jump.op] in _TESTS else NO_TEST
            if any(CLASSES[one.op] == _UNWINDS for one in instructions[max(number - 2, 0) : number]):
                kind = NO_TEST
            gives_truth = CLASSES[before.op] in (_TO_BOOL, _COMPARES)
            near = None
            if _THREADS_JUMPS and kind in _NONE_TESTS and not (own[:2] <= its[:2] and its[2:] <= own[2:]):
                if CLASSES[before.op] == _LOADS_TWICE:
                    near = its
                elif CLASSES[before.op] != _GOES_ON:
                    own = its
            found.append(Test(kind, its if gives_truth else own, near))
    return found


CERTAIN = -1


class _Way(NamedTuple):
    """A test and where its two arms lead."""

    offset: int
    place: int
    """The offset of the instruction that has its position."""
    arms: tuple[int, int]


def meetings(code: CodeType) -> list[int]:
    """Where two ways through one decision may meet again before it is decided; empty where no decision needs memory.

    Each is the offset of an instruction with the position of what is tested last before a meeting (an `and` or `or`
    follows it in the text, or this is no decision but a body), or CERTAIN. None is missing.
    """
    at = decode(code)
    instructions = _distinct(at)
    jumped_to = {at[one.target].offset for one in instructions if one.target in at}
    ways = []
    for number, jump in enumerate(instructions):
        if CLASSES[jump.op] in _TESTS:
            if _is_of_joined_value(instructions, number, jumped_to):
                return [CERTAIN]
            before = instructions[max(number - 1, 0)]
            is_before = CLASSES[before.op] in (_TO_BOOL, _COMPARES) or (
                _THREADS_JUMPS and CLASSES[jump.op] in _NONE_TESTS
            )
            place = before.offset if is_before else jump.offset
            ways.append(_Way(jump.offset, place, (_landing(at, jump.next), _landing(at, jump.target))))
    return [way.place for way in ways if any(_is_joined(ways, way, arm) for arm in (0, 1))]


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

    A chained comparison that fails early drops a value on its way.
    """
    for _ in range(_LONGEST_CHAIN):
        found = at.get(offset)
        if found is None or CLASSES[found.op] not in (_GOES_ON, _DROPS):
            break
        offset = found.target if found.target >= 0 else found.next
    found = at.get(offset)
    if found is not None and CLASSES[found.op] == _LOADS_CONSTANT:
        after = at.get(found.next)
        return found.offset if after is None or CLASSES[after.op] != _RETURNS else _EXIT
    return found.offset if found is not None and CLASSES[found.op] != _RETURNS else _EXIT


def _is_joined(ways: list[_Way], last: _Way, arm: int) -> bool:
    """Whether a test may be that of b in `(a or b) and c`, with this arm leading to c.

    Then another test leads to c too, c comes later, and some test from c on leads to where b's other arm does.
    """
    meeting, otherwise = last.arms[arm], last.arms[1 - arm]
    return (
        meeting > last.offset
        and any(meeting in way.arms for way in ways if way is not last)
        and any(otherwise in way.arms for way in ways if way.offset >= meeting)
    )
