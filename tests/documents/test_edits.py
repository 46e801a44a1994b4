"""Random edits of a text that ran, judged by a fresh analysis and an exact account of what ran.

The size is modest; MINICOV_EDITS=20000 tries as many texts.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest

from minicov_lsp.documents.incremental import Painter, Recorded
from minicov_lsp.documents.picture import Picture
from minicov_lsp.errors import SourceError
from minicov_lsp.model import CodeFacts, FileFacts, SourceModel
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_lsp.source.parser import parse
from minicov_tracer import sources

TEXTS = int(os.environ.get("MINICOV_EDITS", "120"))
"""How many edited texts are judged, by each of several seeds."""

SOURCE = '''\
"""What is edited."""
import os
from a import (
    b,
    c,
)


def first(x):
    if x:
        return 1
    return 2


@decorated
def second(x, y=(
    1
)):
    """What it does."""
    text = """
    return 2
    """
    for each in x:
        if each and y:
            continue
        print(
            each,

            text,
        )
    else:
        return 2
    return 1


class Box:
    size = 2

    def area(self):
        return [
            self.size
            for _ in "ab"
        ]

    def first(self):
        if self:
            return 1
        return 2  # pragma: no cover


def last():
    try:
        return 3
    except E:
        return 2
'''
MISSED = {10, 21, 24, 41, 44, 46, 55}
LINES = SOURCE.split("\n")
SNIPPETS = (
    *LINES,
    "",
    "    # why",
    "'''",
    '"""',
    "(",
    ")",
    "    return 2",
    "def first(x):",
    "x = 1",
    "\\",
    "    pass",
    "a\x0cb",
)


def recorded() -> Recorded:
    """All lines of the source ran but those that are said to be missed."""
    source = parse(SOURCE)
    ran = frozenset(source.statements - MISSED)
    probed = frozenset(range(1, len(LINES)))
    code = CodeFacts("<module>", 1, "3.12", probed, {(ran, frozenset()): frozenset({"t.py::t"})})
    return Recorded((FileFacts("m.py", sources.digest(SOURCE), SOURCE, (code,)),), has_branches=False)


def recorded_ways() -> Recorded:
    """The same with the ways between the lines that ran, of which some were never taken."""
    source = parse(SOURCE)
    known = recorded()
    (facts,) = known.facts
    (code,) = facts.codes
    ((ran, _),) = code.hits
    ways = frozenset(arc for arc in source.arcs if arc[0] in ran and (arc[1] < 0 or arc[1] in ran))
    hits = {(ran, ways): frozenset({"t.py::t"})}
    return Recorded((replace(facts, codes=(replace(code, hits=hits),)),))


def edited(lines: list[str], chance: random.Random) -> list[str]:
    """One edit as people make them."""
    lines = list(lines)
    first = chance.randrange(len(lines))
    last = min(len(lines), first + chance.choice((1, 1, 1, 2, 3, 8)))
    match chance.randrange(11):
        case 0:
            del lines[first:last]
        case 1:
            lines[first:first] = [chance.choice(SNIPPETS) for _ in range(chance.choice((1, 1, 2)))]
        case 2:
            lines[first] = chance.choice(SNIPPETS)
        case 3:
            lines[first] += chance.choice((" ", "  # new", ":", ")", "x"))
        case 4:
            moved = lines[first:last]
            del lines[first:last]
            to = chance.randrange(len(lines) + 1)
            lines[to:to] = moved
        case 5:
            lines[first:first] = lines[first:last]
        case 6:
            lines[first:last] = [f"    {line}" for line in lines[first:last]]
        case 7:
            lines[first:last] = [line.removeprefix("    ") for line in lines[first:last]]
        case 8:
            lines[first : first + 1] = [lines[first][:3], lines[first][3:]]
        case _:
            indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
            opening, closing = chance.choice((("x = '''", "'''"), ("f(", ")"), ("class C:", ""), ("'''", "'''")))
            opening, closing = indent + opening, indent + closing
            lines[first:last] = [opening, *lines[first:last], closing]
    return lines or [""]


def statements(source: SourceModel, lines: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """{line: the lines of the statement that it is part of, blank ones left out}."""
    found = {}
    for first in set(range(1, len(lines) + 1)) - source.first_lines.keys() | set(source.last_lines):
        last = source.last_lines.get(first, first)
        text = tuple(line for line in lines[first - 1 : last] if line.strip())
        found.update(dict.fromkeys(range(first, last + 1), text))
    return found


RAN = statements(parse(SOURCE), LINES)
"""{line: statement} of what could run."""
BASE = Painter("m.py", ExclusionRules()).paint(tuple(LINES), recorded())
COVERED = [line for line in range(1, len(LINES)) if BASE.mark(line) == "covered"]


def check(picture: Picture, lines: list[str]) -> None:
    """No line is covered, missed or excluded unless that very statement ran, was missed or was left out."""
    shown = {line: picture.mark(line) for line in range(1, len(lines) + 1)}
    for mark in ("covered", "missed", "excluded"):
        now = Counter(lines[line - 1] for line, each in shown.items() if each == mark)
        was = Counter(LINES[line - 1] for line in range(1, len(LINES)) if BASE.mark(line) == mark)
        assert now <= was
    try:
        source = parse("\n".join(lines))
    except SourceError:
        return
    ran = {RAN[line] for line in COVERED}
    for line, statement in statements(source, lines).items():
        if shown[line] == "covered":
            assert statement in ran


@pytest.mark.parametrize("seed", range(4))
def test_no_line_is_covered_unless_that_very_text_ran(seed):
    """And a picture that came by one edit after another is that of the text at once."""
    chance = random.Random(seed)
    typed = Painter("m.py", ExclusionRules())
    known = recorded()
    lines = list(LINES)
    for number in range(TEXTS):
        if number % 4 == 0:
            lines = list(LINES)
        lines = edited(lines, chance)
        picture = typed.paint(tuple(lines), known)
        if number % 3 == 0:
            fresh = Painter("m.py", ExclusionRules()).paint(tuple(lines), known)
            assert (picture.state, picture.runs, picture.gaps) == (fresh.state, fresh.runs, fresh.gaps)
        check(picture, lines)


def test_what_is_missing_moves_as_if_all_was_done_at_once():
    """Gaps, and definitions of a text that can't be parsed, after one edit and another, there and back."""
    chance = random.Random(5)
    known = recorded_ways()
    typed = Painter("m.py", ExclusionRules())
    lines, seen = list(LINES), 0
    for number in range(TEXTS):
        if number % 5 == 0:
            lines = list(LINES)
        lines = edited(lines, chance)
        picture = typed.paint(tuple(lines), known)
        fresh = Painter("m.py", ExclusionRules()).paint(tuple(lines), known)
        assert (picture.gaps, picture.definitions, picture.runs) == (fresh.gaps, fresh.definitions, fresh.runs)
        seen += len(picture.gaps)
        with suppress(SourceError):
            assert picture.definitions == parse("\n".join(lines)).definitions
    assert seen > TEXTS


def test_taking_everything_back_brings_everything_back():
    """Undo, however long the way was."""
    chance = random.Random(1)
    typed = Painter("m.py", ExclusionRules())
    known = recorded()
    lines = list(LINES)
    for _ in range(30):
        lines = edited(lines, chance)
        typed.paint(tuple(lines), known)
    again = typed.paint(tuple(LINES), known)
    assert (again.state, again.runs, again.gaps) == ("fresh", BASE.runs, BASE.gaps)
