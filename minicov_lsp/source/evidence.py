"""What each probe of a code object shows of the regions in it: from this Python's own bytecode, in source places.

A region ran when any instruction ran that stands in it. Probes tell of few instructions themselves: the first one after
a call, those to which a jump goes on, those where a line begins. From there control goes straight on to the next test,
and to another line only if that line was seen too.
"""

from __future__ import annotations

import ast
import opcode
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import CodeType
from typing import NamedTuple

from minicov_lsp.model import Line, Region, SourceModel, Span
from minicov_lsp.source import syntax
from minicov_lsp.source.spans import span_at
from minicov_tracer.bytecode import Instruction, conditional_jumps, decode, exception_handlers, line_probes
from minicov_tracer.opcodes import BACKWARD, ENDS_ON_STOP_ITERATION, FORWARD, RAISE, RETURN

CALLED_KINDS = frozenset({"function", "lambda", "class"})
"""Regions that are the body of a code object of their own: they run when that is called."""
_JUMPS = frozenset(opcode.hasjrel) | frozenset(opcode.hasjabs)
_ALWAYS_GOES = (FORWARD | BACKWARD) - ENDS_ON_STOP_ITERATION
_LOAD_CONST, _RETURN_CONST = opcode.opmap["LOAD_CONST"], opcode.opmap.get("RETURN_CONST", -1)
_GOES_BACK = frozenset(op for op in _JUMPS if "BACKWARD" in opcode.opname[op])
_EXTENDED_ARG = opcode.opmap["EXTENDED_ARG"]
_ALL = -1
"""All probes, as a bit set."""
_LONGEST_WALK = 500
"""Instructions followed from one probe; a bound on what is generated."""


class CodeKey(NamedTuple):
    """What a code object that ran can be known again by."""

    name: str
    first_line: Line
    lines: tuple[Line, ...]
    jumps: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What hit probes show of one code object's regions."""

    key: CodeKey
    shown: Mapping[int, frozenset[Region]]
    """{probes as a bit set, numbered as in `CodeFacts.probes`: regions that ran if all of them were hit}."""


def evidence(source: SourceModel, *, sees_jumps: bool, hit: Mapping[CodeKey, int] | None = None) -> Iterator[Evidence]:
    """The evidence of all code objects of a text, as this Python compiles it.

    With `hit`, which has for each code object that ran the probes that were hit at all, what needs others is left out:
    that takes far less time. Without jumps there are probes for calls and lines only. Raises SourceError where this
    Python can't compile the text.
    """
    text = "".join(line + "\n" for line in source.lines)
    finder = _RegionFinder(source)
    places: dict[tuple[str, Line], list[CodeKey]] = {}
    for key in hit or ():
        places.setdefault((key.name, key.first_line), []).append(key)
    waiting: list[tuple[CodeType, Region | None]] = [(syntax.read(text, "<text>").code, None)]
    while waiting:
        code, body = waiting.pop()
        inside = [each for each in code.co_consts if isinstance(each, CodeType)]
        if hit is not None and not any(_place_of(each) in places for each in (code, *inside)):
            waiting += [(each, None) for each in inside]
            continue
        if hit is not None and body is None and not _may_show(code, inside, finder):
            yield from (Evidence(key, {}) for key in places.get(_place_of(code), ()))
            waiting += [(each, None) for each in inside]
            continue
        reader = _CodeReader(code, finder, sees_jumps=sees_jumps)
        waiting += reader.bodies()
        if hit is None or reader.key in hit:
            shown = reader.shown(_ALL if hit is None else hit[reader.key])
            if body is not None:
                shown[1] = shown.get(1, frozenset()) | {body}
            yield Evidence(reader.key, shown)


def _may_show(code: CodeType, inside: Iterable[CodeType], finder: _RegionFinder) -> bool:
    """Whether some of a code object may stand in a region, or make a lambda; in most of them nothing does."""
    lines = {line for _, _, line in code.co_lines() if line}
    return any(map(finder.is_near_regions, lines)) or any(each.co_name == "<lambda>" for each in inside)


def _place_of(code: CodeType) -> tuple[str, Line]:
    return code.co_qualname, code.co_firstlineno


class _RegionFinder:
    """Finds the regions around a place of a text."""

    def __init__(self, source: SourceModel) -> None:
        self._lines = source.lines
        self._lambdas = [region for region in source.regions if region.kind == "lambda"]
        # Like the nodes that they are made of, regions are inside each other or apart: outer ones come first.
        found = [region for region in source.regions if region.kind not in CALLED_KINDS]
        found.sort(key=lambda each: (each.span.line, each.span.column, -each.span.end_line, -each.span.end_column))
        self._found = found
        self._starts = [region.span[:2] for region in found]
        self._outer = _outer(found)
        self._covered = {line for region in found for line in range(region.span.line, region.span.end_line + 1)}
        self._near = {source.first_line(line) for line in self._covered}
        self._source = source
        self._constants: dict[Region, str | None] = {}
        self._around: dict[Span, frozenset[Region]] = {}

    def span(self, place: Sequence[int | None]) -> Span | None:
        """The span of line, end line, byte column, end byte column as `co_positions` has them; None for no text."""
        line, end_line, column, end_column = place
        if line is None or end_line is None or column is None or end_column is None:
            return None
        if not 1 <= line <= end_line <= len(self._lines):  # an empty module starts on line 0
            return None
        span = span_at((line, column, end_line, end_column), self._lines)
        return None if (span.line, span.column) == (span.end_line, span.end_column) else span

    def has_regions(self, line: Line | None) -> bool:
        """Whether there may be a region around something that begins on a line."""
        return line in self._covered

    def is_near_regions(self, line: Line) -> bool:
        """Whether there may be a region around, or inside of, something in the statement that a line is of."""
        return self._source.first_line(line) in self._near

    def around(self, span: Span) -> frozenset[Region]:
        """The regions that a span is in; bodies of code objects are not among them."""
        found = self._around.get(span)
        if found is None:
            inside = []
            number = bisect_right(self._starts, span[:2]) - 1
            while number >= 0:
                if _contains(self._found[number].span, span):
                    inside.append(self._found[number])
                number = self._outer[number]
            found = self._around[span] = frozenset(inside)
        return found

    def of_constant(self, span: Span, value: object) -> frozenset[Region]:
        """The region in a `return` that is this constant: as what is returned it has the place of the whole."""
        if not self._lines[span.line - 1].startswith("return", span.column):
            return frozenset()  # the end of a function has the place of what comes last in it
        first, last = bisect_left(self._starts, span[:2]), bisect_right(self._starts, span[2:])
        literal = repr(value)
        same = {
            region
            for region in self._found[first:last]
            if _contains(span, region.span) and self._literal(region) == literal
        }
        return frozenset(same) if len(same) == 1 else frozenset()

    def _literal(self, region: Region) -> str | None:
        if region not in self._constants:
            self._constants[region] = _literal(self._source, region) if region.kind in _VALUES else None
        return self._constants[region]

    def lambda_body(self, span: Span) -> Region | None:
        """The body of the lambda that is a span: what ends last in it."""
        within = [region for region in self._lambdas if _contains(span, region.span)]
        ends = [(region.span.end_line, region.span.end_column) for region in within]
        last = [region for region, end in zip(within, ends, strict=True) if end == max(ends)]
        return min(last, key=lambda region: region.span, default=None)


def _outer(found: Sequence[Region]) -> list[int]:
    """For each of some regions, outer ones first, the number of the innermost one around it; -1 for none."""
    outer: list[int] = []
    around: list[int] = []
    for number, region in enumerate(found):
        while around and not _contains(found[around[-1]].span, region.span):
            around.pop()
        outer.append(around[-1] if around else -1)
        around.append(number)
    return outer


_VALUES = frozenset({"arm", "operand"})


def _literal(source: SourceModel, region: Region) -> str | None:
    """How Python writes the constant that a region on one line is."""
    span = region.span
    if span.line != span.end_line:
        return None
    try:
        return repr(ast.literal_eval(source.lines[span.line - 1][span.column : span.end_column]))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _contains(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )


class _CodeReader:
    """Reads one code object."""

    def __init__(self, code: CodeType, finder: _RegionFinder, *, sees_jumps: bool) -> None:
        self._code = code
        self._finder = finder
        self._at = decode(code)
        self._instructions = [one for offset, one in self._at.items() if offset == one.offset]
        self._places = list(code.co_positions())
        self._targets, self._loaded = self._arguments()
        self._regions: dict[int, frozenset[Region]] = {}
        lines = line_probes(code)
        found = conditional_jumps(code, self._at) if sees_jumps else ()
        jumps = tuple([(jump.offset, jump.not_taken, jump.taken, *jump.span) for jump in found])
        self.key = CodeKey(code.co_qualname, code.co_firstlineno, lines, jumps)
        self._bit_of_line = {line: 1 << number for number, line in enumerate(lines, 1)}

    def _arguments(self) -> tuple[dict[int, int], dict[int, int]]:
        """{offset of any jump: its target's}, and {number of a constant that is code: offset at which it is loaded}."""
        targets: dict[int, int] = {}
        loaded: dict[int, int] = {}
        argument = 0
        data, constants = self._code.co_code, self._code.co_consts
        for offset in range(0, len(data), 2):
            op = data[offset]
            argument = argument << 8 | data[offset + 1]
            if op == _EXTENDED_ARG:
                continue
            if op in _JUMPS:
                targets[offset] = self._at[offset].next + 2 * (-argument if op in _GOES_BACK else argument)
            elif op == _LOAD_CONST and isinstance(constants[argument], CodeType):
                loaded[argument] = offset
            argument = 0
        return targets, loaded

    def _span(self, one: Instruction) -> Span | None:
        return self._finder.span(self._places[one.offset // 2])

    def _regions_of(self, one: Instruction) -> frozenset[Region]:
        found = self._regions.get(one.offset)
        if found is None:
            is_near = one.op in RETURN or self._finder.has_regions(self._places[one.offset // 2][0])
            found = self._found_regions(one, self._span(one)) if is_near else frozenset()
            self._regions[one.offset] = found
        return found

    def _found_regions(self, one: Instruction, span: Span | None) -> frozenset[Region]:
        """The regions that an instruction stands in; a test can have the place of the one that it jumps on to."""
        if span is None or (one.op in _JUMPS and one.op not in _ALWAYS_GOES):
            return frozenset()
        if one.op in _ALWAYS_GOES:
            # What goes on to the next element has the place of this one, though a condition may have failed before it.
            return frozenset(region for region in self._finder.around(span) if region.kind != "element")
        if one.op in RETURN and _loads_constant(self._code, one):
            constant = self._code.co_consts[self._code.co_code[one.offset + 1]]
            return self._finder.around(span) | self._finder.of_constant(span, constant)
        return self._finder.around(span)

    def bodies(self) -> Iterator[tuple[CodeType, Region | None]]:
        """The code objects inside of this one, and what region each is the body of: so far lambdas."""
        for index, code in enumerate(self._code.co_consts):
            if isinstance(code, CodeType):
                span = self._span(self._at[self._loaded[index]]) if index in self._loaded else None
                is_lambda = code.co_name == "<lambda>" and span is not None
                yield code, self._finder.lambda_body(span) if is_lambda and span is not None else None

    def shown(self, hit: int) -> dict[int, frozenset[Region]]:
        """{bit set: regions}, see `Evidence`; only what `hit` probes can show."""
        found: dict[int, frozenset[Region]] = {}
        for bits, regions in self._all_shown(hit):
            if regions:
                found[bits] = found.get(bits, frozenset()) | regions
        return found

    def _all_shown(self, hit: int) -> Iterator[tuple[int, frozenset[Region]]]:
        by_line: dict[Line, list[Instruction]] = {}
        for one in self._instructions:
            by_line.setdefault(one.line, []).append(one)
        entered = self._line_starts()
        # What starts there is told by the line itself, so that whoever comes by needn't go on.
        known = {starts[0] for line, starts in entered.items() if len(starts) == 1 and line in self._bit_of_line}
        yield from self._walk(0, 1, hit, known)
        first = 1 + len(self.key.lines)
        for number, jump in enumerate(self.key.jumps):
            for taken in (0, 1):
                yield from self._walk(jump[1 + taken], 1 << first + 2 * number + taken, hit, known)
        for line, starts in entered.items():
            bit = self._bit_of_line.get(line, 0)
            if len(starts) == 1:
                yield from self._walk(starts[0], bit, hit, known)
            if bit & hit:
                yield bit, self._common(by_line[line])

    def _common(self, instructions: Iterable[Instruction]) -> frozenset[Region]:
        """The regions that all of some instructions stand in."""
        common: frozenset[Region] | None = None
        for one in instructions:
            common = self._regions_of(one) if common is None else common & self._regions_of(one)
            if not common:
                break
        return common or frozenset()

    def _walk(
        self, start: int, bits: int, hit: int, known: AbstractSet[int]
    ) -> Iterator[tuple[int, frozenset[Region]]]:
        """What runs from an instruction on, and the lines that must be seen for it; up to what is `known` anyway."""
        line, offset = 0, start
        for _ in range(_LONGEST_WALK):
            one = self._at.get(offset)
            if one is None:
                return
            if one.line and one.line != line:
                if line and one.offset in known:
                    return
                line = one.line
                bits |= self._bit_of_line.get(line, 0)
            if bits & ~hit:
                return
            yield bits, self._regions_of(one)
            if one.op in RETURN or one.op in RAISE or (one.op in _JUMPS and one.op not in _ALWAYS_GOES):
                return
            offset = self._targets[one.offset] if one.op in _ALWAYS_GOES else one.next

    def _line_starts(self) -> dict[Line, list[int]]:
        """{line: offsets at which it may be entered}."""
        found: dict[Line, list[int]] = {}
        entered = self._entered_from_elsewhere()
        before = 0
        for one in self._instructions:
            if one.line and (one.line != before or one.offset in entered):
                found.setdefault(one.line, []).append(one.offset)
            before = one.line
        return found

    def _entered_from_elsewhere(self) -> set[int]:
        """Offsets to which jumps and exceptions come from other lines."""
        targets = [(self._at[start].line, self._at.get(end)) for start, end in self._targets.items()]
        caught = [(0, self._at.get(handler)) for _, _, handler in exception_handlers(self._code)]
        return {to.offset for line, to in (*targets, *caught) if to is not None and to.line != line}


def _loads_constant(code: CodeType, one: Instruction) -> bool:
    return code.co_code[one.offset] == _RETURN_CONST and one.next == one.offset + 2


def starts_lines(source: SourceModel, regions: Iterable[Region]) -> Iterator[tuple[Region, Line]]:
    """(region, line) of regions with a first line to themselves: if it ran, they did, on whatever Python."""
    for region in regions:
        span = region.span
        text = source.lines[span.line - 1] if span.line <= len(source.lines) else ""
        rest = text[span.end_column :].lstrip(")]},: \t") if span.line == span.end_line else ""
        if region.kind not in CALLED_KINDS and not text[: span.column].strip() and (not rest or rest[0] == "#"):
            yield region, span.line
