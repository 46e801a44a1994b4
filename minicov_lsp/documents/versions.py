"""Facts about one text of a file, said of another text of it.

What ran of an older version still holds for every statement that has not
changed since, so that a run of one test after an edit forgets nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from minicov_lsp.documents.line_map import LineMap
from minicov_lsp.model import Arc, CodeFacts, FileFacts, Line, SourceModel


def unchanged_lines(
    old: SourceModel, new_lines: Sequence[str], line_map: LineMap, new: SourceModel | None = None
) -> dict[Line, Line]:
    """{old line: where it is now} for all lines of statements of which no line was changed, added or taken away.

    Blank lines may come and go. With the model of the new text, lines that have
    become part of another statement that is new (a string opened above them) are
    left out too.
    """
    kept = {line: to for line, to in enumerate(line_map.to_new) if to}
    for first, last in old.last_lines.items():
        if first != last and not _is_whole(old.lines, new_lines, line_map, first, last):
            for line in range(first, last + 1):
                kept.pop(line, None)
    if new is not None:
        for first, last in new.last_lines.items():
            if first != last:
                _drop_unless_whole(kept, new_lines, line_map, first, last)
    return kept


def _is_whole(old_lines: Sequence[str], new_lines: Sequence[str], line_map: LineMap, first: Line, last: Line) -> bool:
    """Whether the old lines from first to last still stand together, with nothing but blank lines gone or new."""
    images = line_map.to_new[first : last + 1]
    if images[0] and images == tuple(range(images[0], images[0] + len(images))):
        return True
    if not all(image or not old_lines[line - 1].strip() for line, image in enumerate(images, start=first)):
        return False
    there = [image for image in images if image]
    return all(line_map.old_line(n) or not new_lines[n - 1].strip() for n in range(there[0], there[-1] + 1))


def _drop_unless_whole(
    kept: dict[Line, Line], new_lines: Sequence[str], line_map: LineMap, first: Line, last: Line
) -> None:
    """Take the lines of a new statement out of `kept` if any line of it is new."""
    origins = line_map.to_old[first : last + 1]
    if any(not origin and new_lines[n - 1].strip() for n, origin in enumerate(origins, start=first)):
        for origin in origins:
            kept.pop(origin, None)


def move_facts(facts: FileFacts, kept: Mapping[Line, Line], target: FileFacts) -> FileFacts:
    """What ran of one version, in the lines of another; what ran of lines that are not kept is left out."""
    counts = {kept[line]: count for line, count in facts.counts.items() if line in kept}
    return FileFacts(target.path, target.digest, target.text, tuple(_moved_codes(facts.codes, kept)), counts)


def _moved_codes(codes: Iterable[CodeFacts], kept: Mapping[Line, Line]) -> Iterable[CodeFacts]:
    for code in codes:
        hits: dict[tuple[frozenset[Line], frozenset[Arc]], frozenset[str]] = {}
        for (lines, arcs), labels in code.hits.items():
            there = frozenset(kept[line] for line in lines if line in kept)
            ways = frozenset(moved for arc in arcs if (moved := _moved_arc(arc, kept)) is not None)
            if there or ways:
                hits[there, ways] = hits.get((there, ways), frozenset()) | labels
        if hits:
            probed = frozenset(kept[line] for line in code.probed_lines if line in kept)
            first = kept.get(code.first_line, code.first_line)
            yield CodeFacts(code.name, first, code.python, probed, hits, probes=_calls(code))


def _calls(code: CodeFacts) -> dict[int, frozenset[str]]:
    """The calls among the hit probes: what is numbered after the lines means nothing in another text."""
    labels = [labels for bits, labels in code.probes.items() if bits & 1]
    return {1: frozenset().union(*labels)} if labels else {}


def _moved_arc(arc: Arc, kept: Mapping[Line, Line]) -> Arc | None:
    start, end = _moved_end(arc[0], kept), _moved_end(arc[1], kept)
    return None if start is None or end is None else (start, end)


def _moved_end(line: int, kept: Mapping[Line, Line]) -> int | None:
    """An end of an arc; the module's own entry and exit, -1, are where they were even if line 1 is another."""
    if line > 0:
        return kept.get(line)
    return -kept[-line] if -line in kept else (-1 if line == -1 else None)


_LINE_TOLD = re.compile(r"(?<=\bline )\d+")


def lines_told(text: str) -> list[Line]:
    """The line numbers in a message."""
    return [int(number) for number in _LINE_TOLD.findall(text)]


def move_text(text: str, line_map: LineMap) -> str:
    """A message with its line numbers as they are now: "the condition on line 12 was never true"."""
    return _LINE_TOLD.sub(lambda found: str(line_map.nearest_new(int(found[0]))), text)
