"""Makes the machines of code objects (machines.py) when they are first called, at no cost to those that need none.

A core finds, from bytecode alone, the few code objects in which ways through a decision may meet
again (`jumps.meetings`: 3 of 100). A look at the text leaves 1 of 200; only their lines are parsed.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # they take milliseconds to load, which most processes never need
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import CodeType

    from minicov_tracer.diagrams import Diagram
    from minicov_tracer.machines import Machines

CERTAIN = -1
"""Stands for the place of a meeting that needs no look at the text."""
_JOINS = ("and", "or", "if", "else")
_OF_NONE = ("is", "not", "None")
"""What may follow x in a test of None, whose end may not be known."""
_BETWEEN = " \t\f\v\r()\\"
"""What may come between an operand and a word that joins it to the next."""
_STACK = 1000
"""Frames that the analysis may need."""


class MachineMaker:
    """Makes machines, once for each code object."""

    def __init__(self, text_of: Callable[[CodeType], str | None]) -> None:
        """`text_of` gives the text that a code object was compiled from, with line feeds only."""
        self._text_of = text_of
        self._made: dict[int, tuple[CodeType, Machines]] = {}  # whose code objects keep their ids
        self._whole: dict[str, list[Diagram]] = {}

    def conditions(self, code: CodeType) -> tuple[tuple[int, int, int, int], ...]:
        """The conditions that have probes of their own, for a code object that a core has asked about."""
        made = self._made[id(code)][1] if id(code) in self._made else None
        return made.conditions if made is not None else ()

    def machines(self, code: CodeType, meetings: Sequence[int]) -> Machines | None:
        """The machines of a code object with these `jumps.meetings`; None for none, or if the text is not what ran."""
        if id(code) not in self._made:
            made = self._make(code, meetings)
            if made is None:
                return None
            self._made[id(code)] = code, made
        return self._made[id(code)][1]

    def forget(self, code: CodeType) -> None:
        """Keep nothing of a code object that a core is about to let go."""
        self._made.pop(id(code), None)

    def encoded(self, code: CodeType, meetings: Sequence[int]) -> bytes:
        """`machines`, as a core in C reads them; empty for none."""
        made = self.machines(code, meetings)
        return made.encode() if made is not None else b""

    def completed(self, code: CodeType, table: str) -> str:
        """The text of a code object's probe table, with the conditions that have probes of their own."""
        conditions = self.conditions(code)
        if not conditions:
            return table
        from minicov_tracer.probe_text import completed

        return completed(table, code.co_firstlineno, conditions)

    def _make(self, code: CodeType, meetings: Sequence[int]) -> Machines | None:
        text = self._text_of(code)
        if text is None:
            return None
        lines = text.split("\n")
        if not any(_is_meeting(code, place, lines) for place in meetings):
            return None
        limit = sys.getrecursionlimit()
        try:
            sys.setrecursionlimit(limit + _STACK)  # the program may be near its end
            from minicov_tracer import jumps, machines

            made = machines.build(jumps.tests(code), self._diagrams(code, text, lines))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None  # edited since it was compiled, or not Python to this interpreter
        finally:
            sys.setrecursionlimit(limit)
        return made if made.machines else None

    def _diagrams(self, code: CodeType, text: str, lines: Sequence[str]) -> list[Diagram]:
        """The diagrams of a definition's own lines, else of the whole text."""
        from minicov_tracer.diagrams import diagrams

        whole = self._whole.get(code.co_filename)
        if whole is None and not code.co_name.startswith("<"):
            try:
                return diagrams(_own_lines(code, lines))
            except SyntaxError:
                pass
        if whole is None:
            whole = self._whole[code.co_filename] = diagrams(text)
        return whole


def _is_meeting(code: CodeType, place: int, lines: Sequence[str]) -> bool:
    """Whether what the instruction at an offset computes goes on with `and` or `or`, or is an arm."""
    if place == CERTAIN:
        return True
    positions = iter(code.co_positions())
    for _ in range(place // 2):
        next(positions)
    _, line, _, column = next(positions)
    if line is None or column is None or line > len(lines):
        return True
    rest = lines[line - 1].encode("utf-8", "surrogatepass")[column:].decode("utf-8", "replace")
    # One after the other: a copy of all lines that follow would cost more than everything else here.
    following = (rest if number < line else lines[number] for number in range(line - 1, len(lines)))
    for word in _words(following):
        if word not in _OF_NONE:
            return word in _JOINS
    return True


def _words(lines: Iterable[str]) -> Iterator[str]:
    """What follows an operand on its lines, brackets and comments left out; "" for what is no word, then no more."""
    # By hand, for the import of `re` would cost each process as much as starting does.
    for text in lines:
        rest = text.lstrip(_BETWEEN)
        while rest and rest[0] != "#":
            word = _word(rest)
            yield word
            if not word:
                return
            rest = rest[len(word) :].lstrip(_BETWEEN)


def _word(text: str) -> str:
    """The word that the text begins with, "" for none."""
    end = 0
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[:end]


def _own_lines(code: CodeType, lines: Sequence[str]) -> str:
    """A definition's lines, each where it is in the text: what is further in than its first, and closing brackets."""
    first = code.co_firstlineno - 1
    indent = _indent(lines[first]) if first < len(lines) else 0
    last = _last_line(code)
    while last < len(lines) and (_indent(lines[last]) > indent or lines[last].lstrip()[:1] in ("", ")", "]", "}")):
        last += 1
    head = "\n" * first if indent == 0 else "\n" * (first - 1) + "if 1:\n"
    return head + "\n".join(lines[first:last]) + "\n"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _last_line(code: CodeType) -> int:
    """The last line that a code object or one inside it has."""
    inner = [_last_line(constant) for constant in code.co_consts if isinstance(constant, type(code))]
    return max([line for _, _, line in code.co_lines() if line] + inner, default=code.co_firstlineno)
