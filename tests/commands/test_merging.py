"""Commands that merge partial files, before a report or on their own."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from minicov_lsp.store.database import Database
from minicov_lsp.store.partials import find_partials
from minicov_tracer.naming import host


@pytest.fixture
def unmerged(tmp_path, write, minicov) -> Path:
    """A folder in which two programs left their partial files, and nothing else."""
    write({"one.py": "x = 1\n", "two.py": "x = 1\n"})
    for program in ("one.py", "two.py"):
        assert minicov("run", "--parallel", "-q", program).stderr == ""
    return tmp_path


def files_of(folder: Path) -> tuple[str, ...]:
    with Database(folder / ".coverage.db") as database:
        return database.files()


def test_nothing_to_combine(minicov):
    """Nothing to combine is no error."""
    ran = minicov("combine")
    assert ran.returncode == 0
    assert "nothing to combine" in ran.stderr


def test_combine_into_what_cannot_be(minicov):
    """A name that no file can have is an error, also where there is nothing to combine."""
    ran = minicov("combine", "--data", "x" * 4_000)
    assert ran.returncode == 1
    assert "can't be the name of a data file" in ran.stderr


def test_combine_replaces_or_appends(unmerged, minicov):
    """Combine replaces what the data file held, unless it is to add to it; the partials are gone then."""
    _, second = find_partials(unmerged / ".coverage.db")
    away = unmerged / "away"
    away.mkdir()
    second.rename(away / second.name)
    assert minicov("combine").stderr.startswith("minicov: merged 1 partial file into")
    assert files_of(unmerged) == ("one.py",)
    assert minicov("combine", "--append", "--keep", "away").returncode == 0
    assert files_of(unmerged) == ("one.py", "two.py")
    assert minicov("combine", "away").returncode == 0
    assert files_of(unmerged) == ("two.py",)
    assert list(away.iterdir()) == []


def test_what_is_kept_stays(unmerged, minicov):
    """What `combine --keep` merged no report merges again, or deletes; what was written to it since is merged."""
    data_file = unmerged / ".coverage.db"
    kept = find_partials(data_file)
    assert minicov("combine", "--keep").returncode == 0
    ran = minicov("report")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert find_partials(data_file) == kept
    minicov("run", "-q", "one.py")
    assert minicov("report").stderr == ""
    assert files_of(unmerged) == ("one.py",)
    with closing(sqlite3.connect(kept[1])) as connection:
        connection.execute("VACUUM")
    assert minicov("report").stderr.startswith("minicov: merged 1 partial file into")
    assert find_partials(data_file) == kept[:1]


def test_data_files_of_other_machines_are_combined(unmerged, minicov):
    """In a folder that is named a whole data file counts too; a file can be named itself."""
    minicov("combine")
    for name in ("a", "b"):
        (unmerged / name).mkdir()
        shutil.copy(unmerged / ".coverage.db", unmerged / name / ".coverage.db")
    assert minicov("erase").returncode == 0
    assert minicov("combine", "a", "b/.coverage.db").returncode == 0
    assert files_of(unmerged) == ("one.py", "two.py")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("gone", "gone: no such file or folder"),
        (".coverage.db", ".coverage.db: is the data file"),
        ("x" * 4_000, "x" * 4_000 + ": no such file or folder"),
    ],
    ids=["gone", "data file", "long"],
)
def test_combine_what_cannot_be(unmerged, minicov, path, message):
    """A path that isn't there, or the data file itself, is an error."""
    minicov("combine", "--keep")
    ran = minicov("combine", path)
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"minicov: {message}")


def test_damaged_partial_is_set_aside(unmerged, minicov):
    """The rest is merged; the damaged file keeps its name with .bad, is named, and the status is 1."""
    damaged = find_partials(unmerged / ".coverage.db")[0]
    damaged.write_bytes(b"no database" * 1000)
    ran = minicov("combine")
    assert ran.returncode == 1
    assert f"{damaged}.bad" in ran.stderr
    assert Path(f"{damaged}.bad").exists()
    assert files_of(unmerged) == ("two.py",)


def test_damaged_hit_log_is_set_aside(unmerged, minicov):
    """What a killed process logged is data too: damaged, it is named and kept as .bad, and the status is 1."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    log = unmerged / f".coverage.db.{host()}.{dead.pid}.0123abcd.hits"
    log.write_bytes(b"no log" * 1000)
    ran = minicov("combine")
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"minicov: {log}: not a hit log of minicov; ")
    assert f"kept as {log}.bad\n" in ran.stderr
    assert Path(f"{log}.bad").exists()
    assert files_of(unmerged) == ("one.py", "two.py")
    assert minicov("combine").returncode == 0


def test_report_merges_what_is_unmerged(unmerged, minicov):
    """A report takes partial files in, and says so on standard error; -q keeps it quiet."""
    ran = minicov("report")
    assert ran.returncode == 0
    assert [line.split()[0] for line in ran.stdout.splitlines()[2:4]] == ["one.py", "two.py"]
    assert ran.stderr.startswith("minicov: merged 2 partial files into")
    assert minicov("report").stderr == ""


def test_erase_removes_all_that_belongs_to_the_data(unmerged, minicov):
    """The data file, partials, journals and what was set aside are removed; nothing else is."""
    minicov("combine", "--keep")
    partial = find_partials(unmerged / ".coverage.db")[0]
    for name in (f"{partial.name}-journal", f"{partial.name}.bad", ".coverage.db-wal"):
        (unmerged / name).write_text("")
    for name in (".coverage", ".coverage.db.txt", ".coverage.dbx"):
        (unmerged / name).write_text("")
    assert minicov("erase").returncode == 0
    assert sorted(path.name for path in unmerged.iterdir()) == [
        ".coverage",
        ".coverage.db.txt",
        ".coverage.dbx",
        "one.py",
        "two.py",
    ]
    assert "nothing to erase" in minicov("erase").stderr


def test_erase_removes_the_rest_of_what_it_cannot_remove(unmerged, minicov):
    """What stays is told, and so says the status; it keeps nothing else from going."""
    partials = find_partials(unmerged / ".coverage.db")
    partials[0].unlink()
    partials[0].mkdir()
    ran = minicov("erase")
    assert ran.returncode == 1
    assert f"minicov: {partials[0]}: can't be removed (Is a directory); remove it yourself" in ran.stderr
    assert find_partials(unmerged / ".coverage.db") == partials[:1]


def test_prune_forgets_what_is_gone_and_says_so(unmerged, minicov):
    """--prune drops what ran of files that are no longer there, with partial files or without, and names them."""
    minicov("combine")
    (unmerged / "two.py").unlink()
    assert files_of(unmerged) == ("one.py", "two.py")
    ran = minicov("combine", "--prune")
    assert ran.returncode == 0
    assert "minicov: forgot two.py: there is no such file here\n" in ran.stderr
    assert "minicov: forgot files: 1, older versions of files: 0, " in ran.stderr
    assert files_of(unmerged) == ("one.py",)


def test_lost_files_are_told_with_what_would_find_them(unmerged, minicov, write):
    """Where nothing that was recorded elsewhere is here, the line for `[paths]` is told; with it they are found."""
    write({"report": "SF:/ci/build/7/one.py\nDA:1,1\nend_of_record\n"})
    for partial in find_partials(unmerged / ".coverage.db"):
        partial.unlink()
    line = 'source = [".", "/ci/build/7"]'
    assert (
        f"the first is /ci/build/7/one.py; add `{line}` to [tool.minicov.paths]" in minicov("import", "report").stderr
    )
    write({"pyproject.toml": f"[tool.minicov.paths]\n{line}\n"})
    minicov("erase")
    assert "are not here" not in minicov("import", "report").stderr
    assert files_of(unmerged) == ("one.py",)


def test_test_that_runs_again_replaces_its_facts(tmp_path, write, minicov):
    """In a run that adds, a test replaces what it showed; other tests keep theirs, and a labelled run only adds."""
    write({"app.py": "def f():\n    return 1\n\ndef g():\n    return 2\n"})
    write({"test_app.py": "import app\n\ndef test_a():\n    app.f()\n\ndef test_b():\n    app.f()\n"})
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_app.py::test_a")
    quick = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    minicov("run", "-q", *command[:-1], "test_app.py", **quick)
    write({"test_app.py": "import app\n\ndef test_a():\n    app.g()\n\ndef test_b():\n    app.f()\n"})
    minicov("run", "-q", "--append", *command, **quick)
    assert who_ran(tmp_path, 2) == {"test_app.py::test_b"}
    assert who_ran(tmp_path, 5) == {"test_app.py::test_a"}
    write({"test_app.py": "import app\n\ndef test_a():\n    app.f()\n"})
    minicov("run", "-q", "--append", "--context", "more", *command, **quick)
    assert who_ran(tmp_path, 2) == {"test_app.py::test_b", "more|test_app.py::test_a"}
    assert who_ran(tmp_path, 5) == {"test_app.py::test_a"}


def who_ran(folder: Path, line: int) -> set[str]:
    """The contexts that ran a line of app.py, asked as anybody may ask."""
    with closing(sqlite3.connect(folder / ".coverage.db")) as connection:
        sql = "SELECT label FROM lines JOIN contexts ON id = context_id WHERE file_path = 'app.py' AND line_no = ?"
        return {label for (label,) in connection.execute(sql, (line,))}
