"""Our static analysis against coverage.py's, on programs that nobody would write."""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass, replace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis.strategies import DrawFn

SIMPLE = (
    "a = 1", "b()", "pass", "a = 1; b()", "'''text'''", "'''two\nlines'''", "a = [\nb,\n1,\n]",
    "a = {\n'b': 1,\n**c}", "x: int", "x: int = 1", "x: (\nint\n) = 2", "del a", "import a", "from a import (\nb,\nc)",
    "assert a, (\nb)", "a = lambda: (\nb)", "a = [b for b in c\nif b]", "a = b if c else d", "a = b and \\\nc",
    "a += (\n1)", "...", "1", "f'''{\na\n}'''", "a = not b", "lambda x: x", "# only a comment",
    "a  # pragma: no cover", "# pragma: no cover", "", "a = '# pragma: no cover'", "a = (  # pragma: no cover\nb)",
    "a = {'b': lambda: c}  # pragma: no cover", "global g", "raise E", "raise (\nE)",
)  # fmt: skip
TESTS = (
    "a", "0", "1", "None", "True", "not 0", "__debug__", "__debug__ or a", "0 and 1", "a == 1", "(a and\nb)",
    "a < b < c", "[c for c in d]", "'x'", "TYPE_CHECKING", "typing.TYPE_CHECKING", "not TYPE_CHECKING",
    "(lambda: a)()", "(\n# comment\na)",
)  # fmt: skip
HEADS = (
    "def f()", "async def f()", "def f(\na,\nb)", "def f(\na,  # pragma: no cover\n)", "class C", "class C(\nB)",
    "def f(a=lambda: 1) -> int", "class C(metaclass=lambda *a: a)",
)  # fmt: skip
PATTERNS = ("1", "'a'", "[x, *y]", "(\n1\n| 2\n)", "{'k': v}", "C(a=1)", "None", "1 | 2", "x if x", "_ if a")
LAST_PATTERNS = (*PATTERNS, "_", "x", "_ as y", "1 | _", "(1 | _) as y")
PRAGMAS = ("", "", "", "", "  # pragma: no cover", "  # pragma: no branch", "  # comment")


@dataclass(frozen=True)
class Around:
    """What a statement stands in."""

    depth: int
    function: bool = False
    coroutine: bool = False
    loop: bool = False


def indented(lines: list[str]) -> list[str]:
    """One suite deeper. Strings over several lines change with it, which is no harm."""
    return ["    " + line for line in lines]


@st.composite
def suite(draw: DrawFn, around: Around) -> list[str]:
    """The lines after a colon: on the same line, or indented."""
    if around.depth <= 0 or draw(st.integers(0, 5)) == 0:
        lines = draw(jump_or_simple(around))
        if len(lines) == 1 and lines[0] and not lines[0].startswith("#"):
            return [" " + lines[0]] if draw(st.booleans()) else ["", *indented(lines)]
    body = draw(statements(replace(around, depth=around.depth - 1)))
    return [draw(st.sampled_from(PRAGMAS)), *indented(body)]


@st.composite
def jump_or_simple(draw: DrawFn, around: Around) -> list[str]:
    """A simple statement that is allowed here."""
    choices = [*SIMPLE]
    if around.function:
        choices += ["return", "return (\n1)", "yield", "return a"] * 2
    if around.coroutine:
        choices += ["await a"]
    if around.loop:
        choices += ["break", "continue"] * 4
    return draw(st.sampled_from(choices)).split("\n")


def headed(header: str, lines: list[str]) -> list[str]:
    """A header, which may be over several lines, and its suite."""
    first = f"{header}:{lines[0]}".split("\n")
    return [*first, *lines[1:]]


@st.composite
def branching(draw: DrawFn, around: Around) -> list[str]:
    lines = headed(f"if {draw(st.sampled_from(TESTS))}", draw(suite(around)))
    for _ in range(draw(st.integers(0, 2))):
        lines += headed(f"elif {draw(st.sampled_from(TESTS))}", draw(suite(around)))
    return lines + (headed("else", draw(suite(around))) if draw(st.booleans()) else [])


@st.composite
def looping(draw: DrawFn, around: Around) -> list[str]:
    header = draw(
        st.sampled_from([f"while {test}" for test in TESTS] + ["for i in a", "for i in (\na,\nb)", "for (\ni) in a"])
    )
    if around.coroutine and header.startswith("for") and draw(st.booleans()):
        header = "async " + header
    lines = headed(header, draw(suite(replace(around, loop=True))))
    return lines + (headed("else", draw(suite(around))) if draw(st.booleans()) else [])


@st.composite
def trying(draw: DrawFn, around: Around) -> list[str]:
    lines = headed("try", draw(suite(around)))
    handlers = draw(st.integers(0, 2))
    star = handlers and draw(st.integers(0, 4)) == 0
    inside = replace(around, function=False, loop=False) if star else around
    for _ in range(handlers):
        header = "except* E" if star else draw(st.sampled_from(["except E", "except (\nE,\nF) as e"]))
        lines += headed(header, draw(suite(inside)))
    if handlers and not star and draw(st.integers(0, 3)) == 0:
        lines += headed("except", draw(suite(around)))
    if handlers and draw(st.booleans()):
        lines += headed("else", draw(suite(around)))
    if not handlers or draw(st.booleans()):
        lines += headed("finally", draw(suite(around)))
    return lines


@st.composite
def managing(draw: DrawFn, around: Around) -> list[str]:
    header = draw(st.sampled_from(["with a", "with a as b, c", "with (\na as x,\nb as y,\n)", "with [\na][0]"]))
    if around.coroutine and draw(st.booleans()):
        header = "async " + header
    return headed(header, draw(suite(around)))


@st.composite
def matching(draw: DrawFn, around: Around) -> list[str]:
    lines = []
    patterns = [*draw(st.lists(st.sampled_from(PATTERNS), max_size=2)), draw(st.sampled_from(LAST_PATTERNS))]
    for pattern in patterns:
        lines += headed(f"case {pattern}", draw(suite(around)))
    return ["match a:" + draw(st.sampled_from(PRAGMAS)), *indented(lines)]


@st.composite
def defining(draw: DrawFn, around: Around) -> list[str]:
    lines: list[str] = []
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        lines += draw(st.sampled_from(["@d", "@d(\n1,\n)", "@(\nd\n)", "@d  # pragma: no cover", "@[d][0]"])).split(
            "\n"
        )
    header = draw(st.sampled_from(HEADS))
    is_class = header.startswith("class")
    inner = Around(around.depth, function=not is_class, coroutine=header.startswith("async"))
    body = draw(suite(inner))
    if len(body) > 1 and draw(st.integers(0, 3)) == 0:
        body[1:1] = draw(st.sampled_from([["    '''docstring'''"], ["    '''long", "    docstring'''"]]))
    return lines + headed(header, body)


@st.composite
def statements(draw: DrawFn, around: Around) -> list[str]:
    """One or more statements as lines."""
    lines: list[str] = []
    compound = (branching, looping, trying, managing, matching, defining)
    for _ in range(draw(st.integers(1, 3))):
        if around.depth <= 0 or draw(st.integers(0, 2)) == 0:
            lines += draw(jump_or_simple(around))
        else:
            lines += draw(draw(st.sampled_from(compound))(around))
    if not any(line and not line.startswith("#") for line in lines):
        lines.append("pass")
    return lines


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(
    max_examples=int(os.environ.get("MINICOV_EXAMPLES", "100")), deadline=None, suppress_health_check=list(HealthCheck)
)
@example(lines=["@(", "d", ")", "def f():  # pragma: no cover", "    '''docstring'''", "    a = 1"])
@given(lines=statements(Around(depth=4)))
def test_agrees_with_coverage(lines: list[str], differences: Any) -> None:
    """Statements, exclusions, arcs, branches and regions of any program are coverage.py's."""
    text = "\n".join(lines) + "\n"
    try:
        ast.parse(text)
        compile(text, "<generated>", "exec", dont_inherit=True)
    except SyntaxError:
        assume(False)
    assert differences(text) == {}, text
