"""What ran of a text, in whichever version of its file it ran.

A code object is the same in two texts of a file where it has the same qualified
name and the same own text (own_text.py): what is known of it then holds, on the
lines where it stands now. Where two code objects of the text can't be told apart
so, nothing is taken over for them.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import CodeType
from typing import NamedTuple

from minicov_lsp.model import Arc, CodeFacts, FileFacts, Line
from minicov_lsp.store.kept_versions import KEPT_PATHS, Version
from minicov_lsp.store.rows import StoredCode
from minicov_tracer import sources
from minicov_tracer.jumps import Span, Test, read_span
from minicov_tracer.own_text import Runs, moved, own_digest, own_lines

Identity = tuple[str, bytes]
"""A code object's qualified name and own digest."""
Identities = Mapping[Identity, tuple[int, Runs]]
"""{identity: (first line, own lines)}."""
Identify = Callable[[str], Identities]
"""What `identities` is."""


class TextFacts:
    """Tells what ran of texts; of those asked about last only what versions that changed bring is worked out again."""

    def __init__(self) -> None:
        self._kept: dict[str, _Moved] = {}

    def of(self, path: str, versions: Iterable[Version], text: str, identify: Identify | None = None) -> FileFacts:
        """All that ran of this text, in its lines; versions whose text is unknown count as being this one.

        `identify` is asked for the text's identities, unless it is `identities` itself. Raises ValueError or TypeError
        where a row is not what it should be.
        """
        text = sources.normalize(text)
        digest = sources.digest(text)
        codes: list[CodeFacts] = []
        counts: Counter[Line] = Counter()
        others: list[Version] = []
        for version in versions:
            if version.facts.digest in ("", digest):
                codes += version.facts.codes
                counts.update(version.facts.counts)
            else:
                others.append(version)
        codes += self._moved(path, others, digest, lambda: (identify or identities)(text))
        return FileFacts(path, digest, text, tuple(codes), counts)

    def _moved(
        self, path: str, others: Iterable[Version], digest: str, identities_there: Callable[[], Identities]
    ) -> Iterator[CodeFacts]:
        """What other versions showed of code objects that stand in the text, where they stand there."""
        before = self._kept.pop(path, None)
        known = before.codes if before is not None and before.digest == digest else {}
        there: Identities | None = None
        found: dict[int, tuple[Version, tuple[CodeFacts, ...]]] = {}
        for version in others:
            kept = known.get(id(version))
            if kept is None:
                there = identities_there() if there is None else there
                kept = version, tuple(_moved_codes(version, there))
            found[id(version)] = kept
            yield from kept[1]
        self._kept[path] = _Moved(digest, found)
        if len(self._kept) > KEPT_PATHS:
            del self._kept[next(iter(self._kept))]


class _Moved(NamedTuple):
    """What other versions showed of a text."""

    digest: str
    """Of the text."""
    codes: dict[int, tuple[Version, tuple[CodeFacts, ...]]]
    """{id of a version: that version, which the id stays one of, and its code objects}."""


def _moved_codes(version: Version, there: Identities) -> Iterator[CodeFacts]:
    for code in version.codes:
        place = there.get((code.facts.name, code.own_digest))
        if place is not None:
            yield _moved(code, *place)


def identities(text: str) -> Identities:
    """{identity: (first line, own lines)} of the code objects of a normalized text; none where it can't be compiled.

    Nothing is run. Identities that two of them share are left out.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            module = compile(text, "<text>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return {}
    return identities_of(module, text)


def identities_of(module: CodeType, text: str) -> Identities:
    """The same of a text that was compiled already."""
    lines = text.split("\n")
    found: dict[Identity, tuple[int, Runs]] = {}
    ambiguous = set()
    for code in _code_objects(module):
        own = own_lines(code)
        identity = (code.co_qualname, own_digest(lines, own))
        if identity in found:
            ambiguous.add(identity)
        found[identity] = (code.co_firstlineno, own)
    return {identity: place for identity, place in found.items() if identity not in ambiguous}


def _code_objects(code: CodeType) -> Iterator[CodeType]:
    pending = [code]
    while pending:
        code = pending.pop()
        yield code
        pending += [found for found in code.co_consts if isinstance(found, CodeType)]


def _moved(code: StoredCode, first_line: int, own: Runs) -> CodeFacts:
    """What ran of a code object, on the lines where it stands now."""
    facts, was = code.facts, code.runs
    lines = {line: moved(line, was, own) for line in facts.probed_lines}
    ends = {**lines, -facts.first_line: -first_line}

    def arc_there(arc: Arc) -> Arc:
        return ends.get(arc[0], 0), ends.get(arc[1], 0)

    hits: dict[tuple[frozenset[int], frozenset[Arc]], frozenset[str]] = {}
    for (ran, arcs), labels in facts.hits.items():
        there = (
            frozenset(lines[line] for line in ran if line in lines),
            frozenset(found for found in map(arc_there, arcs) if 0 not in found),
        )
        hits[there] = hits.get(there, frozenset()) | labels
    return replace(
        facts,
        first_line=first_line,
        probed_lines=frozenset(lines.values()),
        hits=hits,
        jumps=tuple((*jump[:3], *_moved_span(read_span(jump[3:]), was, own)) for jump in facts.jumps),
        tests=tuple(_moved_test(test, was, own) for test in facts.tests),
        conditions=tuple(_moved_span(span, was, own) for span in facts.conditions),
    )


def _moved_test(test: Test, was: Runs, own: Runs) -> Test:
    def there(span: Span | None) -> Span | None:
        return _moved_span(span, was, own) if span is not None else None

    return test._replace(span=_moved_span(test.span, was, own), near=there(test.near), around=there(test.around))


def _moved_span(span: Span, was: Runs, own: Runs) -> Span:
    """Where what is tested stands now; of zeros, which stand for no place, zeros."""
    line, column, end_line, end_column = span
    there = moved(line, was, own)
    return there, column, moved(end_line, was, own) or there + end_line - line, end_column
