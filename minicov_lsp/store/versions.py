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

from minicov_lsp.model import Arc, CodeFacts, FileFacts, Line
from minicov_lsp.store.kept_versions import Version
from minicov_lsp.store.rows import StoredCode
from minicov_tracer import sources
from minicov_tracer.jumps import Span, Test, read_span
from minicov_tracer.own_text import Runs, moved, own_digest, own_lines

Identity = tuple[str, bytes]
"""A code object's qualified name and own digest."""
Identify = Callable[[str], Mapping[Identity, tuple[int, Runs]]]
"""What `identities` is."""


def facts_of_text(path: str, versions: Iterable[Version], text: str, identify: Identify | None = None) -> FileFacts:
    """All that ran of this text, in its lines; versions whose text is unknown count as being this one.

    `identify` is asked for the text's identities, unless it is `identities` itself. Raises ValueError or TypeError
    where a row is not what it should be.
    """
    text = sources.normalize(text)
    digest = sources.digest(text)
    codes: list[CodeFacts] = []
    counts: Counter[Line] = Counter()
    others: list[StoredCode] = []
    for version in versions:
        if version.facts.digest in ("", digest):
            codes += version.facts.codes
            counts.update(version.facts.counts)
        else:
            others += version.codes
    if others:
        there = (identify or identities)(text)
        for code in others:
            place = there.get((code.facts.name, code.own_digest))
            if place is not None:
                codes.append(_moved(code, *place))
    return FileFacts(path, digest, text, tuple(codes), counts)


def identities(text: str) -> Mapping[Identity, tuple[int, Runs]]:
    """{identity: (first line, own lines)} of the code objects of a normalized text; none where it can't be compiled.

    Nothing is run. Identities that two of them share are left out.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            module = compile(text, "<text>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return {}
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
    near = _moved_span(test.near, was, own) if test.near is not None else None
    return Test(test.kind, _moved_span(test.span, was, own), near)


def _moved_span(span: Span, was: Runs, own: Runs) -> Span:
    """Where what is tested stands now; of zeros, which stand for no place, zeros."""
    line, column, end_line, end_column = span
    there = moved(line, was, own)
    return there, column, moved(end_line, was, own) or there + end_line - line, end_column
