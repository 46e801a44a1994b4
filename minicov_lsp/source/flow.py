"""Where control can go: the control flow graph of each code object, in source lines.

Made from this Python's own bytecode, so that what the compiler copies (`finally`) or comes back to (`with`) is there as
it runs. It says which lines come with which (`dominance`), never what is counted.
"""

from __future__ import annotations

import dis
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import CodeType, MappingProxyType

from minicov_lsp.model import Line, SourceModel
from minicov_lsp.source import syntax
from minicov_lsp.source.text import of_lines
from minicov_tracer.bytecode import exception_handlers

ENTRY = 0
"""The block that every graph starts with; it has no line."""

_ALWAYS_JUMPS = frozenset({"JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_BACKWARD_NO_JIT"})
_RETURNS = frozenset({"RETURN_VALUE", "RETURN_CONST"})
_RAISES = frozenset({"RAISE_VARARGS", "RERAISE"})
_WITHOUT_LINE = frozenset({"RESUME", "PUSH_EXC_INFO"})
"""Instructions whose line isn't one that runs: a call is not its `def`, an exception not yet its handler."""
_NEVER_RAISES = frozenset({"NOP", "POP_TOP", "LOAD_CONST", "STORE_FAST", "PUSH_NULL", "COPY", "SWAP", "POP_EXCEPT"})
"""What stands in the reach of a handler at the edges of `try` and `with`, without needing it."""


@dataclass(frozen=True, slots=True)
class Block:
    """Instructions of one line that are entered only at the first; the branches inside a line are in one block."""

    line: Line
    """First line of the statement; 0 for none."""
    successors: tuple[int, ...]
    """Where control goes on, by number."""
    handlers: tuple[int, ...]
    """Where control goes from within when something raises."""
    leaves: bool
    """Whether the code can be left here, other than by what raises unmeant."""


@dataclass(frozen=True, slots=True)
class ControlFlowGraph:
    """The blocks of one code object."""

    name: str
    """Qualified, as Python has it: `Class.method`, `function.<locals>.<lambda>`."""
    first_line: Line
    blocks: tuple[Block, ...]
    """By number; `ENTRY` is the first. Those that control never reaches are among them."""


def control_flow(source: SourceModel) -> tuple[ControlFlowGraph, ...]:
    """The graphs of all code objects of a text, outer before inner.

    Raises SourceError where this Python can't compile the text.
    """
    module = syntax.read(of_lines(source.lines), "<text>").code
    return tuple(graph(code, source.first_lines) for code in _code_objects(module))


def _code_objects(code: CodeType) -> Iterator[CodeType]:
    waiting = [code]
    while waiting:
        code = waiting.pop()
        yield code
        waiting.extend(constant for constant in reversed(code.co_consts) if isinstance(constant, CodeType))


def graph(code: CodeType, first_lines: Mapping[Line, Line] = MappingProxyType({})) -> ControlFlowGraph:
    """The graph of one code object."""
    instructions = list(dis.get_instructions(code))
    handlers = exception_handlers(code)
    lines = _lines(code, instructions, first_lines)
    starts = _block_starts(instructions, lines, handlers)
    numbers = {offset: number for number, offset in enumerate(starts, ENTRY + 1)}
    blocks = [Block(0, (ENTRY + 1,), (), leaves=False)]
    can_raise = False
    for index, instruction in enumerate(instructions):
        can_raise = can_raise or instruction.opname not in _NEVER_RAISES | _ALWAYS_JUMPS
        following = instructions[index + 1].offset if index + 1 < len(instructions) else None
        if following is not None and following not in numbers:
            continue
        start = starts[bisect_right(starts, instruction.offset) - 1]
        caught = _handler(instruction.offset, handlers)
        ways_on = _ways_on(instruction, following, caught)
        blocks.append(
            Block(
                lines[start],
                tuple(dict.fromkeys(numbers[offset] for offset in ways_on)),
                (numbers[caught],) if can_raise and caught is not None else (),
                leaves=not ways_on,
            )
        )
        can_raise = False
    return ControlFlowGraph(code.co_qualname, code.co_firstlineno, _joined(blocks))


def _ways_on(instruction: dis.Instruction, following: int | None, caught: int | None) -> list[int]:
    """Offsets at which control goes on after the last instruction of a block, unless it raises unmeant."""
    if instruction.opname in _RETURNS:
        return []
    if instruction.opname in _RAISES:
        return [] if caught is None else [caught]
    ways_on = [_target(instruction)] if _is_jump(instruction) else []
    if instruction.opname not in _ALWAYS_JUMPS and following is not None:
        ways_on.insert(0, following)
    return ways_on


def _is_jump(instruction: dis.Instruction) -> bool:
    return instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs


def _target(instruction: dis.Instruction) -> int:
    """The offset that a jump goes to: for `dis` that of the EXTENDED_ARG, if there is one."""
    target = instruction.argval
    if not isinstance(target, int):
        raise TypeError(f"{instruction.opname} has no target")
    return target


def _handler(offset: int, handlers: Sequence[tuple[int, int, int]]) -> int | None:
    """The offset of what handles an exception at `offset`."""
    return next((handler for start, end, handler in handlers if start <= offset < end), None)


def _lines(
    code: CodeType, instructions: Sequence[dis.Instruction], first_lines: Mapping[Line, Line]
) -> dict[int, Line]:
    """{offset: first line, or 0} of every instruction; what comes before the code is entered has none."""
    line_at = {offset: line or 0 for start, end, line in code.co_lines() for offset in range(start, end, 2)}
    found: dict[int, Line] = {}
    is_entered = False
    for instruction in instructions:
        line = line_at.get(instruction.offset, 0)
        has_line = is_entered and instruction.opname not in _WITHOUT_LINE
        found[instruction.offset] = first_lines.get(line, line) if has_line else 0
        is_entered = is_entered or instruction.opname == "RESUME"
    return found


def _block_starts(
    instructions: Sequence[dis.Instruction], lines: Mapping[int, Line], handlers: Sequence[tuple[int, int, int]]
) -> list[int]:
    """Offsets at which a block starts: where lines or handlers change, where jumps go and after them."""
    starts = {instructions[0].offset, *(handler for _, _, handler in handlers)}
    starts.update(_target(instruction) for instruction in instructions if _is_jump(instruction))
    for before, after in pairwise(instructions):
        ends = _is_jump(before) or before.opname in _RETURNS or before.opname in _RAISES
        differs = lines[before.offset] != lines[after.offset]
        if ends or differs or _handler(before.offset, handlers) != _handler(after.offset, handlers):
            starts.add(after.offset)
    return sorted(starts)


def _joined(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks, those that only ever follow others of their line made one with them: `if a and b:` is one test."""
    comes_from: list[set[int]] = [set() for _ in blocks]
    for number, block in enumerate(blocks):
        for follower in (*block.successors, *block.handlers):
            comes_from[follower].add(number)
    head = list(range(len(blocks)))
    for number, block in enumerate(blocks):
        heads = {head[before] for before in comes_from[number]}
        # What comes back from further down is another way in.
        if block.line and len(heads) == 1 and max(comes_from[number]) < number:
            (only,) = heads
            if blocks[only].line == block.line:
                head[number] = only
    numbers = {old: new for new, old in enumerate(sorted(set(head)))}
    successors: list[dict[int, None]] = [{} for _ in numbers]
    handlers: list[dict[int, None]] = [{} for _ in numbers]
    leaving = {numbers[head[number]] for number, block in enumerate(blocks) if block.leaves}
    for number, block in enumerate(blocks):
        own = numbers[head[number]]
        successors[own].update((numbers[head[end]], None) for end in block.successors if head[end] != head[number])
        handlers[own].update((numbers[head[end]], None) for end in block.handlers)
    return tuple(
        Block(blocks[old].line, tuple(successors[new]), tuple(handlers[new]), new in leaving)
        for old, new in numbers.items()
    )
