"""The opcodes of this Python that matter, by what they do; the C cores get them from here."""

from __future__ import annotations

import opcode
import sys


def _opcodes(*names: str) -> frozenset[int]:
    """The numbers of those opcodes that this Python has."""
    return frozenset([opcode.opmap[name] for name in names if name in opcode.opmap])


KEEPS_VALUE = _opcodes("JUMP_IF_TRUE_OR_POP", "JUMP_IF_FALSE_OR_POP")
"""Conditional jumps of a value's `and`, `or` or chain (3.11): the value stays where it decides."""
BACKWARD_CONDITIONAL = _opcodes(
    "POP_JUMP_BACKWARD_IF_TRUE", "POP_JUMP_BACKWARD_IF_FALSE", "POP_JUMP_BACKWARD_IF_NONE",
    "POP_JUMP_BACKWARD_IF_NOT_NONE",
)  # fmt: skip
CONDITIONAL = KEEPS_VALUE | BACKWARD_CONDITIONAL | _opcodes(
    "FOR_ITER", "POP_JUMP_IF_TRUE", "POP_JUMP_IF_FALSE", "POP_JUMP_IF_NONE", "POP_JUMP_IF_NOT_NONE",
    "POP_JUMP_FORWARD_IF_TRUE", "POP_JUMP_FORWARD_IF_FALSE", "POP_JUMP_FORWARD_IF_NONE",
    "POP_JUMP_FORWARD_IF_NOT_NONE",
)  # fmt: skip
"""Conditional jumps; from 3.12 on what raises a BRANCH event."""
ENDS_ASYNC_LOOP = _opcodes("END_ASYNC_FOR")
"""Handles a StopAsyncIteration as the end of the loop, and raises anything else again, which is an event of its own."""
ENDS_ON_STOP_ITERATION = _opcodes("FOR_ITER", "SEND") | ENDS_ASYNC_LOOP
"""What takes a StopIteration for its end: a RAISE event there leaves the instruction nowhere. END_ASYNC_FOR never meets
one; of it alone this flag and NEVER_STARTS_A_LINE together are the mark."""
FORWARD = _opcodes("JUMP_FORWARD", "SEND")
BACKWARD = _opcodes("JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_BACKWARD_NO_JIT")
RETURN = _opcodes("RETURN_VALUE", "RETURN_CONST")
RAISE = _opcodes("RAISE_VARARGS", "RERAISE")
MAY_RAISE_AGAIN = _opcodes("CLEANUP_THROW")
"""Ends an `await` on StopIteration and raises anything else again, which is an event of its own."""
STORE = _opcodes(
    "STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF", "STORE_FAST_STORE_FAST", "STORE_FAST_LOAD_FAST",
    "STORE_FAST_MAYBE_NULL", "UNPACK_SEQUENCE", "UNPACK_EX",
)  # fmt: skip
NEVER_STARTS_A_LINE = _opcodes(
    "RESUME", "END_FOR", "END_SEND", "END_ASYNC_FOR", "POP_ITER", "PUSH_EXC_INFO", "NOT_TAKEN"
)
"""No LINE event is raised at these (CPython's instrumentation.c), or it is one that nobody means (PUSH_EXC_INFO)."""
TAKEN_IF_TRUE = _opcodes(
    "POP_JUMP_IF_TRUE", "POP_JUMP_IF_NOT_NONE", "POP_JUMP_FORWARD_IF_TRUE", "POP_JUMP_FORWARD_IF_NOT_NONE",
    "POP_JUMP_BACKWARD_IF_TRUE", "POP_JUMP_BACKWARD_IF_NOT_NONE", "JUMP_IF_TRUE_OR_POP",
)  # fmt: skip
"""Conditional jumps that are taken when their test is true; the others are when it is false, or a loop has ended."""
LOOP = _opcodes("FOR_ITER")
CANNOT_RAISE = _opcodes("STORE_FAST", "POP_TOP", "NOP", "END_FOR", "POP_ITER", "NOT_TAKEN", "COPY", "SWAP")
"""What control passes through whatever happens."""
EXTENDED_ARG = opcode.opmap["EXTENDED_ARG"]
RESUME = opcode.opmap["RESUME"]
YIELD = _opcodes("YIELD_VALUE")
CACHE = 0


def _kinds() -> bytes:
    """The flags of each opcode, 256 16-bit numbers, for the C core (csrc/code_object.h has their names)."""
    sets = (
        CONDITIONAL, LOOP, FORWARD, BACKWARD | BACKWARD_CONDITIONAL, RETURN, RAISE, STORE, NEVER_STARTS_A_LINE,
        MAY_RAISE_AGAIN, YIELD, frozenset({EXTENDED_ARG}), ENDS_ON_STOP_ITERATION,
        CANNOT_RAISE, TAKEN_IF_TRUE, frozenset({RESUME}), KEEPS_VALUE,
    )  # fmt: skip
    kinds = dict.fromkeys(range(256), 0)
    for bit, ops in enumerate(sets):
        for op in ops & kinds.keys():  # the compiler's own opcodes come after 255
            kinds[op] |= 1 << bit
    return b"".join([kind.to_bytes(2, sys.byteorder) for kind in kinds.values()])


KINDS = _kinds()
"""256 16-bit numbers: the flags of each opcode, as csrc/code_object.h names them."""

LOSES_PLACES = sys.version_info < (3, 12)
"""Whether the jump of a test has the place of what is around it; the instruction before it has the operand's."""
NO_TEST, IF_TRUE, IF_FALSE, IF_NONE, IF_NOT_NONE = range(5)
"""When a jump is taken. What ends a loop, matches an exception or leaves a `with` is no test."""
TO_BOOL, COMPARES, COPY, NOT, UNWINDS, LOADS_CONSTANT, RETURNS, GOES_ON = range(5, 13)
DROPS, LOOPS, LOADS_TWICE, NOTHING, FORMATS = range(13, 18)
_CLASS_OF = {
    "POP_JUMP_IF_TRUE": IF_TRUE,
    "POP_JUMP_IF_FALSE": IF_FALSE,
    "POP_JUMP_IF_NONE": IF_NONE,
    "POP_JUMP_IF_NOT_NONE": IF_NOT_NONE,
    **{
        f"POP_JUMP_{way}_IF_{name}": kind
        for way in ("FORWARD", "BACKWARD")
        for name, kind in (("TRUE", IF_TRUE), ("FALSE", IF_FALSE), ("NONE", IF_NONE), ("NOT_NONE", IF_NOT_NONE))
    },
    "JUMP_IF_TRUE_OR_POP": IF_TRUE,
    "JUMP_IF_FALSE_OR_POP": IF_FALSE,
    "TO_BOOL": TO_BOOL,
    "COMPARE_OP": COMPARES,
    "CONTAINS_OP": COMPARES,
    "IS_OP": COMPARES,
    "COPY": COPY,
    "UNARY_NOT": NOT,
    "WITH_EXCEPT_START": UNWINDS,
    "CHECK_EXC_MATCH": UNWINDS,
    "CHECK_EG_MATCH": UNWINDS,
    "LOAD_CONST": LOADS_CONSTANT,
    "LOAD_COMMON_CONSTANT": LOADS_CONSTANT,
    "LOAD_SMALL_INT": LOADS_CONSTANT,
    "RETURN_CONST": RETURNS,
    "RETURN_VALUE": RETURNS,
    "JUMP_FORWARD": GOES_ON,
    "JUMP_BACKWARD": GOES_ON,
    "JUMP_BACKWARD_NO_INTERRUPT": GOES_ON,
    "FORMAT_SIMPLE": FORMATS,
    "FORMAT_WITH_SPEC": FORMATS,
    "NOP": NOTHING,
    "NOT_TAKEN": NOTHING,
    "POP_TOP": DROPS,
    "SWAP": DROPS,  # with POP_TOP: a chain that fails early keeps one value of two
    "FOR_ITER": LOOPS,
    "STORE_FAST_LOAD_FAST": LOADS_TWICE,
    "LOAD_FAST_LOAD_FAST": LOADS_TWICE,
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW": LOADS_TWICE,
}
CLASSES = bytes(_CLASS_OF.get(name, NO_TEST) for name in opcode.opname[:256])
"""What each opcode has to do with tests (jumps.py), as csrc/joins.h names it."""
THREADS_JUMPS = sys.version_info >= (3, 13)
"""Whether a jump that leads to another takes that one's position; the instruction before it still has its own."""
THREADS_VALUES = sys.version_info >= (3, 14)
"""Whether that holds for values too: then what comes before COPY and TO_BOOL still has its own."""
