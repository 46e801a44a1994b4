import pytest

from minicov_lsp.runs.selection import after_not_found, ids_of, is_selected, node_id, still_there


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("tests/t.py::test_a", "tests/t.py::test_a"),
        ("tests/t.py::test_a[x|y]", "tests/t.py::test_a[x|y]"),
        ("nightly|tests/t.py::test_a[x|y]", "tests/t.py::test_a[x|y]"),
        ("tests/t.py::test_a|run", "tests/t.py::test_a"),
        ("", None),
        ("nightly", None),
        ("tests.t.test_a", None),
    ],
)
def test_labels_that_are_tests(label, expected):
    """A static label before the node id, and pytest-cov's phase behind it, are not part of it."""
    assert node_id(label) == expected


def test_each_test_once_and_sorted():
    """Setup and call of one test are one test."""
    assert ids_of(["t.py::b|run", "t.py::a", "t.py::b|setup", ""]) == ("t.py::a", "t.py::b")


def test_tests_of_files_that_are_gone_are_left_out():
    """One id that pytest doesn't know keeps it from running any; methods and parameters only pytest can tell."""
    there = {("t.py", "test_a"), ("t.py", "TestB"), ("t.py", "")}
    ids = ["t.py::test_a[1]", "t.py::TestB::test_x", "t.py::test_gone", "gone.py::test_a", "t.py"]
    kept = still_there(ids, lambda path, name: (path, name) in there)
    assert kept == ("t.py::test_a[1]", "t.py::TestB::test_x", "t.py")


@pytest.mark.parametrize("named", ["t.py::a[old]", "t.py::a"])
def test_parameters_that_are_gone_leave_their_function(named):
    """A renamed parameter set still runs; a function that is gone does not."""
    ids = ["t.py::a[old]", "t.py::b", "t.py::c"]
    once = after_not_found(ids, {named, "t.py::b"})
    assert once == ("t.py::a", "t.py::c")
    assert after_not_found(once, {"t.py::a"}) == ("t.py::c",)


@pytest.mark.parametrize("selected", ["t.py::C::m[1]", "t.py::C::m", "t.py::C", "t.py"])
def test_a_test_is_selected_by_what_holds_it(selected):
    """A file, class or function stands for all its tests."""
    assert is_selected("t.py::C::m[1]", {selected})
    assert not is_selected("t.py::D::m[1]", {"t.py::C"})
