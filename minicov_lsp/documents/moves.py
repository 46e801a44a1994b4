"""Functions and classes that stand elsewhere as they ran: what a line diff, which keeps the order, can't match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from minicov_lsp.documents.line_map import LineMap
from minicov_lsp.model import Definition


def with_moved(
    line_map: LineMap,
    old_lines: Sequence[str],
    old: Iterable[Definition],
    new_lines: Sequence[str],
    new: Iterable[Definition],
) -> LineMap:
    """A map in which definitions of one name and one text are matched as a whole, wherever they are.

    A name that several definitions have tells none of them apart. Where nothing was moved it is the same map.
    """
    there = _by_name(new)
    moved = [
        (was, there[name])
        for name, was in _by_name(old).items()
        if name in there
        and not _stands(line_map, was, there[name])
        and _is_same(old_lines, was, new_lines, there[name])
    ]
    if not moved:
        return line_map
    to_new, to_old = list(line_map.to_new), list(line_map.to_old)
    for was, now in moved:
        _clear(to_new, to_old, was.first_line, was.end_line)
        _clear(to_old, to_new, now.first_line, now.end_line)
        for line, place in zip(_lines(was), _lines(now), strict=True):
            to_new[line], to_old[place] = place, line
    return LineMap(tuple(to_new), tuple(to_old))


def _by_name(definitions: Iterable[Definition]) -> dict[str, Definition]:
    """{qualified name: the only definition that has it}, outer before inner."""
    known = tuple(definitions)
    count = Counter(each.name for each in known)
    return {each.name: each for each in known if count[each.name] == 1}


def _lines(definition: Definition) -> range:
    return range(definition.first_line, definition.end_line + 1)


def _stands(line_map: LineMap, was: Definition, now: Definition) -> bool:
    """Whether all lines of a definition are matched where they should be."""
    lines = _lines(was)
    start = now.first_line
    return line_map.to_new[lines.start : lines.stop] == tuple(range(start, start + len(lines)))


def _is_same(old_lines: Sequence[str], was: Definition, new_lines: Sequence[str], now: Definition) -> bool:
    return old_lines[was.first_line - 1 : was.end_line] == new_lines[now.first_line - 1 : now.end_line]


def _clear(one: list[int], other: list[int], first: int, last: int) -> None:
    """Forget the matches of some lines, on both sides."""
    for line in range(first, last + 1):
        if one[line]:
            other[one[line]] = 0
            one[line] = 0
