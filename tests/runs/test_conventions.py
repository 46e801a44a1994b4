import pytest

from minicov_lsp.runs.conventions import Conventions, read_conventions


@pytest.mark.parametrize(
    ("path", "expected"),
    [("tests/test_a.py", True), ("a_test.py", True), ("tests/conftest.py", False), ("attest.py", False)],
)
def test_default_file_names(path, expected):
    """A file is a test file by pytest's own patterns."""
    assert Conventions().is_test_file(path) is expected


def test_prefixes_and_globs():
    """A pattern is a prefix unless it has a wildcard."""
    conventions = Conventions(python_functions=("check", "*_spec"), python_classes=("Suite",))
    assert conventions.is_test_function("check_it")
    assert conventions.is_test_function("a_spec")
    assert not conventions.is_test_function("test_it")
    assert conventions.is_test_class("SuiteOfAll")
    assert not conventions.is_test_class("TestIt")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\npython_files = "check_*.py"\ntestpaths = ["checks"]\n'),
        ("pyproject.toml", '[tool.pytest]\npython_files = ["check_*.py"]\ntestpaths = ["checks"]\n'),
        ("pytest.ini", "[pytest]\npython_files = check_*.py\ntestpaths = checks\n"),
        ("tox.ini", "[pytest]\npython_files =\n    check_*.py\ntestpaths = checks\n"),
        ("setup.cfg", "[tool:pytest]\npython_files = check_*.py\ntestpaths = checks\n"),
    ],
)
def test_each_place_of_configuration(tmp_path, name, text):
    """The project's own names count, wherever pytest would read them."""
    (tmp_path / name).write_text(text)
    conventions = read_conventions(tmp_path)
    assert (conventions.python_files, conventions.testpaths) == (("check_*.py",), ("checks",))


def test_the_first_file_counts_alone(tmp_path):
    """A pytest.ini counts even if it says nothing."""
    (tmp_path / "pytest.ini").write_text("")
    (tmp_path / "setup.cfg").write_text("[tool:pytest]\npython_files = check_*.py\n")
    assert read_conventions(tmp_path) == Conventions()


@pytest.mark.parametrize(
    "text", ["not toml [", "[tool]\npytest = 3\n", "[tool.pytest.ini_options]\ntestpaths = 5\n", "\xff"]
)
def test_what_cannot_be_understood_says_nothing(tmp_path, text):
    """A broken file is for pytest to complain of."""
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    assert read_conventions(tmp_path) == Conventions()
