"""What ran of older texts of a file, said of another: what has not changed holds, on the lines where it stands now."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_lsp.store.versions import identities
from minicov_tracer import sources

from .recording import TEXT, Recorder

BASE = """\
import os

def first(x):
    if x:
        return 1
    return 2


class Box:
    size = 2

    def area(self):
        return [
            self.size
            for _ in "ab"
        ]


def last():
    return 3
"""


def lines_of(data_file, text, path="a.py"):
    """{name of code object: its lines that ran} of a text."""
    with Database(data_file) as database:
        facts = database.facts_of_text(path, text)
    assert facts.digest == sources.digest(text)
    found = {}
    for code in facts.codes:
        found.setdefault(code.name, set()).update(line for lines, _ in code.hits for line in lines)
    return {name: sorted(lines) for name, lines in found.items() if lines}


@pytest.fixture
def recorded(recorder, data_file):
    """A data file of one run of BASE, all of which ran but line 6."""
    recorder.texts["a.py"] = BASE
    ran = [1, 3, 4, 5, 9, 10, 12, 13, 14, 15, 19, 20]
    recorder.record({"t1": {"a.py": ran}}, arcs=[(4, 5), (-3, 4), (5, -3), (19, 20)])
    combine(data_file)
    return data_file


def test_the_very_text_has_all_its_facts(recorded):
    """Of the text that ran everything is known, whatever its line ends."""
    expected = {
        "<module>": [1, 3, 9, 19],
        "first": [3, 4, 5],
        "Box": [9, 10, 12],
        "last": [19, 20],
    }
    for text in (BASE, BASE.replace("\n", "\r\n")):
        found = lines_of(recorded, text)
        assert {name: found[name] for name in expected} == expected


def test_edit_of_one_function_leaves_the_others(recorded):
    """A function that was edited is unknown; all others are known on the lines where they stand now."""
    found = lines_of(recorded, BASE.replace("    if x:\n", "    if x:\n        print(x)\n"))
    assert "first" not in found
    assert found["<module>"] == [1, 3, 10, 20]
    assert found["Box"] == [10, 11, 13]
    assert found["last"] == [20, 21]


def test_lines_above_move_everything(recorded):
    """What is added above moves what is known, arcs and exits with it; only the module itself has changed."""
    with Database(recorded) as database:
        facts = database.facts_of_text("a.py", "import sys\n\n" + BASE)
    (first,) = [code for code in facts.codes if code.name == "first"]
    assert first.first_line == 5
    assert first.probed_lines == {5, 6, 7, 8}
    assert list(first.hits) == [(frozenset({5, 6, 7}), frozenset({(-5, 6), (6, 7), (7, -5)}))]
    assert "<module>" not in {code.name for code in facts.codes}


def test_versions_are_united(recorder, recorded):
    """What ran of several versions is known together, each test under its own label."""
    newer = BASE.replace("return 3", "return 4")
    recorder.texts["a.py"] = newer
    recorder.record({"t2": {"a.py": [3, 4, 6, 19, 20]}})
    combine(recorded)
    with Database(recorded) as database:
        facts = database.facts_of_text("a.py", newer)
    by_line = facts.contexts_by_line()
    assert by_line[5] == {"t1"}
    assert by_line[6] == {"t2"}
    assert by_line[4] == {"t1", "t2"}
    assert by_line[20] == {"t2"}


def test_functions_that_look_the_same_are_told_apart_by_name(recorder, data_file):
    """The same text under another name is another function."""
    text = "class A:\n    def m(self):\n        return 1\nclass B:\n    def m(self):\n        return 1\n"
    recorder.texts["a.py"] = text
    recorder.record({"t1": {"a.py": [3]}})
    combine(data_file)
    assert lines_of(data_file, "#\n" + text) == {"A.m": [4]}


def test_functions_that_cannot_be_told_apart_are_left_out(recorder, data_file):
    """Where name and text fit twice nothing is said rather than something that may be wrong."""
    text = "if x:\n    def f():\n        return 1\nelse:\n    def f():\n        return 1\n"
    recorder.texts["a.py"] = text
    recorder.record({"t1": {"a.py": [3]}})
    combine(data_file)
    assert lines_of(data_file, "#\n" + text) == {}
    assert lines_of(data_file, text) == {"f": [3]}


@pytest.mark.parametrize("text", ["def f(:\n", "x = '\0'\n", "(" * 5_000, "x = " + "-" * 100_000 + "1"])
def test_text_that_cannot_be_compiled_has_only_its_own_facts(recorded, text):
    """A text in the middle of an edit takes nothing over, and is no error."""
    assert lines_of(recorded, text) == {}


def test_text_without_a_past_knows_nothing(recorded):
    """A file that is not in the data has no facts."""
    assert lines_of(recorded, BASE, "other.py") == {}


FUNCTIONS = ["    if x:\n        y = 1\n", "    y = [\n        x,\n    ]\n", "    @str\n    def g():\n        z = 1\n"]
PARTS = st.lists(st.sampled_from(FUNCTIONS), min_size=1, max_size=4)


def text_of(parts):
    """Functions f0, f1 and so on with those bodies, apart from each other by as many blank lines."""
    return "".join(f"def f{number}(x):\n{body}{chr(10) * number}" for number, body in enumerate(parts))


@given(PARTS, PARTS)
@settings(max_examples=60, deadline=None)
def test_what_is_taken_over_is_what_would_have_run(tmp_path_factory, old, new):
    """For any two texts, facts that are taken over are those that a run of the new text with the same hits gives."""
    folder = tmp_path_factory.mktemp("data")
    recorder = Recorder(folder, folder / "data", {"a.py": text_of(old), "b.py": text_of(new)})
    every_line = range(1, 100)
    recorder.record({"t1": {"a.py": every_line}})
    combine(folder / "data", rename={"a.py": "m.py"}.__getitem__)
    recorder.record({"t1": {"b.py": every_line}})
    combine(folder / "new", [*folder.glob("data.elsewhere*")], rename={"b.py": "m.py"}.__getitem__)
    taken, would = (lines_of(folder / name, text_of(new), "m.py") for name in ("data", "new"))
    assert taken.items() <= would.items()
    same = {f"f{number}" for number, (a, b) in enumerate(itertools.zip_longest(old, new)) if a == b and a is not None}
    assert same <= taken.keys()


def test_comments_within_are_part_of_a_function():
    """A comment in a function is its text, so the function has changed; one outside is the module's."""
    names = {
        name for name, _ in identities(TEXT).items() - identities(TEXT.replace("return 3", "return 3  # three")).items()
    }
    assert {name for name, _ in names} == {"second"}
