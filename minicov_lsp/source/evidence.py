"""What each probe of a code object shows of the regions in it: from this Python's own bytecode, in source places.

A region ran when any instruction ran that stands in it. Probes tell of few instructions themselves: the first one after
a call, those to which a jump goes on, those where a line begins. From there control goes straight on to the next test,
and to another line only if that line was seen too.
"""

from __future__ import annotations

import opcode
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import CodeType
from typing import NamedTuple, TypeAlias

from minicov_lsp.model import Line, Region, SourceModel, Span
from minicov_lsp.source import syntax
from minicov_lsp.source.region_finder import CALLED_KINDS, RegionFinder
from minicov_lsp.source.text import of_lines
from minicov_tracer.bytecode import Instruction, conditional_jumps, decode, exception_handlers, line_probes
from minicov_tracer.opcodes import BACKWARD, ENDS_ON_STOP_ITERATION, FORWARD, RAISE, RETURN

_JUMPS = frozenset(opcode.hasjrel) | frozenset(opcode.hasjabs)
_ALWAYS_GOES = (FORWARD | BACKWARD) - ENDS_ON_STOP_ITERATION
_LOAD_CONST, _RETURN_CONST = opcode.opmap["LOAD_CONST"], opcode.opmap.get("RETURN_CONST", -1)
_NOT_TAKEN = opcode.opmap.get("NOT_TAKEN", -1)
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


def evidence(
    source: SourceModel,
    *,
    sees_jumps: bool,
    hit: Mapping[CodeKey, int] | None = None,
    settled: AbstractSet[Region] = frozenset(),
) -> Iterator[Evidence]:
    """The evidence of all code objects of a text, as this Python compiles it.

    With `hit`, which has for each code object that ran the probes that were hit at all, what needs others is left out,
    and what shows nothing but regions that are `settled`: that takes far less time. Without jumps there are probes for
    calls and lines only. Raises SourceError where this Python can't compile the text.
    """
    places: dict[tuple[str, Line], list[CodeKey]] = {}
    for key in hit or ():
        places.setdefault((key.name, key.first_line), []).append(key)
    codes = _codes(syntax.read(of_lines(source.lines), "<text>").code)
    ran = {id(code): _lines_of(code) for code, _ in codes if _place_of(code) in places}
    finder = RegionFinder(source, None if hit is None else set().union(*ran.values()), settled)
    has_lambdas = any(name.endswith("<lambda>") for name, _ in places)
    bodies: dict[int, Region] = {}
    for code, inside in codes:
        if hit is not None and not (has_lambdas and any(map(places.__contains__, _lambdas_of(inside)))):
            if id(code) not in ran:
                continue
            keys = places[_place_of(code)]
            if id(code) not in bodies and finder.near.isdisjoint(ran[id(code)]):
                yield from [Evidence(key, {}) for key in keys]
                continue
        reader = _CodeReader(code, finder, sees_jumps=sees_jumps)
        bodies |= reader.bodies()
        if hit is None or reader.key in hit:
            shown = reader.shown(_ALL if hit is None else hit[reader.key])
            if id(code) in bodies:
                shown[1] = shown.get(1, frozenset()) | {bodies[id(code)]}
            yield Evidence(reader.key, shown)


_Found: TypeAlias = dict[int, set[Region]]
"""{probes as a bit set: regions that ran if all of them were hit}."""
_Codes: TypeAlias = Sequence[tuple[CodeType, Sequence[CodeType]]]
"""Code objects, each with those right inside of it, which come later."""


def _codes(module: CodeType) -> _Codes:
    """All code objects of a text."""
    found: list[tuple[CodeType, Sequence[CodeType]]] = []
    waiting = [module]
    while waiting:
        code = waiting.pop()
        inside = [each for each in code.co_consts if isinstance(each, CodeType)]
        found.append((code, inside))
        waiting += inside
    return found


def _lambdas_of(codes: Iterable[CodeType]) -> list[tuple[str, Line]]:
    """Where the lambdas among some code objects are."""
    return [_place_of(code) for code in codes if code.co_name == "<lambda>"]


def _lines_of(code: CodeType) -> set[Line]:
    """The lines on which something starts of a code object."""
    return {line for _, _, line in code.co_lines() if line}


def _place_of(code: CodeType) -> tuple[str, Line]:
    return code.co_qualname, code.co_firstlineno


class _CodeReader:
    """Reads one code object."""

    def __init__(self, code: CodeType, finder: RegionFinder, *, sees_jumps: bool) -> None:
        self._code = code
        self._finder = finder
        self._at = decode(code)
        self._instructions = [one for offset, one in self._at.items() if offset == one.offset]
        self._places = list(code.co_positions())
        self._regions: dict[int, frozenset[Region]] = {}
        lines = line_probes(code)
        found = conditional_jumps(self._at, self._places) if sees_jumps else ()
        jumps = tuple([(jump.offset, jump.not_taken, jump.taken, *jump.span) for jump in found])
        self.key = CodeKey(code.co_qualname, code.co_firstlineno, lines, jumps)
        self._bit_of_line = {line: 1 << number for number, line in enumerate(lines, 1)}

    def _loaded(self) -> dict[int, int]:
        """{number of a constant that is code: offset at which it is loaded}."""
        found: dict[int, int] = {}
        argument = 0
        data, constants = self._code.co_code, self._code.co_consts
        for offset in range(0, len(data), 2):
            op = data[offset]
            argument = argument << 8 | data[offset + 1]
            if op == _EXTENDED_ARG:
                continue
            if op == _LOAD_CONST and isinstance(constants[argument], CodeType):
                found[argument] = offset
            argument = 0
        return found

    def _span(self, one: Instruction) -> Span | None:
        return self._finder.span(self._places[one.offset // 2])

    def _near(self) -> list[Instruction]:
        """The instructions that may stand in a region, or show one that is a constant which they return."""
        covered, places = self._finder.covered, self._places
        return [
            one
            for one in self._instructions
            for line, end_line, _, _ in (places[one.offset >> 1],)
            if line in covered or (one.op == _RETURN_CONST and line != end_line)
        ]

    def _is_near(self, one: Instruction) -> bool:
        line, end_line, _, _ = self._places[one.offset >> 1]
        return line in self._finder.covered or (one.op == _RETURN_CONST and line != end_line)

    def _regions_of(self, one: Instruction) -> frozenset[Region]:
        found = self._regions.get(one.offset)
        if found is None:
            found = self._found_regions(one, self._span(one)) if self._is_near(one) else frozenset()
            self._regions[one.offset] = found
        return found

    def _found_regions(self, one: Instruction, span: Span | None) -> frozenset[Region]:
        """The regions that an instruction stands in; a test, and its end, can have the place of what follows."""
        if span is None or one.op == _NOT_TAKEN or (one.op in _JUMPS and one.op not in _ALWAYS_GOES):
            return frozenset()
        if one.op in _ALWAYS_GOES:
            # What goes on to the next element has the place of this one, though a condition may have failed before it.
            return frozenset(region for region in self._finder.around(span) if region.kind != "element")
        if one.op in RETURN and _loads_constant(self._code, one):
            constant = self._code.co_consts[self._code.co_code[one.offset + 1]]
            return self._finder.around(span) | self._finder.of_constant(span, constant)
        return self._finder.around(span)

    def bodies(self) -> dict[int, Region]:
        """{id of a code object inside of this one: the region that it is the body of}: so far of lambdas."""
        found: dict[int, Region] = {}
        constants = enumerate(self._code.co_consts)
        lambdas = [(at, code) for at, code in constants if isinstance(code, CodeType) and code.co_name == "<lambda>"]
        loaded = self._loaded() if lambdas else {}
        for index, code in lambdas:
            if index in loaded:
                span = self._span(self._at[loaded[index]])
                body = self._finder.lambda_body(span) if span is not None else None
                if body is not None:
                    found[id(code)] = body
        return found

    def shown(self, hit: int) -> dict[int, frozenset[Region]]:
        """{bit set: regions}, see `Evidence`; only what `hit` probes can show."""
        found: _Found = {}
        near = self._near()
        if near:
            entered = self._line_starts()
            self._walk_all(entered, near, hit, found)
            for line, instructions in self._by_line(near).items():
                bit = self._bit_of_line.get(line, 0)
                if bit & hit and line in entered:
                    found.setdefault(bit, set()).update(self._common(instructions))
        return {bits: frozenset(regions) for bits, regions in found.items() if regions}

    def _walk_all(
        self, entered: Mapping[Line, Sequence[int]], near: Iterable[Instruction], hit: int, found: _Found
    ) -> None:
        """Walk from the entry, from where jumps go on, and from the starts of lines."""
        # What starts there is told by the line itself, so that whoever comes by needn't go on.
        known = {starts[0]: line for line, starts in entered.items() if len(starts) == 1 and line in self._bit_of_line}
        self._walk(0, 1, hit, known.keys(), found)
        bit = 1 << 1 + len(self.key.lines)
        for jump in self.key.jumps:
            for start in jump[1:3]:
                self._walk(start, bit, hit, known.keys(), found)
                bit <<= 1
        for start in self._leading(known, near):
            self._walk(start, self._bit_of_line[known[start]], hit, known.keys(), found)

    def _by_line(self, near: Iterable[Instruction]) -> Mapping[Line, Sequence[Instruction]]:
        """All instructions of the lines that have some near regions."""
        by_line: dict[Line, list[Instruction]] = {one.line: [] for one in near}
        for one in self._instructions:
            if one.line in by_line:
                by_line[one.line].append(one)
        return by_line

    def _leading(self, known: Iterable[int], near: Iterable[Instruction]) -> set[int]:
        """The starts of lines from which control goes straight to something near, or to somewhere else.

        From all others it comes to nothing before the next start.
        """
        starts = sorted(known)
        jumps = [one.offset for one in self._instructions if one.op in _ALWAYS_GOES]
        numbers = {bisect_right(starts, offset) - 1 for offset in (*jumps, *(one.offset for one in near))}
        return {starts[number] for number in numbers if number >= 0}

    def _common(self, instructions: Iterable[Instruction]) -> frozenset[Region]:
        """The regions that all of some instructions stand in."""
        common: frozenset[Region] | None = None
        for one in instructions:
            common = self._regions_of(one) if common is None else common & self._regions_of(one)
            if not common:
                break
        return common or frozenset()

    def _walk(self, start: int, bits: int, hit: int, known: AbstractSet[int], found: _Found) -> None:
        """What runs from an instruction on, under the lines that must be seen for it; up to what is `known` anyway."""
        if bits & ~hit:
            return
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
            regions = self._regions_of(one)
            if regions:
                found.setdefault(bits, set()).update(regions)
            if one.op in RETURN or one.op in RAISE or (one.op in _JUMPS and one.op not in _ALWAYS_GOES):
                return
            offset = one.target if one.op in _ALWAYS_GOES else one.next

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
        targets = [(one.line, self._at.get(one.target)) for one in self._instructions if one.target >= 0]
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
