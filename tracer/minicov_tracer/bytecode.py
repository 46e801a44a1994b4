"""From bytecode to source coordinates: the only module that knows opcodes.

Bytecode offsets mean something only to the interpreter that made them, so what
leaves this process is lines and columns (PEP 626, PEP 657). Each code object has
a table of *probes*, numbered the same way by every core:

    0            entry: the code was called
    1 … n        its distinct lines, ascending
    n+1 …        two for each conditional jump, by offset: not taken, taken
                 (only where the core sees jumps, that is with sys.monitoring)
"""

from __future__ import annotations

import opcode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress, pairwise
from types import CodeType
from typing import NamedTuple

from minicov_tracer.opcodes import (
    BACKWARD,
    BACKWARD_CONDITIONAL,
    CACHE,
    CONDITIONAL,
    ENDS_ASYNC_LOOP,
    ENDS_ON_STOP_ITERATION,
    EXTENDED_ARG,
    FORWARD,
    MAY_RAISE_AGAIN,
    NEVER_STARTS_A_LINE,
    RAISE,
    RESUME,
    RETURN,
    STORE,
    YIELD,
)

_LONGEST_PATH = 200
"""Instructions followed from one jump; a bound on bad tables, never met by the compiler's."""


class Instruction(NamedTuple):
    """One instruction without its EXTENDED_ARG prefixes and caches."""

    offset: int
    op: int
    target: int
    """Offset that a jump goes to when taken, else -1."""
    next: int
    """Offset of the instruction after it."""
    line: int
    """0 where it has none, or where arriving at it is no line event."""


class Jump(NamedTuple):
    """A conditional jump and where its two outcomes lead."""

    offset: int
    not_taken: int
    """Offset of the next instruction."""
    taken: int
    """Offset of the target."""
    span: tuple[int, int, int, int]
    """Line, byte column, end line, byte end column of what it tests; zeros where unknown."""


class ProbeTable(NamedTuple):
    """All probes of one code object, and the arcs that they imply."""

    lines: tuple[int, ...]
    jumps: tuple[Jump, ...]
    arcs: tuple[tuple[int, int, int, int], ...]
    """(a, b, p, q): when probes p and q were both hit, line a was followed by b.

    b is -first for an exit, a is -first for an entry; `first` is co_firstlineno. For a jump's outcome p is its probe
    (q the probe of line b); for straight-line flow they are the probes of the two lines.
    """


def line_probes(code: CodeType) -> tuple[int, ...]:
    """The distinct lines of a code object, ascending; probe n is the n-th of them, from 1."""
    return tuple(sorted({line for _, _, line in code.co_lines() if line}))


def probe_bitmap(lines: tuple[int, ...], entered: bool, hit: Iterable[int]) -> bytes:
    """The bitmap of an entry and some of `lines`; hit lines that are not among them are left out."""
    numbers = {line: number for number, line in enumerate(lines, 1)}
    return bitmap(
        number for number in ([0] if entered else []) + [numbers.get(line, -1) for line in hit] if number >= 0
    )


def bitmap(numbers: Iterable[int]) -> bytes:
    """A set of probe numbers as `Hits.probes` has it."""
    bits = 0
    for number in numbers:
        bits |= 1 << number
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")


def numbers(probes: bytes) -> list[int]:
    """The probe numbers in a bitmap, ascending."""
    return [8 * byte + bit for byte, value in enumerate(probes) if value for bit in range(8) if value >> bit & 1]


def jump_sites(code: CodeType) -> list[tuple[int, int]]:
    """(offset, offset of the next instruction) of each conditional jump, ascending: enough to number them."""
    data = code.co_code
    sites = []
    for offset in range(0, len(data), 2):
        if data[offset] in CONDITIONAL:
            after = offset + 2
            while after < len(data) and data[after] == CACHE:
                after += 2
            sites.append((offset, after))
    return sites


def quiet_sites(code: CodeType) -> frozenset[int]:
    """Offsets at which a StopIteration is no exception but an end."""
    data = code.co_code
    return frozenset(offset for offset in range(0, len(data), 2) if data[offset] in ENDS_ON_STOP_ITERATION)


def awaiting_sites(code: CodeType) -> frozenset[int]:
    """Offsets from which an exception goes to the end of an `async for`, which takes only a StopAsyncIteration."""
    data = code.co_code
    ends = {offset for offset in range(0, len(data), 2) if data[offset] in ENDS_ASYNC_LOOP}
    handled = exception_handlers(code) if ends else ()
    sites = set[int]()
    for offset in range(0, len(data), 2) if handled else ():
        target = next((target for start, end, target in handled if start <= offset < end), -1)
        if target in ends:
            sites.add(offset)
    return frozenset(sites)


def resumes(code: CodeType, lasti: int) -> bool:
    """Whether a `call` at this instruction continues a generator: its RESUME has an argument, or it was thrown into."""
    data = code.co_code
    return lasti >= 0 and not (data[lasti] == RESUME and data[lasti + 1] & 3 == 0)


def yields(code: CodeType, lasti: int) -> bool:
    """Whether a `return` at this instruction only suspends the frame."""
    data = code.co_code
    # What follows a yield is a RESUME with an argument; Python 3.13 tells that one, the others the yield.
    return any(data[at] == RESUME and data[at + 1] & 3 for at in (lasti, lasti + 2) if at < len(data))


def decode(code: CodeType) -> dict[int, Instruction]:
    """{offset: instruction} of a code object, ascending."""
    data = code.co_code
    ops, arguments, lines = data[::2], data[1::2], _lines_at(code)
    offsets = [*compress(range(0, len(data), 2), ops), len(data)]  # a CACHE is 0
    columns = (compress(column, ops) for column in (ops, arguments, lines))
    found: dict[int, Instruction] = {}
    argument = start = 0
    for (offset, after), op, value, line in zip(pairwise(offsets), *columns, strict=True):
        if op in _SPECIAL:
            argument = argument << 8 | value
            if op == EXTENDED_ARG:
                continue
            step = _STEPS.get(op)
            target = -1 if step is None else after + step * argument
            instruction = _made(Instruction, (offset, op, target, after, 0 if op in NEVER_STARTS_A_LINE else line))
        else:
            instruction = _made(Instruction, (offset, op, -1, after, line))
        # A jump lands on the first EXTENDED_ARG of its target; an exception may be told at a cache behind it.
        for at in range(start, after, 2):
            found[at] = instruction
        argument, start = 0, after
    return found


_made = tuple.__new__
"""Takes half the time of calling the class."""
_STEPS = dict.fromkeys(CONDITIONAL | FORWARD, 2) | dict.fromkeys(BACKWARD | BACKWARD_CONDITIONAL, -2)
"""{jump: by how many bytes its argument counts}."""
_SPECIAL = _STEPS.keys() | NEVER_STARTS_A_LINE | {EXTENDED_ARG}
"""Those of which more than the place matters, which are few."""


def _lines_at(code: CodeType) -> list[int]:
    """The line of each instruction, EXTENDED_ARG prefixes and caches among them; 0 for none."""
    lines = [0] * (len(code.co_code) // 2)
    for start, end, line in code.co_lines():
        lines[start // 2 : end // 2] = [line or 0] * (end // 2 - start // 2)
    return lines


def exception_handlers(code: CodeType) -> list[tuple[int, int, int]]:
    """(start, end, handler) byte offsets of the exception table (CPython's Objects/exception_handling_notes.txt)."""
    values = _varints(code.co_exceptiontable)
    table = []
    for start in values:
        length, target, _ = next(values), next(values), next(values)
        table.append((2 * start, 2 * (start + length), 2 * target))
    return table


def _varints(data: bytes) -> Iterator[int]:
    """Big-endian 6-bit groups: 0x40 says that more follow, 0x80 only marks an entry's start."""
    value = 0
    for byte in data:
        value = value << 6 | byte & 63
        if not byte & 64:
            yield value
            value = 0


class Flow:
    """Where control goes between the lines of one code object."""

    def __init__(self, code: CodeType) -> None:
        self._first = code.co_firstlineno
        self._instructions = decode(code)
        self._handlers = exception_handlers(code)

    def handler(self, offset: int) -> int:
        """The offset of what handles an exception at `offset`, or -1."""
        for start, end, target in self._handlers:
            if start <= offset < end:
                return target
        return -1

    def path(self, offset: int, line: int, inside: range, is_loop: bool = False) -> list[int]:
        """The lines that control enters in turn from `offset`, coming from `line`, until it has left the statement.

        `inside` are lines that belong to the test itself. Ends at the next conditional jump, or with -first where
        the code is left. A loop's targets and a pattern's captures are stored on lines that may come before the test's.
        """
        entered: list[int] = []
        for _ in range(_LONGEST_PATH):
            found = self._instructions.get(offset)
            if found is None:
                break
            if found.line and found.line != line:
                line = found.line
                entered.append(line)
                if line not in inside and not (found.op in STORE or (is_loop and line < inside.stop)):
                    break
            if found.op in CONDITIONAL or found.op in MAY_RAISE_AGAIN:
                break
            if found.op in RETURN:
                entered.append(-self._first)
                break
            if found.op in RAISE:
                offset = self.handler(found.offset)
                if offset < 0:
                    entered.append(-self._first)
                    break
                continue
            offset = found.target if found.target >= 0 else found.next
        return entered

    def raised_at(self, offset: int) -> tuple[int, int] | None:
        """The arc that an exception at `offset` makes: to its handler's line, else out of the code."""
        found = self._instructions.get(offset)
        if found is None or not found.line:
            return None
        target = self.handler(offset)
        if target < 0:
            # sys.settrace can't tell a generator that is closed from one that yields; nor do we.
            return None if found.op in YIELD else (found.line, -self._first)
        led = self.path(target, found.line, range(0))
        return (found.line, led[0]) if led else None

    def straight_arcs(self, branching: set[int]) -> set[tuple[int, int]]:
        """Arcs that happen whenever their lines run: from lines that do not branch, to the next line or out."""
        arcs = set()
        for offset, found in self._instructions.items():
            if (
                offset != found.offset
                or not found.line
                or found.line in branching
                or found.op in CONDITIONAL
                or found.op in RAISE
            ):
                continue
            if found.op in RETURN:
                arcs.add((found.line, -self._first))
                continue
            follower = self._instructions.get(found.target if found.target >= 0 else found.next)
            if follower is not None and follower.line != found.line:
                led = self.path(follower.offset, found.line, range(0))
                arcs.update((found.line, line) for line in led[:1])
        return arcs

    def entry_line(self) -> int:
        """The line on which the code starts, 0 where it has none; what makes a generator comes before that."""
        begun = False
        for found in self._instructions.values():
            if begun and found.line:
                return found.line
            begun = begun or found.op == RESUME
        return 0


def probe_table(code: CodeType, *, sees_jumps: bool) -> ProbeTable:
    """All probes of a code object; without jumps and arcs where the core tells arcs itself."""
    lines = line_probes(code)
    if not sees_jumps:
        return ProbeTable(lines, (), ())
    flow = Flow(code)
    instructions = flow._instructions  # noqa: SLF001  # the table and its walk are one thing
    line_at = {line: number for number, line in enumerate(lines, 1)}
    jumps = conditional_jumps(instructions, list(code.co_positions()))
    arcs, branching = [], set()
    for index, jump in enumerate(jumps):
        found = instructions[jump.offset]
        if not found.line:
            continue
        branching.add(found.line)
        line, _, end_line, _ = jump.span
        inside = range(min(line, found.line), max(end_line, found.line) + 1)
        is_loop = found.op == opcode.opmap["FOR_ITER"]
        for taken, start in ((0, jump.not_taken), (1, jump.taken)):
            probe = 1 + len(lines) + 2 * index + taken
            source = found.line
            for entered in flow.path(start, source, inside, is_loop and not taken):
                arcs.append((source, entered, probe, line_at.get(entered, probe)))
                source = entered
    arcs += [(a, b, line_at[a], line_at.get(b, line_at[a])) for a, b in sorted(flow.straight_arcs(branching))]
    entry = flow.entry_line()
    if entry:
        arcs.append((-code.co_firstlineno, entry, 0, line_at[entry]))
    return ProbeTable(lines, jumps, tuple(arcs))


def conditional_jumps(
    instructions: Mapping[int, Instruction], positions: Sequence[Sequence[int | None]]
) -> tuple[Jump, ...]:
    """The conditional jumps of a code object, by offset; `instructions` as `decode`, `positions` as it has them."""
    jumps = []
    for offset, found in instructions.items():
        if found.op in CONDITIONAL and offset == found.offset:
            line, end_line, column, end_column = (value or 0 for value in positions[offset // 2])
            jumps.append(Jump(offset, found.next, found.target, (line, column, end_line, end_column)))
    return tuple(jumps)


def describe(code: CodeType) -> str:
    """The text of a code object's probe table (probe_text.py), for a core that sees jumps."""
    from minicov_tracer import probe_text  # the C core does without it
    from minicov_tracer.jumps import row, tests

    table = probe_table(code, sees_jumps=True)
    jumps = [
        [jump.offset, jump.not_taken, jump.taken, *jump.span, *row(test, jump.span)]
        for jump, test in zip(table.jumps, tests(code), strict=True)
    ]
    return probe_text.encode(code.co_firstlineno, table.lines, jumps, table.arcs)


def describe_jumps(code: CodeType) -> str:
    """The same for a core that sees jumps and yet tells arcs itself."""
    from minicov_tracer import probe_text

    return probe_text.reduced(describe(code), has_arcs=False, has_tests=True)


def describe_lines(code: CodeType) -> str:
    """The same for a core that tells arcs itself."""
    from minicov_tracer import probe_text

    return probe_text.encode(code.co_firstlineno, line_probes(code))


def raised_at(code: CodeType, offset: int) -> tuple[int, int] | None:
    """The arc that an exception at a byte offset makes, None for none."""
    return Flow(code).raised_at(offset)
