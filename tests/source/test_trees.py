"""What is told of suites by the tree in C is what its twin in Python tells: what follows what, and whole statements."""

from __future__ import annotations

import sys
from random import Random
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given, settings

from minicov_lsp.source import extents, logical_lines, statements, trees
from minicov_lsp.source.text import lines_of
from minicov_lsp.source.trees import IN_C, Tree, in_python
from tests.source.programs import TEXTS, is_python, programs, standard_library

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")

NESTED = [
    "class C:\n    @(\n        a\n    )\n    def f(self):\n        if b:\n            c\n        d\n    e\n",
    "@(  # one\n\n    a)\n@b\nclass C(\n d,\n):\n\n    '''Doc\n    string.'''\n\n    @(\n     e)\n    def f(): pass\n",
    "def f(): pass; g()\ndef g(): '''Doc.'''\nclass C: x = [\n]\nif a: b\nx = 1; y = (\n 2)\n",
    "async def f():\n    b'no doc'\nclass C:\n    f'no doc'\ndef f():\n    'a' 'doc'\ndef f():\n    ('a '\n 'doc')\n",
    "match a:\n    case 1: b\n    case (2 |\n      _):\n        d\n        @e\n        def f(): pass\n",
    "class C:\n  class D:\n    async def f():\n      def g():\n        try: a\n        finally: b\n",
    "@\\\na\ndef f(): pass\nclass C: pass\n\n\nif a:\n\n    def f():\n        if b: c\n",
]


def found(tree: Tree, text: str) -> dict[str, Any]:
    """All that is told of suites, with some lines excluded, and with any lines as code."""
    code_lines = statements.code_lines(compile(text, "<text>", "exec", dont_inherit=True))
    by_chance, size = Random(len(text)), text.count("\n")
    any_lines = frozenset(by_chance.choices(range(1, size + 9), k=size // 2))
    return {
        "is empty": tree.is_empty,
        "docstrings": set(tree.docstring_lines()),
        "statements at all": tree.statements_at(lines_of(text), range(1, size + 3)),
        "statements at any": tree.statements_at(lines_of(text), any_lines),
        "as compiled": follows(tree, text, code_lines, {line for line in code_lines if line % 11 == 7}),
        "nothing excluded": follows(tree, text, code_lines, set()),
        "by chance": follows(tree, text, any_lines, set(by_chance.choices(range(1, size + 30), k=size // 8))),
    }


def follows(tree: Tree, text: str, code_lines: frozenset[int], excluded: set[int]) -> dict[str, Any]:
    """What follows what, how that is told, and what is excluded with it."""
    firsts = extents.first_lines(logical_lines.extents(logical_lines.logical_lines(text)))
    arcs, with_jumps, choices = tree.following(firsts, code_lines, excluded)
    assert list(choices) == sorted(choices)
    assert all(list(ends) == sorted(ends) for ends in choices.values())
    return {
        "arcs": set(arcs),
        "jumps out of with": with_jumps,
        "choices": choices,
        "choosing": tree.choosing(firsts, choices.keys()),
        "choosing anywhere": tree.choosing(firsts, frozenset(range(2, text.count("\n") + 9))),
        "excluded with it": tree.with_definitions(excluded, code_lines),
        "excluded code": tree.with_definitions(code_lines - excluded, code_lines),
    }


def in_c(text: str) -> Tree:
    """The tree in C, which understands the text."""
    tree = None if IN_C is None else IN_C(text)
    assert tree is not None
    return tree


@pytest.mark.skipif(IN_C is None, reason="the walks in C were not built")
class TestTwins:
    """The same texts, gone over by both."""

    @pytest.mark.parametrize("text", [*TEXTS, *NESTED])
    def test_every_kind_of_suite(self, text: str) -> None:
        """Each rule of what follows what, docstrings, exclusion and compound statements is the same."""
        assert found(in_c(text), text) == found(in_python(text), text)

    @given(text=st.deferred(lambda: programs()))
    @settings(max_examples=300, deadline=None)
    def test_generated_programs(self, text: str) -> None:
        """Programs that nobody would write are the same."""
        assume(is_python(text))
        assert found(in_c(text), text) == found(in_python(text), text)

    def test_names_that_look_alike(self) -> None:
        """A definition is told by its name as the compiler knows it."""
        text = "def ﬁrst():\n    if a: return\n    b\nclass Größe:\n    if a: b\n"
        assert found(in_c(text), text) == found(in_python(text), text)
        assert "'first'" in str(found(in_c(text), text))

    def test_nothing_is_kept_of_a_walk(self) -> None:
        """However often a text is read and gone over, there are no more objects than before."""
        text = "\n".join(TEXTS[2:-1])
        code_lines, lines = frozenset(range(1, 400)), lines_of(text)
        firsts = {line: line - line % 2 for line in range(20, 60)}

        def again(times: int) -> int:
            for _ in range(times):
                tree = in_c(text)
                _, _, choices = tree.following(firsts, code_lines, {9, 30, 31})
                tree.choosing(firsts, choices.keys())
                tree.docstring_lines()
                tree.with_definitions({9, 30, 31, 40}, code_lines)
                tree.statements_at(lines, code_lines)
            return sys.getallocatedblocks()

        again(2)
        before = again(2)
        more = [again(50) for _ in range(3)]  # other threads of the process have blocks, too, and give them back
        assert min(more) - before < 40

    @pytest.mark.timeout(1800)
    def test_the_standard_library(self) -> None:
        """What people wrote is the same; MINICOV_ALL_STDLIB=1 compares all of it."""
        compared = 0
        for file, text in standard_library():
            assert found(in_c(text), text) == found(in_python(text), text), file
            compared += 1
        assert compared > 10


@pytest.mark.skipif(IN_C is None, reason="the walks in C were not built")
def test_what_cannot_be_learned_is_told() -> None:
    """Words that are missing are an error, not a crash."""
    from minicov_lsp.source import _walks

    wrong: Any = (1, 2)
    for words in (((), trees.arcs.DESTINATIONS), (trees.arcs.WHYS, ()), wrong):
        with pytest.raises((ValueError, TypeError)):
            _walks.learn(True, trees._constant_in, *words, trees.with_jumps.mending, trees.RECORDS)
    text = TEXTS[-2]
    assert found(in_c(text), text) == found(in_python(text), text)
