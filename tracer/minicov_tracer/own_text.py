"""Which lines of a file are one code object's own, so that an edit elsewhere leaves what is known of it valid.

A code object's extent goes from its first line (a decorator's) to the last line
of any of its instructions. Its own lines are those, without the lines that only
code objects inside it run:

    1  def outer(x):            outer
    2      @cached              outer, inner
    3      def inner(y):        outer, inner
    4          return y         inner
    5      return inner(x)      outer

Two code objects of one name whose own lines have the same text are the same code:
the lines of one are those of the other, in order.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from itertools import accumulate
from operator import itemgetter
from types import CodeType

from minicov_tracer.cores import is_free_threaded
from minicov_tracer.digests import blake2b
from minicov_tracer.number_lists import packed, unpacked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Runs = tuple[tuple[int, int], ...]
"""Ranges of lines, both ends inclusive, ascending, apart from each other."""

_END = itemgetter(1)
"""Where a position ends, for `map`: there is one for each code unit."""


def last_own_line(code: CodeType) -> int:
    """The last line that any instruction of a code object reaches to, 0 where none has a line."""
    return max(filter(None, map(_END, code.co_positions())), default=0)


def _fastest() -> Callable[[CodeType], int]:
    """`last_own_line` in C, which makes no objects of positions; not on a free-threaded Python: its ABI is another."""
    if is_free_threaded():
        return last_own_line
    try:
        if sys.version_info >= (3, 12):
            from minicov_tracer import _monitoring as native
        else:
            from minicov_tracer import _settrace as native
    except ImportError:
        return last_own_line
    return native.last_own_line


_last_own_line = _fastest()


def own_lines(code: CodeType) -> Runs:
    """The lines of a code object that are its own; the interpreter's word for it, nothing is parsed."""
    inside = [(found.co_firstlineno, _last_line(found)) for found in _inner(code)]
    first = code.co_firstlineno
    last = max([first, _last_own_line(code), *(end for _, end in inside)])
    if not inside:
        return ((first, last),)
    run = sorted({line for _, _, line in code.co_lines() if line})
    return tuple(_without(first, last, (gap for extent in inside for gap in _gaps(extent, run))))


def own_digest(lines: Sequence[str], own: Runs) -> bytes:
    """BLAKE2b-64 of the text of own lines; `lines` are the file's, without their ends."""
    state = blake2b(digest_size=8)
    for first, last in own:
        state.update("\n".join(lines[max(first, 1) - 1 : last]).encode("utf-8", "surrogatepass"))
        state.update(b"\n")
    return state.digest()


def encode(own: Iterable[tuple[int, int]], first_line: int) -> str:
    """Own lines as the `code.own_lines` column holds them: each end less the one before, the first less first_line."""
    told: list[int] = []
    at = first_line
    for first, last in own:
        told += (first - at, last - first)
        at = last
    return packed(told)


def decode(text: str, first_line: int) -> Runs:
    """The own lines that such a text tells. Raises ValueError or TypeError where it is none."""
    ends = list(accumulate(unpacked(text), initial=first_line))[1:]
    return tuple(zip(ends[::2], ends[1::2], strict=True))


def moved(line: int, old: Runs, new: Runs) -> int:
    """Where a line of one code object is in another that has the same own text; 0 if it is no own line."""
    before = 0
    for first, last in old:
        if first <= line <= last:
            return _nth(before + line - first, new)
        before += last - first + 1
    return 0


def _nth(number: int, own: Runs) -> int:
    """The own line of that number, from 0; 0 if there are fewer."""
    for first, last in own:
        if number <= last - first:
            return first + number
        number -= last - first + 1
    return 0


def _inner(code: CodeType) -> Iterator[CodeType]:
    return (found for found in code.co_consts if isinstance(found, CodeType))


def _last_line(code: CodeType) -> int:
    return max([code.co_firstlineno, _last_own_line(code), *(_last_line(found) for found in _inner(code))])


def _gaps(extent: tuple[int, int], run: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The parts of an inner extent that the outer code object does not run; `run` is sorted."""
    at, last = extent
    for line in run[bisect_left(run, at) : bisect_right(run, last)]:
        if at < line:
            yield at, line - 1
        at = line + 1
    if at <= last:
        yield at, last


def _without(first: int, last: int, gaps: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The range without gaps in it, in whatever order they come; line numbers may be huge, so none is counted out."""
    at = first
    for start, end in sorted(gaps):
        if at < start:
            yield at, min(start - 1, last)
        at = max(at, end + 1)
    if at <= last:
        yield at, last
