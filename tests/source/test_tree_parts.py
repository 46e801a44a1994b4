"""What is inside of statements, and over which lines they are, is told by the tree in C as by its twin in Python."""

from __future__ import annotations

import gc
import sys
from random import Random
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given, settings

from minicov_lsp.source import statements
from minicov_lsp.source.text import lines_of
from minicov_lsp.source.trees import IN_C, Parts, Tree, in_python
from tests.source.programs import TEXTS, is_python, programs, standard_library

pytestmark = [
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
    pytest.mark.skipif(IN_C is None, reason="the walks in C were not built"),
]

CONSTANTS = [
    "'' and a", "b'' or a", "0.0 or a", "... and a", "None or a", "f'' f'' or a", "'' f'x' and a", "f'{{' and a",
    "-1 and a", "+0 or a", "~0 and a", "-(0) or a", "(-1,) and a", "() or a", "(1, (2, ())) and a", "(1, a) and a",
    "('é', -1) and a", "1 - 1 or a", "1 / 0 or a", "'a' * 2 and a", "1 << 99999 or a", "-a or a", "not -1 and a",
    "(__debug__, 1) and a", "-__debug__ and a", "__debug__ or a", "not __debug__ and a", "[] or a", "{} or a",
    "(1,\n # comment\n 'é') and a", "é and (-1,\n\n2) and a", "'é' and (-\n1) or (a and 1 +\n1)", "(1 < 2) and a",
]  # fmt: skip
"""Tests whose outcome is known in part."""

HEADERS = [
    "def f(\n): pass\n",
    "def f(a\n): pass\ndef f(*\n,a): pass\ndef f(a,\n/, b=1\n): pass\ndef f(*, a, b=(\n1)\n): pass\n",
    "def f(*a: int\n): pass\ndef f(**a: int\n): pass\ndef f(a) -> (\nint\n): pass\n",
    "class C(\n): pass\nclass C(A,\nb=c): pass\nclass C(b=c, *\nd): pass\nclass C(A\n): x = (\n1)\n",
    "@a\n@ b\n@c(\n1\n)\ndef f(): pass\n",
    "if a:\n\n    b\n",
    "if (a\n): b = (\n1); c = (\n2)\n",
    "for a in (\nb\n): c\nwith (\na as b, c\n): d\nwhile (\na): b\n",
    "try: a\nexcept (\nb\n): c\nfinally: d\ntry:\n\n    a\nexcept:\n    b\n",
    "match (\na\n):\n    case b if (\nc\n): d\n    case 1, \\\n        2: e\n",
    "x = 'é'; y = (  # :\n1)\n@(a)\ndef f(): pass\n",
    "match a:\n    case (\n1): b\n",
    "try \\\n  : a\nfinally: b\n",
    "x = lambda: (\n1)\nclass C: y = (\n1)\n",
    "def first(): pass\nclass Größe:\n    def ﬁnd(self): pass\n",
    *(
        ["def f[T\n](): pass\nclass C[T: (\nint)]: pass\ndef f[\nT](a\n): pass\n"]
        if sys.version_info >= (3, 12)
        else []
    ),
]


def found(tree: Tree, text: str) -> dict[str, Any]:
    """All that is told of what is inside of statements, with what was compiled, with any lines, and without lines."""
    size, by_chance = text.count("\n"), Random(len(text))
    compiled = statements.code_lines(compile(text, "<text>", "exec", dont_inherit=True))
    kept = [compiled, frozenset(by_chance.choices(range(1, size + 9), k=size // 2)), frozenset[int]()]
    parts = [tree.parts(code_lines) for code_lines in kept]
    return {
        "extents": tree.extents(lines_of(text)),
        "decisions": [sorted(decisions) for decisions, _, _ in parts],
        "headers": [list(headers) for _, headers, _ in parts],
        "regions": [sorted(regions) for _, _, regions in parts],
    }


def in_c(text: str) -> Tree:
    """The tree in C, which understands the text, but where Python before 3.12 has places of its own in f-strings."""
    tree = None if IN_C is None else IN_C(text)
    if tree is None and sys.version_info < (3, 12) and "{" in text:
        pytest.skip("left to ast")
    assert tree is not None
    return tree


@pytest.mark.parametrize("text", [*TEXTS, *HEADERS])
def test_every_kind_of_node(text: str) -> None:
    """Each rule of decisions, regions, complexity and extents is the same."""
    assert found(in_c(text), text) == found(in_python(text), text)


@pytest.mark.parametrize("test", CONSTANTS)
def test_constant_operands(test: str) -> None:
    """The compiler's constants are the same, wherever they are tested."""
    for text in (
        f"if {test}: b\n",
        f"x = ({test}) or b\n",
        f"é = 'é'; x = (b if (\n{test}) else c)\n",
        f"assert ({test})\n",
    ):
        assert found(in_c(text), text) == found(in_python(text), text)


@given(text=st.deferred(lambda: programs()))
@settings(max_examples=300, deadline=None)
def test_generated_programs(text: str) -> None:
    """Programs that nobody would write are the same."""
    assume(is_python(text))
    assert found(in_c(text), text) == found(in_python(text), text)


def test_nothing_is_kept_of_a_walk() -> None:
    """However often a text is gone over, there are no more objects than before, and counts of references stay."""
    text = "\n".join(
        [*(each for each in TEXTS[2:-1] if "{" not in each), *HEADERS[:9], *(f"if {test}: b" for test in CONSTANTS), ""]
    )
    code_lines, lines = frozenset(range(1, 400)), lines_of(text)

    def again(times: int) -> tuple[int, int]:
        for _ in range(times):
            tree = in_c(text)
            tree.parts(code_lines)
            tree.extents(lines)
        return sys.getallocatedblocks(), sys.getrefcount(code_lines)

    again(2)
    blocks, count = again(2)
    more = [again(20) for _ in range(3)]  # other threads of the process have blocks, too, and give them back
    assert min(more_blocks for more_blocks, _ in more) - blocks < 40
    assert [more_count for _, more_count in more] == [count] * 3


def test_garbage_that_walks() -> None:
    """What is collected in the middle of a walk may go over a tree itself."""
    text = "".join(f"if {test}: b\n" for test in CONSTANTS)
    code_lines = frozenset(range(1, 400))
    expected = in_python(text).parts(code_lines)
    seen: list[Parts] = []

    class Garbage:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            seen.append(in_c(text).parts(code_lines))

    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for _ in range(20):
            Garbage()
            seen.append(in_c(text).parts(code_lines))
    finally:
        gc.set_threshold(*before)
    gc.collect()
    assert len(seen) == 40
    assert all(sorted(each[0]) == sorted(expected[0]) and sorted(each[2]) == sorted(expected[2]) for each in seen)


def test_lines_that_are_none() -> None:
    """Code lines that are none are an error, not a crash."""
    wrong: Any = (None, {"a"}, {1: 2, "a": 3}, {10**30})
    for code_lines in wrong:
        with pytest.raises((TypeError, OverflowError)):
            in_c("if a or b: c\n").parts(code_lines)


@pytest.mark.timeout(1800)
def test_the_standard_library() -> None:
    """What people wrote is the same; MINICOV_ALL_STDLIB=1 compares all of it."""
    compared = 0
    for file, text in standard_library():
        assert found(in_c(text), text) == found(in_python(text), text), file
        compared += 1
    assert compared > 10
