import pytest

from minicov_lsp.runs.events import Outcome
from minicov_lsp.server.features.code_actions import code_actions

SOURCE = """\
import os


@decorate
def outer(a):
    b = a

    def inner():
        return 1
    return b


x = 1
"""
TESTS = """\
def test_a():
    pass


class TestB:
    def test_c(self):
        pass

    def test_d(self):
        pass
"""


def titles(snapshot, first, last=None, only=None):
    return [action.title for action in code_actions(snapshot, first, last or first, only)]


def test_the_function_around_comes_first_then_the_line_alone(snapshot):
    """The tests of the innermost function around; those of the line where they are others; those of the file."""
    made = snapshot(SOURCE, {"": {1, 4, 5, 13}, "t.py::a": {6, 8, 10}, "t.py::b": {6, 9}})
    every = "Rerun the 2 tests covering this file"
    assert titles(made, 6) == ["Rerun the 2 tests covering outer", every]
    assert titles(made, 10) == ["Rerun the 2 tests covering outer", "Rerun the test covering this line", every]
    assert titles(made, 9) == ["Rerun the test covering outer.inner", every]
    assert titles(made, 4) == ["Rerun the 2 tests covering outer", every]
    assert titles(made, 13) == [every]


def test_in_a_test_it_is_run(snapshot):
    """The test first, then its class; several together."""
    made = snapshot(TESTS, {}, relative="tests/test_m.py")
    every = "Run the 3 tests of this file"
    assert titles(made, 2) == ["Run test_a", every]
    assert titles(made, 7) == ["Run test_c", "Run TestB (2 tests)", every]
    assert titles(made, 5) == ["Run TestB (2 tests)", every]
    assert titles(made, 1, 9) == ["Run these 3 tests", every]
    assert titles(made, 3) == [every]
    action = code_actions(made, 2, 2, None)[0]
    assert action.command.arguments == [["tests/test_m.py::test_a"], "file:///p"]


def test_failed_tests_can_be_run_again_from_anywhere(snapshot):
    """As long as there are any."""
    outcomes = {"a": Outcome("a", "failed", 0), "b": Outcome("b", "error", 0), "c": Outcome("c", "passed", 0)}
    assert titles(snapshot(SOURCE, {}, outcomes=outcomes), 1) == ["Rerun the 2 failed tests"]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (None, 2),
        (["source"], 2),
        (["source.minicov"], 2),
        (["source.minicov.runCovering"], 1),
        ([""], 2),
        (["source.minicov.run"], 0),
        (["source.minicov.runTest"], 0),
        (["quickfix"], 0),
        ([], 0),
    ],
)
def test_only_the_kinds_that_are_asked_for(snapshot, only, expected):
    """A kind stands for all that are of it."""
    made = snapshot(SOURCE, {"t.py::a": {6, 10}})
    assert len(titles(made, 6, only=only)) == expected
