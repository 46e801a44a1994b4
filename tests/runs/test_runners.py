"""Names and command lines of tests."""

from __future__ import annotations

import pytest

from minicov_lsp.runs.runners import lacks_pytest, unittest_name


@pytest.mark.parametrize(
    ("test", "name"),
    [
        ("tests/test_a.py", "tests.test_a"),
        ("test_a.py::TestA", "test_a.TestA"),
        ("tests/deep/test_a.py::TestA::test_b", "tests.deep.test_a.TestA.test_b"),
    ],
)
def test_a_node_id_in_unittests_words(test, name):
    """A file is a module, what is in it follows."""
    assert unittest_name(test) == name


def test_whether_there_is_no_pytest():
    """By what the interpreter says, and not by a test that lacks something else."""
    assert lacks_pytest("/usr/bin/python3: No module named pytest\n")
    assert not lacks_pytest("E   ModuleNotFoundError: No module named 'pytest_mock'\n")
