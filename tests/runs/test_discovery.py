from textwrap import dedent

import pytest

from minicov_lsp.runs.conventions import Conventions
from minicov_lsp.runs.discovery import discover, find_test_files, innermost, top_level_names

SOURCE = dedent(
    """\
    import unittest
    import pytest

    @pytest.mark.parametrize("x", [1, 2])
    def test_one(x):
        pass

    def helper():
        def test_inner(): pass

    if True:
        async def test_two(): pass

    class TestGroup:
        def test_a(self): pass
        def helper(self): pass
        class TestInner:
            def test_b(self): pass

    class TestMade:
        def __init__(self): pass
        def test_never(self): pass

    class Old(unittest.TestCase):
        def testCamel(self): pass
        def check(self): pass

    class Older(Old):
        def test_more(self): pass

    class TestOff:
        __test__ = False
        def test_never(self): pass

    class Other:
        def test_never(self): pass
    """
)


def found(path="tests/test_m.py", text=SOURCE):
    return discover(path, text, Conventions())


def test_what_pytest_would_collect_is_found():
    """By convention alone: functions, classes without a constructor, unittest's classes by what they derive from."""
    ids = [test.id.removeprefix("tests/test_m.py::") for test in found().functions()]
    assert ids == [
        "test_one",
        "test_two",
        "TestGroup::test_a",
        "TestGroup::TestInner::test_b",
        "Old::testCamel",
        "Older::test_more",
    ]


def test_it_agrees_with_pytest(tmp_path, collect):
    """Pytest itself collects the same, parameters aside."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_m.py").write_text(SOURCE)
    # Inherited methods are collected by pytest under the class that inherits them, too.
    theirs = [test for test in collect(tmp_path) if test != "tests/test_m.py::Older::testCamel"]
    assert [test.id for test in found().functions()] == list(dict.fromkeys(theirs))


def test_lines_of_a_test_begin_at_its_decorators():
    """So that the cursor on a decorator is in the test."""
    first = found().children[0]
    assert (first.first_line, first.line, first.column, first.end_line) == (4, 5, 4, 6)


def test_the_items_around_a_line_come_outermost_first():
    """A test knows the classes it is in."""
    around = innermost(found().children, SOURCE[: SOURCE.index("def test_b")].count("\n") + 1)
    assert [each.label for each in around] == ["TestGroup", "TestInner", "test_b"]


@pytest.mark.parametrize(("path", "text"), [("m.py", SOURCE), ("test_m.py", "x = 1\n"), ("test_m.py", "def test_(:\n")])
def test_no_tests_is_none(path, text):
    """A file of another name, without tests, or with a syntax error has no tree."""
    assert found(path, text) is None


def test_a_later_definition_hides_an_earlier_one():
    """As it does for Python."""
    assert [test.line for test in found(text="def test_a(): pass\ndef test_a(): pass\n").functions()] == [2]


def test_files_are_looked_for_where_pytest_looks(tmp_path):
    """Hidden folders, virtual environments and caches are left out."""
    for name in ("a/test_b.py", "test_a.py", ".hidden/test_c.py", "env/test_d.py", "node_modules/test_e.py", "a/b.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    files = [path.relative_to(tmp_path).as_posix() for path in find_test_files(tmp_path, Conventions())]
    assert files == ["test_a.py", "a/test_b.py"]
    only = find_test_files(tmp_path, Conventions(testpaths=("a",)))
    assert [path.name for path in only] == ["test_b.py"]


def test_names_at_the_top_level():
    """Imported tests count; where anything could be imported nothing can be said."""
    assert top_level_names("from m import TestA as T\nimport a.b\nx = 1\ndef f(): pass\n") == {"T", "a", "x", "f"}
    assert top_level_names("from m import *\n") is None
