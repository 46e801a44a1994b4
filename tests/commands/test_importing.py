"""A project that coverage.py measured: its data read as it is, imported, exported; its numbers are coverage.py's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from minicov_lsp.store.database import Database

from .conftest import clean_environment

PROGRAM = {
    "app.py": """\
def pick(x):
    if x > 1:
        return "many"
    for _ in range(x):
        if not x:
            break
    else:
        x = 2
    return (
        "one"
    )


class Box:
    def __init__(self, items):
        with open(__file__) as self.file:
            self.items = [item for item in items if item]

    def never(self):
        return self.items
""",
    "idle.py": "x = 1\nif x:\n    y = 2\n",
    "test_app.py": """\
import app


def test_one():
    assert app.pick(1) == "one"
    app.Box([1, 0])


def test_many():
    assert app.pick(2) == "many"
""",
    ".coveragerc": "[run]\nbranch = True\nsource = .\nrelative_files = True\ndynamic_context = test_function\n",
}
METRICS = ("executed_lines", "missing_lines", "excluded_lines", "executed_branches", "missing_branches", "contexts")
WITHOUT_CONTEXTS = METRICS[:-1]
TOTALS = (
    "covered_lines",
    "num_statements",
    "percent_covered",
    "missing_lines",
    "excluded_lines",
    "num_branches",
    "num_partial_branches",
    "covered_branches",
    "missing_branches",
)


TESTS = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_app.py")


def coverage(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "coverage", *arguments]
    environment = clean_environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    """A folder whose tests ran under coverage.py, with branches and contexts, and its reports."""
    folder = tmp_path_factory.mktemp("original")
    for name, text in PROGRAM.items():
        (folder / name).write_text(text)
    coverage(folder, "run", *TESTS)
    coverage(folder, "json", "-q", "--show-contexts", "-o", "theirs.json")
    for command in ("lcov", "xml"):
        coverage(folder, command, "-q", "-o", f"report.{command}")
    return folder


@pytest.fixture
def measured(original, tmp_path) -> Path:
    """That folder, to be changed."""
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return tmp_path


def numbers(report: Path, metrics=METRICS):
    """{file: {metric: what a JSON report has}} and the totals that coverage.py has, of either's report."""
    found = json.loads(report.read_text())
    files = {name: {metric: file.get(metric) for metric in metrics} for name, file in found["files"].items()}
    for file in files.values():
        contexts = file.pop("contexts", None)
        if contexts is not None:
            file["contexts"] = {line: sorted(labels) for line, labels in contexts.items()}
    return files, {name: value for name, value in found["totals"].items() if name in TOTALS}


def theirs(folder: Path, metrics=METRICS):
    return numbers(folder / "theirs.json", metrics)


def ours(folder: Path, minicov, metrics=METRICS):
    ran = minicov("json", "-q", "--show-contexts", "-o", "ours.json")
    assert (ran.returncode, ran.stderr) == (0, "")
    return numbers(folder / "ours.json", metrics)


def test_coverage_pys_data_is_read_as_it_is(measured, minicov):
    """Where there is a `.coverage` and no data file of ours, reports are of that: the same numbers, nothing made."""
    assert ours(measured, minicov) == theirs(measured)
    assert not (measured / ".coverage.db").exists()
    assert "coverage.py's own, read until there is a .coverage.db" in minicov("doctor").stdout


def test_import_has_the_same_numbers(measured, minicov):
    """Imported, and imported once more, the data says what coverage.py's says."""
    expected = theirs(measured)
    for _ in range(2):
        ran = minicov("import", ".coverage")
        assert (ran.returncode, ran.stderr) == (0, "minicov: imported coverage.py's data of 3 files from .coverage\n")
        assert ours(measured, minicov) == expected
    (measured / ".coverage").unlink()
    assert minicov("report").returncode == 0


@pytest.mark.parametrize("branches", [True, False])
def test_export_is_read_by_coverage_py(measured, minicov, branches):
    """coverage.py finds in an exported file what minicov found in its own run of the same tests."""
    (measured / ".coverage").unlink()
    options = () if branches else ("--no-branch",)
    assert minicov("run", "-q", *options, *TESTS, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1").returncode == 0
    ran = minicov("export", "--coveragepy", "exported")
    assert (ran.returncode, ran.stderr) == (0, "minicov: wrote coverage.py's data file exported\n")
    before = theirs(measured, WITHOUT_CONTEXTS)
    coverage(measured, "json", "-q", "--show-contexts", "-o", "theirs.json", "--data-file", "exported")
    assert theirs(measured) == ours(measured, minicov)
    if branches:
        assert theirs(measured, WITHOUT_CONTEXTS) == before


def test_export_overwrites_nothing_else(measured, minicov):
    """A file that isn't coverage.py's stays as it is."""
    assert minicov("export", "-q", "--coveragepy", ".coverage").returncode == 0
    ran = minicov("export", "--coveragepy", "app.py")
    assert ran.returncode == 1
    assert ran.stderr == "minicov: app.py: is there, and no data file of coverage.py; name another file\n"
    assert (measured / "app.py").read_text() == PROGRAM["app.py"]


@pytest.mark.parametrize(("report", "title"), [("report.lcov", "LCOV"), ("report.xml", "Cobertura")])
def test_reports_are_imported(measured, minicov, report, title):
    """What coverage.py's LCOV and Cobertura reports tell of lines and branches is what it told itself."""
    (measured / ".coverage").unlink()
    ran = minicov("import", report)
    assert (ran.returncode, ran.stderr) == (0, f"minicov: imported the {title} report of 3 files from {report}\n")
    assert ours(measured, minicov, WITHOUT_CONTEXTS) == theirs(measured, WITHOUT_CONTEXTS)


def test_adding_begins_with_what_was_read(measured, minicov):
    """The first run with --append adds to what coverage.py's data said; one without begins anew."""
    before = theirs(measured)[0]["app.py"]
    (measured / "more.py").write_text("import app\nprint(app.Box([]).never())\n")
    assert minicov("run", "-q", "--append", "more.py").returncode == 0
    after = ours(measured, minicov)[0]["app.py"]
    assert set(after["executed_lines"]) == {*before["executed_lines"], 20}
    assert minicov("run", "-q", "more.py").returncode == 0
    assert 3 not in ours(measured, minicov)[0]["app.py"]["executed_lines"]


def test_our_data_comes_first(measured, minicov):
    """As soon as there is a data file of ours coverage.py's is not looked at."""
    (measured / "idle2.py").write_text("z = 1\n")
    assert minicov("run", "-q", "--source", ".", "idle2.py").returncode == 0
    assert ours(measured, minicov)[0]["app.py"]["executed_lines"] == []


def test_texts_that_changed_are_told(measured, minicov):
    """A source that is newer than the data is counted as it is, and that is said."""
    later = (measured / ".coverage").stat().st_mtime + 5
    os.utime(measured / "app.py", (later, later))
    ran = minicov("import", ".coverage")
    assert ran.returncode == 0
    assert ".coverage: 1 file changed after it was written, or is not here; " in ran.stderr
    with Database(measured / ".coverage.db") as database:
        assert database.facts("app.py")[0].text is None
        assert database.facts("test_app.py")[0].text == PROGRAM["test_app.py"]


def test_paths_of_another_machine(measured, minicov):
    """`[paths]` says where the files of a report are here."""
    report = measured / "report.lcov"
    report.write_text(report.read_text().replace("SF:", "SF:/ci/build/7/"))
    with (measured / ".coveragerc").open("a") as file:
        file.write("[paths]\nsource =\n    .\n    /ci/build/7\n")
    assert minicov("import", "report.lcov").stderr.endswith("imported the LCOV report of 3 files from report.lcov\n")
    with Database(measured / ".coverage.db") as database:
        assert database.files() == ("app.py", "idle.py", "test_app.py")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is neither"),
        (b"x = 1\n", "is neither coverage.py's data nor an LCOV or Cobertura report"),
        (b"SQLite format 3\0" + bytes(200), "is neither"),
        (b"<coverage><class filename='a.py'><line number='x'/></class></coverage>", "'x' is not a line number"),
        (b"SF:a.py\nDA:1,1\n", "ends within a record"),
    ],
)
def test_what_cannot_be_imported_is_told_and_the_rest_is(measured, minicov, content, message):
    """One line names what is wrong, the other files are imported, and the status says so."""
    (measured / "bad").write_bytes(content)
    ran = minicov("import", "bad", "gone", ".coverage")
    assert ran.returncode == 1
    first, second, third = ran.stderr.splitlines()
    assert first.startswith("minicov: bad:")
    assert message in first
    assert "gone" in second
    assert "imported coverage.py's data of 3 files" in third


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone", "gone: can't be read (No such file or directory); name a file that can"),
        ("x" * 4000, ": can't be read (File name too long); name a file that can"),
        ("folder", "folder: is a folder, pipe or device; name a file, saved from it if need be"),
        ("pipe", "pipe: is a folder, pipe or device; name a file, saved from it if need be"),
    ],
)
def test_what_is_no_file_is_not_waited_for(tmp_path, minicov, name, message):
    """A report is read several times, so a pipe is refused; each message says what it is about and what to do."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    ran = minicov("import", name)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.endswith(f"{message}\n")
    assert ran.stderr.count("\n") == 1


def test_our_own_file_is_for_combine(measured, minicov):
    """A data file of minicov isn't imported but combined, and the message says how."""
    minicov("import", "-q", ".coverage")
    (measured / ".coverage.db").rename(measured / "mine")
    ran = minicov("import", "mine")
    assert ran.returncode == 1
    assert "`minicov combine --append mine` adds it" in ran.stderr
