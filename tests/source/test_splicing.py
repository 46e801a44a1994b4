"""After an edit only the definition that it is in is analysed, and the result is that of a full analysis."""

from __future__ import annotations

import inspect
import os
import random
import textwrap
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minicov_lsp.errors import SourceError
from minicov_lsp.model import SourceModel
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_lsp.source.parser import parse
from minicov_lsp.source.splicing import Reparser

RULES = ExclusionRules()
TEXTS = [inspect.getsource(module) for module in (textwrap, random, inspect)]
SNIPPETS = """\
x = 1
if a and not b:
    return
else:
while x: pass
for i in b: break
with a: pass
        with b as c:
            return 2
    raise ValueError
    # pragma: no cover
# pragma: no cover
@property
@property  # pragma: no cover
def f(a, b=1): return a
    def g():
        pass
class C:
match x:
    case _:
'''
(
)
    try:
    finally:
    except E:
ü = "ä" and b or c
    yield [a for b in c if d]
    ...
    global y
    nonlocal z
return 1
\t
\\
from __future__ import annotations
if TYPE_CHECKING:
""".split("\n")  # noqa: SIM905  # lines read best as lines


def outcome(analyse, text: str) -> SourceModel | str:
    try:
        return analyse(text)
    except SourceError as error:
        return str(error)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, list[str]]]]:
    """A text, and replacements one after another: (line, how many lines, by what)."""
    text = draw(st.sampled_from(TEXTS))
    start = draw(st.integers(0, 300))
    places = st.integers(start, start + 40)
    line = st.tuples(st.sampled_from(["", "    ", "        ", "            "]), st.sampled_from(SNIPPETS)).map("".join)
    edit = st.tuples(places, st.integers(0, 3), st.lists(line, max_size=2))
    return text, draw(st.lists(edit, min_size=1, max_size=6))


@settings(max_examples=int(os.environ.get("MINICOV_EXAMPLES", "40")), deadline=None)
@given(edits())
def test_equal_to_a_full_analysis(edited: tuple[str, list[tuple[int, int, list[str]]]]) -> None:
    """Whatever is edited, in sound texts and in broken ones: the models are equal, and so are the errors."""
    text, changes = edited
    reparser = Reparser(RULES)
    reparser.parse(text)
    lines = text.split("\n")
    for place, count, new in changes:
        before = list(lines)
        lines[place : place + count] = new
        changed = "\n".join(lines)
        found, expected = outcome(reparser.parse, changed), outcome(parse, changed)
        assert found == expected
        if isinstance(expected, str):
            lines = before  # else nothing would ever be sound again


def every_line_of_a_function(text: str) -> list[int]:
    """The indices of lines that hold a simple statement of their own, in bodies at a depth of one or more."""
    model = parse(text)
    return [
        line - 1
        for line in sorted(model.statements)
        if line not in model.first_lines and model.lines[line - 1].startswith("    ") and line > 20
        if model.lines[line - 1].lstrip().startswith(("return", "self."))
    ]


@pytest.mark.parametrize("new", [[], ["{0}x = 1"], ["{0}if x and y:", "{0}    pass", "{0}z()"]])
def test_one_function_again(new: list[str]) -> None:
    """An edit inside a function, also one that moves all below, asks for no full analysis: `textwrap`, line by line."""
    text = TEXTS[0]
    lines = text.split("\n")
    reparser = Reparser(RULES)
    reparser.parse(text)
    for index in every_line_of_a_function(text):
        indent = " " * (len(lines[index]) - len(lines[index].lstrip()))
        changed = "\n".join([*lines[:index], *(each.format(indent) for each in new), *lines[index:]])
        assert reparser.parse(changed) == parse(changed)
        assert reparser.parse(text) == parse(text)
    assert reparser.full_analyses == 1


def after(*texts: str) -> Reparser:
    reparser = Reparser(RULES)
    for text in texts:
        assert reparser.parse(text) == parse(text)
    return reparser


FUNCTION = "import a\n@b\n@c\ndef f(x: int):\n    return 1\n\nif a:\n    y = 1\n"


@pytest.mark.parametrize(
    "changed",
    [
        FUNCTION.replace("@c", "@c  # pragma: no cover"),
        FUNCTION.replace("@c\n", ""),
        FUNCTION.replace("return 1", "return 1\nz = 2"),
        FUNCTION.replace("return 1", "return 1\ndef g(): pass"),
        FUNCTION.replace("return 1", "return 1\nraise E"),
        FUNCTION.replace("int", "(\n    int)"),
        FUNCTION + "    z = 3",
        FUNCTION.replace("import a", "from __future__ import annotations"),
        FUNCTION.removesuffix("\n"),
        "raise E\n" + FUNCTION,
        FUNCTION.replace("import a", "x = '''\nfrom __future__ import annotations\n'''"),
    ],
)
def test_what_reaches_beyond(changed: str) -> None:
    """Edits that change how control comes to a definition or leaves it, and what is around it, are seen."""
    again = changed.replace("return 1", "x = (\n    1)\n    return 2")
    after(FUNCTION, changed, again, changed, FUNCTION)


def test_pattern_across_the_edge() -> None:
    """A pattern that matches from before a definition into it is not local: all is analysed."""
    rules = ExclusionRules(exclude=(r"(?s)#begin.*?#end",))
    text = "import a\n#begin\nx = 1\ndef f():\n    a = 1\n    b = 2\n    c = 3\n#end\ny = 2\n"
    changed = text.replace("b = 2", "b = 2  #end")
    reparser = Reparser(rules)
    reparser.parse(text)
    assert reparser.parse(changed) == parse(changed, rules)
    assert reparser.full_analyses == 2


def test_error_and_back() -> None:
    """While the text is broken it is an error; afterwards it goes on from the last sound text."""
    reparser = after(FUNCTION)
    with pytest.raises(SourceError, match=r"<text>:5: "):
        reparser.parse(FUNCTION.replace("return 1", "return ("))
    changed = FUNCTION.replace("return 1", "return 2")
    assert reparser.parse(changed) == parse(changed)
    assert reparser.full_analyses == 2


def test_some_functions_at_once() -> None:
    """A name that is changed wherever it is used; of more functions than a few all is analysed, which is the same."""
    text = "import a\n" + "".join(f"def f{n}(x):\n    if x:\n        return x\n    return a\n\n" for n in range(30))
    reparser = Reparser(RULES)
    reparser.parse(text)
    for numbers, full in ((range(3, 30, 3), 1), (range(20), 2), ((5, 6), 2)):
        changed = text
        for number in numbers:
            changed = changed.replace(f"def f{number}(x):\n    if x:", f"def f{number}(x):\n    if x and a:")
        assert reparser.parse(changed) == parse(changed, RULES)
        assert reparser.full_analyses == full
        reparser.parse(text)
        reparser.full_analyses = full


def test_it_goes_on_from_what_was_found_elsewhere() -> None:
    """A model that is known of nearly the same text saves the first full analysis; later ones change nothing."""
    reparser = Reparser(RULES)
    reparser.start_from(parse(FUNCTION, RULES))
    changed = FUNCTION.replace("return 1", "return 2")
    assert reparser.parse(changed) == parse(changed, RULES)
    reparser.start_from(parse("x = 1\n", RULES))
    assert reparser.parse(FUNCTION) == parse(FUNCTION, RULES)
    assert reparser.full_analyses == 0


def test_every_field_is_known() -> None:
    """Pieces and packed models carry every field of a model; one that is new must be added there."""
    assert [field.name for field in fields(SourceModel)] == [
        "digest", "lines", "statements", "excluded", "first_lines", "last_lines", "arcs", "branches", "definitions",
        "regions", "decisions", "with_jumps",
    ]  # fmt: skip
