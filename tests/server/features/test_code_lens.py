from dataclasses import replace

from minicov_lsp.runs.events import Outcome
from minicov_lsp.server.features.code_lens import code_lenses, resolve
from minicov_lsp.server.settings import Settings

SOURCE = """\
def called(a):
    if a:
        return 1
    return 2


class C:
    def never(self):
        return 3


def hidden():  # pragma: no cover
    return 4
"""
TESTS = """\
def test_one():
    pass


class TestMore:
    def test_two(self):
        pass

    def helper(self):
        pass
"""


def titles(snapshot):
    """{line from 1: what its lens says}, resolved as a client does."""
    lenses = [resolve(snapshot, lens) if lens.command is None else lens for lens in code_lenses(snapshot)]
    return {lens.range.start.line + 1: lens.command.title for lens in lenses}


def test_a_function_tells_how_well_it_is_covered(snapshot):
    """Its share of statements, complexity, and how many tests ran it; what is left out of coverage tells nothing."""
    made = snapshot(SOURCE, {"": {1, 7, 8, 12}, "t.py::a": {2, 4}, "t.py::b": {2}})
    assert titles(made) == {1: "67% covered · complexity 2 · 2 tests", 8: "never called · complexity 1 · 0 tests"}


def test_a_click_runs_the_tests_that_cover_the_function(snapshot):
    """Its body: that a `def` line ran says nothing. Without tests a click does nothing."""
    made = snapshot(SOURCE, {"": {1, 7, 8}, "t.py::a": {2, 4}})
    first, second = (resolve(made, lens).command for lens in code_lenses(made))
    assert (first.command, second.command) == ("minicov.runCoveringTests", "")
    uri, range_ = first.arguments
    assert (uri, range_.start.line, range_.end.line) == (made.uri, 1, 3)


def test_figures_are_those_of_the_text_that_ran_and_say_so(snapshot):
    """Also where lines were added above since the lens was made."""
    made = snapshot(SOURCE, {"": {1, 7, 8}, "t.py::a": {2, 4}})
    (lens, _) = code_lenses(made)
    moved = snapshot("\n\n" + SOURCE.replace("return 1", "return 10"), {"": {1, 7, 8}, "t.py::a": {2, 4}}, ran=SOURCE)
    assert resolve(moved, lens).command.title == "67% covered · edited since · complexity 2 · 1 test"
    new = snapshot(SOURCE.replace("called", "renamed"), {"": {1}}, ran=SOURCE)
    assert titles(new)[1].startswith("new since it ran")
    gone = snapshot("x = 1\n", {"": {1}})
    assert resolve(gone, lens).command.title == ""


def test_a_test_can_be_run_and_tells_its_last_outcome(snapshot):
    """Of parameters, and of a class, the outcomes are counted; other functions of a test file are functions."""
    outcomes = {
        "test_m.py::test_one[a]": Outcome("test_m.py::test_one[a]", "passed", 0.1),
        "test_m.py::test_one[b]": Outcome("test_m.py::test_one[b]", "failed", 0.1),
        "test_m.py::TestMore::test_two": Outcome("test_m.py::TestMore::test_two", "passed", 0.1234),
        "other.py::test_one": Outcome("other.py::test_one", "error", 0.1),
    }
    made = snapshot(TESTS, {"": {1, 5, 6, 9}}, relative="test_m.py", outcomes=outcomes)
    assert titles(made) == {
        1: "Run · 1 passed, 1 failed",
        5: "Run 1 test · passed in 0.12 s",
        6: "Run · passed in 0.12 s",
        9: "never called · complexity 1 · 0 tests",
    }
    run = next(lens.command for lens in code_lenses(made))
    assert (run.command, run.arguments) == ("minicov.runTest", [["test_m.py::test_one"], made.folder])


def test_a_test_can_be_run_before_anything_is_known(snapshot):
    """There is no data yet, and it is the run that makes it."""
    made = snapshot(TESTS, {}, relative="test_m.py")
    blank = replace(made, picture=replace(made.picture, state="none", analysis=None, definitions=(), line_map=None))
    assert titles(blank) == {1: "Run", 5: "Run 1 test", 6: "Run"}


def test_nobody_has_to_see_them(snapshot):
    """It is a setting."""
    assert code_lenses(snapshot(SOURCE, {"": {1}}, settings=Settings(code_lens=False))) == []
