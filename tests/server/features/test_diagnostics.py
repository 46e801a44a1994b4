import json
import time
from pathlib import Path

from minicov_lsp.server.features.diagnostics import diagnostics
from minicov_lsp.server.snapshot import Failure
from tests.server.reading import read_diagnostics

SOURCE = """\
def called():
    x = 1
    return x


def uncalled(a,
             b):
    x = a

    def inner():
        return b
    return inner


class C:
    @property
    def one(self): return 1

    @property
    def two(self):
        return 2


if False or not called:
    x = 1
    y = 2
"""


def found(snapshot, code="never-run"):
    told = [each for each in read_diagnostics(snapshot) if each.code == code]
    return [(each.code, each.range.start.line, each.range.end.line, each.message) for each in told]


def test_a_function_of_which_nothing_ran_is_named_once(snapshot):
    """With all its lines, blank ones and inner functions among them; what ran in part has no name."""
    made = snapshot(SOURCE, {"": {1, 6, 15, 16, 17, 19, 20, 24}, "t.py::t": {2}})
    assert found(made) == [
        ("never-run", 2, 2, "this line never ran"),
        ("never-run", 7, 11, "uncalled was never called"),
        ("never-run", 20, 20, "C.two was never called"),
        ("never-run", 24, 25, "these lines never ran"),
    ]


def test_a_failing_test_stands_where_it_failed_and_moves_with_the_text(snapshot):
    """In the text of that moment; where that line is gone, in the gap that it left."""
    lines = tuple(SOURCE.split("\n"))
    failure = Failure("t.py::t", "assert 1 == 2", Path("/p/m.py"), 3, lines)
    fresh = snapshot(SOURCE, {}, failures=(failure,))
    assert found(fresh, "test-failed") == [("test-failed", 2, 2, "t.py::t failed: assert 1 == 2")]
    moved = snapshot("\n" + SOURCE, {}, ran=SOURCE, failures=(failure,))
    assert [each[1] for each in found(moved, "test-failed")] == [3]
    changed = snapshot(SOURCE.replace("return x", "return 2", 1), {}, ran=SOURCE, failures=(failure,))
    assert [each[1] for each in found(changed, "test-failed")] == [2]


def test_thousands_of_functions_are_quick(snapshot):
    """It is asked for after every keystroke."""
    source = "".join(f"def f{n}():\n    return {n}\n\n" for n in range(5000))
    made = snapshot(source, {"": set(range(1, 15_000, 3))})
    started = time.process_time()
    told = diagnostics(made)
    assert time.process_time() - started < 2
    assert len(json.loads(told)) == 5000


def test_a_branch_relates_to_where_it_never_went(snapshot):
    """A line, or the function that was never left that way; only for clients that show it."""
    source = "def f(a):\n    if a:\n        return 1\n    x = 2\n"
    made = snapshot(source, {"": {1, 2, 3}}, arcs={(2, 3), (3, -1)})
    (branch,) = [each for each in read_diagnostics(made) if each.code == "uncovered-branch"]
    assert branch.message == "the condition on line 2 was always true"
    (where,) = branch.related_information
    assert (where.location.uri, where.location.range.start.line) == (made.uri, 3)
    assert where.message == "line 2 never went on to here"
    assert all(each.related_information is None for each in read_diagnostics(made, related=False))
    left = snapshot("def f(a):\n    if a:\n        x = 1\n", {"": {1, 2, 3}}, arcs={(2, 3), (3, -1)})
    (branch,) = [each for each in read_diagnostics(left) if each.code == "uncovered-branch"]
    (where,) = branch.related_information
    assert (where.location.range.start.line, where.message) == (0, "line 2 did not exit the function 'f'")
