"""The vectors of docs/parity.md, and what becomes of texts that are not Python."""

from __future__ import annotations

import hashlib
import sys
import tomllib
import warnings
from pathlib import Path
from typing import Any

import pytest

from minicov_lsp.errors import ConfigError, SourceError
from minicov_lsp.source.exclusion import ExclusionRules, partial_lines
from minicov_lsp.source.parser import parse

VECTORS: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("vectors.toml").read_text("utf-8"))


def vectors() -> list[Any]:
    """One parameter for each vector that is for this Python."""
    return [
        pytest.param(vector, id=name)
        for name, vector in VECTORS.items()
        if tuple(vector.get("python", (3, 11))) <= sys.version_info[:2] < tuple(vector.get("before", (4, 0)))
    ]


@pytest.mark.parametrize("vector", vectors())
def test_statements(vector: dict[str, Any]) -> None:
    """Statements are the compiler's lines, by first line, less docstrings and exclusions."""
    assert sorted(parse(vector["source"]).statements) == vector["statements"]


@pytest.mark.parametrize("vector", vectors())
def test_excluded(vector: dict[str, Any]) -> None:
    """Excluded lines are those matched and the suites and definitions that they open."""
    assert sorted(parse(vector["source"]).excluded) == vector.get("excluded", [])


@pytest.mark.parametrize("vector", vectors())
def test_branches(vector: dict[str, Any]) -> None:
    """Branches are the lines with several ways on."""
    found = {str(branch.line): list(branch.destinations) for branch in parse(vector["source"]).branches}
    assert found == vector.get("branches", {})


@pytest.mark.parametrize("vector", vectors())
def test_never_partial(vector: dict[str, Any]) -> None:
    """Lines marked `no branch`, and tests constant by their form, are never partial."""
    source = parse(vector["source"])
    lines = partial_lines(ExclusionRules(), vector["source"], source.first_lines)
    assert sorted(lines) == vector.get("never_partial", [])
    assert {branch.line for branch in source.branches if branch.partial_ok} == {b.line for b in source.branches} & lines


@pytest.mark.parametrize("vector", vectors())
def test_vector_is_coverages(vector: dict[str, Any], differences: Any) -> None:
    """What the vectors say is what coverage.py says on this Python."""
    assert differences(vector["source"]) == {}


def test_text_is_kept_as_people_see_it() -> None:
    """The model's lines keep form feeds and have no line ends; its digest is that of the text with line feeds."""
    source = parse("a = 1\r\n\fb = 2\r")
    assert source.lines == ("a = 1", "\fb = 2")
    assert source.digest == hashlib.sha256(b"a = 1\n\fb = 2\n").hexdigest()
    assert source.statements == {1, 2}


def test_form_feed_starts_a_line_over(differences: Any) -> None:
    """A form feed is white space; before code it restarts the indentation, as the compiler has it."""
    text = "if a:\n    b = 2\n\f\n    c = '\f'\nd =\f5\n"
    assert differences(text) == {}
    assert parse("if a:\n    b = 2\n\f    c = 3\n\fd = 4\n").statements == {1, 2, 3, 4}


def test_byte_order_mark_is_no_text() -> None:
    """A byte order mark counts as no character."""
    assert parse("\ufeffa = 1\n") == parse("a = 1\n")


def test_only_line_feeds_end_lines() -> None:
    """Separators that str.splitlines knows and the compiler doesn't are part of their line."""
    source = parse("a = '\x0b\x1c\u2028'\nb = 2\n")
    assert len(source.lines) == 2
    assert source.statements == {1, 2}


def test_last_line_without_end() -> None:
    """A last line without an end is a line like others."""
    assert parse("if a: b").branches == parse("if a: b\n").branches


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "\\\n\n"])
def test_nothing_to_run(text: str, differences: Any) -> None:
    """A text without code has no statements."""
    assert parse(text).statements == frozenset()
    assert differences(text) == {}


def test_marks_reach_to_the_end_of_the_logical_line() -> None:
    """A statement over several lines marks all of them, a compound statement those of its header."""
    source = parse("a = [\n    1,\n]\nif (a and\n        b):\n    c = 6\n")
    assert source.last_lines == {1: 3, 4: 5}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a = 1\nb = = 2\n", 2, "invalid syntax"),
        ("a = '''abc\n", 1, "unterminated"),
        ("if a:\n    b\n  c\n", 3, "unindent"),
        ("a = 1\n\0b\n", None, "null bytes"),
        ("a = 1\nb = '\ud800'\n", 2, "surrogates"),
        ("return 1\n", 1, "outside function"),
        ("(" * 300 + ")" * 300, 1, "too many nested parentheses"),
        ("".join(" " * depth + "if a:\n" for depth in range(120)), 101, "levels of indentation"),
    ],
)
def test_not_python(text: str, line: int | None, reason: str) -> None:
    """What the compiler refuses is one error that names file and line and says why."""
    with pytest.raises(SourceError) as raised:
        parse(text, path="pkg/broken.py")
    message = str(raised.value)
    assert message.startswith(f"pkg/broken.py:{line}:" if line else "pkg/broken.py:")
    assert reason in message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["-" * 200_000 + "1", "a" + ".b" * 100_000, "x = " + "lambda: " * 10_000 + "0"])
def test_too_deep(text: str) -> None:
    """Nesting that would exhaust the stack is an error like others."""
    with pytest.raises(SourceError, match="too deeply"):
        parse(text)


def test_long_chains_are_not_deep() -> None:
    """A thousand `elif` are a thousand branches, though the syntax tree nests them."""
    chain = "".join(f"    elif a == {n}:\n        b\n" for n in range(1000))
    source = parse(f"def f():\n    if a:\n        b\n{chain}")
    assert len(source.branches) == 1001


def test_nothing_is_run_and_nothing_warned(capsys: pytest.CaptureFixture[str]) -> None:
    """Parsing runs no line of the text and leaves no SyntaxWarning, not even as an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source = parse("print('ran')\na = 1 is 1\nb = '\\d'\nassert (a, b)\n")
    assert source.statements == {1, 2, 3, 4}
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="annotations are code objects that usually never run (PEP 649)")
def test_future_imports_are_the_texts_own() -> None:
    """Our own `from __future__` does not change what the text compiles to: without it annotations are evaluated."""
    assert parse("class C:\n    a: int\n").statements == {1, 2}
    assert parse("from __future__ import annotations\nclass C:\n    a: (\n        int)\n").statements == {1, 2, 3}


@pytest.mark.skipif(sys.version_info < (3, 14), reason="before, an annotation runs where it stands")
def test_annotations_that_are_deferred_are_no_statements() -> None:
    """With PEP 649 a bare annotation in a class is no statement: nothing runs it."""
    assert parse("class C:\n    a: int\n    b = 3\n").statements == {1, 3}


def test_bad_pattern() -> None:
    """A pattern that is no regular expression is an error of the configuration that names it."""
    with pytest.raises(ConfigError, match=r"'\(unclosed'"):
        parse("a = 1\n", ExclusionRules(exclude=("fine", "(unclosed")))


def test_with_around_nothing() -> None:
    """A `with` whose body has no code goes on to the next statement (coverage.py fails on it)."""
    assert parse("with a:\n    global g\nb = 3\n").arcs == {(1, 3), (3, -1)}
