"""The reader of Python's syntax in C gives the tree that `ast` does, and takes any text without harm."""

from __future__ import annotations

import os
import sys
import sysconfig
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from minicov_lsp.source.trees import IN_C
from minicov_tracer import sources
from tests.source.syntax_cases import BLOCKS, LINES, SINCE
from tests.source.trees import Row, comparable, expected

pytestmark = pytest.mark.skipif(IN_C is None, reason="the walks in C were not built")

STDLIB = Path(sysconfig.get_path("stdlib"))

CASES = [*LINES, *BLOCKS, *(text for version, texts in SINCE.items() if sys.version_info >= version for text in texts)]

LONG = {
    "sums": "a" + " + b" * 10_000,
    "powers on the left": "(a" * 90 + ")**b" * 90,
    "operands": "a" + " and b" * 10_000,
    "comparisons": "a" + " < b" * 10_000,
    "attributes": "a" + ".b" * 10_000,
    "calls": "a" + "()" * 5_000,
    "elements": "[" + "a, " * 10_000 + "]",
    "targets": "a = " * 10_000 + "b",
    "strings": "a = (" + "'b' f'{c}'\n" * 5_000 + ")",
    "statements": "a = b\n" * 50_000,
    "statements in a line": "a;" * 10_000,
    "cases": "match a:\n" + "  case b.c: d\n" * 5_000,
    "alternatives": "match a:\n  case b.c" + " | b.d" * 5_000 + ": e\n",
    "decorators": "@a\n" * 1_000 + "def b(): pass\n",
    "generators": "[a" + " for b in c if d" * 1_000 + "]",
    "nested suites": "".join(" " * depth + "if a:\n" for depth in range(90)) + " " * 90 + "b\n",
}

DEEP = {
    "brackets": "(" * 100_000,
    "lists": "[" * 100_000 + "]" * 100_000,
    "dicts": "{a:" * 100_000,
    "subscripts": "a[" * 100_000,
    "calls": "a(" * 100_000,
    "signs": "-" * 100_000 + "a",
    "words": "not " * 100_000 + "a",
    "powers": "a ** " * 100_000 + "a",
    "awaits": "await " * 100_000 + "a",
    "yields": "yield " * 100_000,
    "lambdas": "lambda: " * 100_000 + "a",
    "defaults": "lambda a=" * 100_000,
    "choices": "a if b else " * 100_000 + "c",
    "stars": "*" * 99_999,
    "fields": "f'{" * 100_000,
    "formats": "f'{a:{b:" + "{c:" * 100_000,
    "patterns": "match a:\n  case " + "[" * 100_000,
    "classes of patterns": "match a:\n  case " + "b(" * 100_000,
    "items": "with " + "(" * 100_000,
    "suites": "".join(" " * depth + "if a:\n" for depth in range(1000)),
    "one line": "if a: " * 100_000,
    "decorators": "@(" * 100_000,
}
"""None of them is Python, or not to a compiler that has so little room."""

PIECES = [
    *(
        "f'{",
        "f'''{",
        "rb'",
        't"{',
        "!r",
        "}",
        "{",
        "(",
        ")",
        "[",
        "]",
        '"""',
        "'",
        "->",
        "@",
        "#",
        "...",
        ".",
        ",",
        "=",
    ),
    *(
        "\\",
        "\\\n",
        "\n",
        "\r",
        "\0",
        "\t",
        "\f",
        "    ",
        ";",
        "\\N{",
        "1_",
        "1e-9",
        "0x",
        "\xe9",
        "\xa0",
        "\ud800",
        ":=",
        ":",
    ),
    *("match x:\n case ", "lambda ", " if ", " else ", "elif a:", "for ", "with (", " as ", "type ", "lazy ", "def f["),
    *("yield ", "await ", "async ", "not ", "in ", " is ", "except* ", "**", "*"),
]


def read(text: str) -> list[Row] | None:
    """What the reader gives."""
    from minicov_lsp.source import _walks

    found = _walks.read(text)
    return None if found is None else comparable(found.rows())


def of_ast(text: str) -> list[Row] | None:
    """What it has to give, None for what is not Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return expected(text)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None


@pytest.mark.parametrize("text", CASES)
def test_each_construct(text: str) -> None:
    """All nodes of all constructs have the kinds, fields, operators, names, truths and places of `ast`."""
    wanted = of_ast(text)
    assert wanted is not None, "not Python"
    assert read(text) == wanted


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_what_is_long_is_read(text: str) -> None:
    """No list is too long, be it one that the tree nests, and the compiler gives up."""
    from minicov_lsp.source import _walks

    assert _walks.read(text) is not None


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_what_is_deep_is_refused(text: str) -> None:
    """However deep a text is nested, the reader gives up before the stack ends."""
    assert read(text) is None


@pytest.mark.timeout(1800)
def test_the_standard_library() -> None:
    """What people wrote is read, all of it, and as `ast` does; MINICOV_ALL_STDLIB=1 compares all."""
    compared = 0
    files = sorted(file for file in STDLIB.rglob("*.py") if "site-packages" not in file.parts)
    for file in files[:: 1 if os.environ.get("MINICOV_ALL_STDLIB") else 60]:
        text = sources.read(str(file)) or ""
        wanted = of_ast(text)
        if wanted is not None:
            assert read(text) == wanted, file
            compared += 1
    assert compared > 10


@st.composite
def damaged(draw: DrawFn) -> str:
    """A text of some cases, with pieces put in and cut out."""
    text = "\n".join(draw(st.lists(st.sampled_from(CASES), min_size=1, max_size=3)))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from((0, 1, 1, 2, 5, 30))))
        text = text[:start] + draw(st.sampled_from(PIECES) | st.just("") | st.characters()) + text[end:]
    return text


@given(text=damaged())
@settings(max_examples=int(os.environ.get("MINICOV_EXAMPLES", "250")), deadline=None)
def test_damaged_texts(text: str) -> None:
    """What is still Python is read as `ast` does; anything else does no harm."""
    try:
        text.encode()
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            read(text)
        return
    found, wanted = read(text), of_ast(text)
    assert wanted is None or found == wanted
