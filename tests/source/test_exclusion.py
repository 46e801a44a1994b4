"""What is excluded, and what isn't (docs/parity.md, rules 30 to 36)."""

from __future__ import annotations

import inspect
import re
import textwrap
import time
from typing import Any

import pytest

from minicov_lsp.errors import SourceError
from minicov_lsp.source import exclusion
from minicov_lsp.source.exclusion import ExclusionRules, matching_lines
from minicov_lsp.source.parser import parse

# Lines that end in "#!" are those excluded.
TEXTS = {
    "a comment's spellings": """\
        a = 1  # pragma: no cover #!
        b = 2  #PRAGMA:NO COVER #!
        c = 3  # pragma no cover #!
        d = 4  # pragma: nocover #!
        e = 5  # no cover
        f = 6  # Pragma: No Cover
        """,
    "a suite ends with its indentation": """\
        if a:  # pragma: no cover #!
            b = 2 #!
            if c: #!
                d = 4 #!
            e = 5 #!
        elif f:
            g = 7
        else:
            h = 9
        """,
    "clauses are apart": """\
        try:  # pragma: no cover #!
            a = 2 #!
        except E:
            b = 4
        else:  # pragma: no cover #!
            c = 6 #!
        finally:  # pragma: no cover #!
            d = 8 #!
        e = 9
        """,
    "loops": """\
        for i in (  # pragma: no cover #!
            1, 2
        ):
            a = 4 #!
        else:
            b = 6
        while (
            a  # pragma: no cover
        ): #!
            c = 10 #!
        """,
    "a lambda's or annotation's colon opens nothing": """\
        a = lambda: 1  # pragma: no cover #!
        b: int = 2  # pragma: no cover #!
        c = d[1:2]  # pragma: no cover #!
        e = 4
        """,
    "one line": """\
        if a: b = 1  # pragma: no cover #!
        else: c = 2
        """,
    "a comment inside a suite": """\
        if a:
            # pragma: no cover #!
            b = 3
        """,
    "cases": """\
        match a:
            case 1:  # pragma: no cover #!
                b = 3 #!
            case 2:
                c = 5  # pragma: no cover #!
            case _: #!
                d = 7  # pragma: no cover #!
        """,
    "a guard refutes": """\
        match a:
            case _ if b:
                d = 3  # pragma: no cover #!
            case x if c:
                e = 5  # pragma: no cover #!
        """,
    "type checking": """\
        if TYPE_CHECKING: #!
            import a #!
        if typing.TYPE_CHECKING: #!
            import b #!
        else:
            import c
        if t.TYPE_CHECKING:
            import d
        if not TYPE_CHECKING:
            import e
        if TYPE_CHECKING and f:
            import g
        """,
    "bodies of dots": """\
        class P:
            def a(self): ... #!
            def b(self) -> int: ...  # comment #!
            async def c(self): #!
                ... #!
            def d(self): return ...
            x = ...
            def e(self):
                y = 1
                ... #!
        z = 1
        """,
    "semicolons": "a = 1; b = 2  # pragma: no cover #!\nc = 3\n",
}


def numbered(text: str) -> tuple[str, set[int]]:
    """A text without its marks, and the lines that had one."""
    lines = textwrap.dedent(text).splitlines()
    marked = {number for number, line in enumerate(lines, 1) if line.endswith("#!")}
    return "".join(line.removesuffix("#!").rstrip() + "\n" for line in lines), marked


@pytest.mark.parametrize("name", TEXTS)
def test_excluded(name: str, differences: Any) -> None:
    """The marked lines, by first line, are excluded, and coverage.py agrees."""
    text, marked = numbered(TEXTS[name])
    source = parse(text)
    assert source.excluded == {source.first_line(line) for line in marked}
    assert differences(text) == {}


@pytest.mark.parametrize(
    "header",
    [
        "@d  # pragma: no cover\n@e\ndef f():",
        "@d\n@e  # pragma: no cover\nasync def f():",
        "@d(\n    1,  # pragma: no cover\n)\nclass C:",
        "def f(\n    a,  # pragma: no cover\n):",
        "def f(\n    a,\n):  # pragma: no cover",
        "class C(  # pragma: no cover\n    B\n):",
    ],
)
def test_definition_by_its_head(header: str, differences: Any) -> None:
    """A match on any decorator or line of the signature excludes the whole definition, every physical line of it."""
    text = f"a = 1\n{header}\n    b = [\n        2,\n    ]\n    def g():\n        return 3\nc = 4\n"
    source = parse(text)
    assert source.statements == {1, text.count("\n")}
    assert source.excluded >= {source.first_line(line) for line in range(2, text.count("\n"))}
    assert differences(text) == {}


def test_match_over_several_lines() -> None:
    """A pattern may span lines; every line that it touches is excluded."""
    rules = ExclusionRules(exclude=(r"begin\n(?:.*\n)*?.*end",))
    assert parse("a = 1\n# begin\nb = 3\n\n# end\nc = 6\n", rules).excluded == {2, 3, 4, 5}


def test_patterns_compete() -> None:
    """What one pattern has consumed another can't begin in: they are alternatives of one expression."""
    assert matching_lines(["a\nb", "b\nc"], "a\nb\nc\n") == {1, 2}
    assert matching_lines(["b\nc"], "a\nb\nc\n") == {2, 3}


def test_one_pattern_may_begin_with_a_flag() -> None:
    """A single pattern is taken as it is, with a global flag in front."""
    assert matching_lines(["(?i)SKIP"], "a\nb  # skip\n") == {2}


def test_no_patterns() -> None:
    """Without patterns nothing is excluded and everything can be partial."""
    rules = ExclusionRules(exclude=(), partial=(), partial_always=())
    source = parse("if True:  # pragma: no cover\n    ...\nif a:  # pragma: no branch\n    b = 4\n", rules)
    assert source.excluded == frozenset()
    assert [branch.partial_ok for branch in source.branches] == [False]


def test_excluded_destination_is_no_branch() -> None:
    """A way to an excluded line is not counted; a line that then has one way left is no branch."""
    source = parse("if a:\n    b = 2  # pragma: no cover\nc = 3\nif d:\n    e = 5\nf = 6\n")
    assert [(branch.line, branch.destinations) for branch in source.branches] == [(4, (5, 6))]
    assert (1, 2) in source.arcs


@pytest.mark.parametrize(
    ("text", "partial_ok"),
    [
        ("while True:\n    if a:\n        break\nelse:\n    b = 5\nc = 6\n", True),
        ("if (a  # pragma: no branch\n        and b):\n    c = 3\nd = 4\n", True),
        ("if a:  # while True:\n    b = 2\nc = 3\n", False),
        ("if a == 'if True:':\n    b = 2\nc = 3\n", False),
    ],
)
def test_no_branch(text: str, partial_ok: bool, differences: Any) -> None:
    """A pragma anywhere in the statement, or a constant test at its start, excuses its branches; a string doesn't."""
    assert parse(text).branches[0].partial_ok is partial_ok
    assert differences(text) == {}


@pytest.mark.parametrize(
    ("patterns", "slow"),
    [(["(x+x+)+y"], "(x+x+)+y"), (["raise .*", r"^(\w|\w\w)+$(?<!x)", "# no"], r"^(\w|\w\w)+$(?<!x)")],
)
def test_slow_pattern_is_stopped_and_named(patterns, slow, monkeypatch):
    """A pattern that would take forever ends in a message with the file and the pattern, after a bounded time."""
    monkeypatch.setattr(exclusion, "MOST_SECONDS", 0.2)
    text = "x" * 5_000 + "\n"
    started = time.monotonic()
    with pytest.raises(SourceError, match=re.escape(repr(slow))) as raised:
        parse(text, ExclusionRules(exclude=tuple(patterns)), path="pkg/long.py")
    assert str(raised.value).startswith("pkg/long.py: the exclusion pattern ")
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    "patterns",
    [
        [r"def .*\(.*\):\s*$"],
        [r"^\s*if .*:\n\s+raise\b.*$", r"(?:return|pass)\s*#.*"],
        [r"(?i)Self\.\w+ *= *\w+"],
        [r"[^#\n]*$", r"\s+else\s*:"],
    ],
)
def test_bounded_matches_are_those_of_re(patterns):
    """What is matched within a bound of time is what `re` matches, in whole files and over line ends."""
    text = inspect.getsource(inspect) + inspect.getsource(textwrap)
    expression = exclusion._joined(tuple(patterns))
    assert expression is not None
    found = [match.span() for match in exclusion.bounded(expression, patterns, text)]
    assert found == [match.span() for match in expression.finditer(text)]
    assert found
