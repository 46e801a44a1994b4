"""What coverage.py says of a text, and how ours differs; what real functions do when they run."""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from coverage.misc import join_regex
from coverage.parser import PythonParser
from coverage.regions import code_regions

from minicov_lsp.model import SourceModel
from minicov_lsp.source import syntax, trees
from minicov_lsp.source.exclusion import DEFAULT_EXCLUDE, DEFAULT_PARTIAL, DEFAULT_PARTIAL_ALWAYS
from minicov_lsp.source.parser import parse
from minicov_lsp.source.trees import Tree


class CoverageFailsError(Exception):
    """coverage.py has no answer: an assertion of its own fails."""


Differences = Callable[..., dict[str, tuple[Any, Any]]]


def theirs(text: str) -> dict[str, Any]:
    """All that coverage.py's static analysis says of a text as it reads it from a file."""
    parser = PythonParser(text=text, filename="<text>", exclude=join_regex(DEFAULT_EXCLUDE))
    parser.parse_source()
    try:
        arcs = parser.arcs()
    except AssertionError as error:
        raise CoverageFailsError from error
    counts = {line: count for line, count in parser.exit_counts().items() if count > 1}
    never_partial = parser.lines_matching(join_regex([*DEFAULT_PARTIAL, *DEFAULT_PARTIAL_ALWAYS]))
    return {
        "statements": parser.statements,
        "excluded": parser.excluded,
        "first lines": parser.multiline_map,
        "arcs": arcs,
        "branches": counts,
        "never partial": counts.keys() & never_partial,
        "jumps out of with": parser._with_jump_fixers,
        "own lines": sorted((found.kind, found.name, found.start, sorted(found.lines)) for found in code_regions(text)),
    }


def ours(source: SourceModel) -> dict[str, Any]:
    """The same of our analysis."""
    return {
        "statements": source.statements,
        "excluded": source.excluded,
        "first lines": source.first_lines,
        "arcs": source.arcs,
        "branches": {branch.line: len(branch.destinations) for branch in source.branches},
        "never partial": {branch.line for branch in source.branches if branch.partial_ok},
        "jumps out of with": source.with_jumps,
        "own lines": sorted(
            (found.kind, found.name, found.line, [n for a, b in found.own_lines for n in range(a, b + 1)])
            for found in source.definitions
        ),
    }


@pytest.fixture(params=["c", "python"])
def walks_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Tree]]:
    """Who reads trees and goes over them, each kind; all that reads a text uses it."""
    if request.param == "python":
        monkeypatch.setattr(trees, "IN_C", None)
    elif trees.IN_C is None:
        pytest.skip("the walks in C were not built")
    syntax._read.forget()  # what was read by the other
    yield trees.read
    syntax._read.forget()


@pytest.fixture(scope="session")
def differences() -> Differences:
    """{what differs: (coverage.py's, ours)} for a text, given as coverage.py reads it where that is another.

    Nothing differs where coverage.py fails.
    """

    def compare(text: str, as_coverage_reads: str | None = None) -> dict[str, tuple[Any, Any]]:
        found = ours(parse(text))
        try:
            expected = theirs(text if as_coverage_reads is None else as_coverage_reads)
        except CoverageFailsError:
            return {}
        return {name: (expected[name], found[name]) for name in expected if expected[name] != found[name]}

    return compare


@dataclass
class Call:
    """One call of a code object that is no generator or coroutine, which would come in pieces."""

    code: CodeType
    lines: list[int] = field(default_factory=list)
    """As they ran."""
    raised: bool = False
    """Whether anything raised in it, caught or not."""


def _code_objects(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_objects(constant)


def _use_json() -> None:
    encoder, decoder = importlib.import_module("json.encoder"), importlib.import_module("json.decoder")
    value = {"a": [1, 2.5, None, True, {"b": "ü"}], "c": {}, "d": [], "e": "x\n"}
    made = encoder.JSONEncoder(indent=2, sort_keys=True)
    made.encode(value)
    with contextlib.suppress(TypeError):
        made.encode({1: object()})
    for text in (json.dumps(value), "[1, 2", "nope", "", '{"a" 1}', "[1] 2"):
        with contextlib.suppress(ValueError):
            decoder.JSONDecoder(object_hook=dict).decode(text)


def _use_textwrap() -> None:
    text = "  Some words, a-hyphenated-word and averyveryverylongword.  And more.\n\n\tTabs."
    every_option: tuple[dict[str, Any], ...] = (
        {},
        {"break_long_words": False},
        {"drop_whitespace": False},
        {"max_lines": 2},
    )
    for width in (5, 10, 40):
        for options in every_option:
            with contextlib.suppress(ValueError):
                textwrap.wrap(text, width, **options)
    textwrap.dedent(text)
    textwrap.indent(text, "> ")


def _use_heapq() -> None:
    heapq = importlib.import_module("heapq")
    heap = [5, 3, 8, 1]
    heapq.nsmallest(2, heap, key=abs)
    heapq.nsmallest(1, heap)
    heapq.nlargest(9, heap)
    heapq.nlargest(2, heap)


_USES: dict[str, Callable[[], None]] = {
    "json.encoder": _use_json,
    "json.decoder": _use_json,
    "textwrap": _use_textwrap,
    "heapq": _use_heapq,
}


@pytest.fixture
def calls_of() -> Callable[[str], list[Call]]:
    """All calls of a module's functions while it is used."""

    def run(name: str) -> list[Call]:
        path = Path(str(importlib.import_module(name).__file__))
        codes = set(_code_objects(compile(path.read_bytes(), str(path), "exec", dont_inherit=True)))
        calls: list[Call] = []

        def on_call(frame: FrameType, _event: str, _arg: Any) -> Any:
            if frame.f_code not in codes or frame.f_code.co_flags & 0x2A0:
                return None
            call = Call(frame.f_code)
            calls.append(call)

            def on_event(frame: FrameType, event: str, _arg: Any) -> Any:
                if event == "line":
                    call.lines.append(frame.f_lineno)
                call.raised = call.raised or event == "exception"
                return on_event

            return on_event

        before = sys.gettrace()
        sys.settrace(on_call)
        try:
            _USES[name]()
        finally:
            sys.settrace(before)
        return calls

    return run
