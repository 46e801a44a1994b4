"""Which files a report covers, what becomes of those that can't be read, and what ran of each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from minicov_lsp.config import Config, Origin, with_options
from minicov_lsp.errors import ConfigError, DataError, SourceError
from minicov_lsp.project import Project, may_have_run, source_of


@pytest.fixture
def measured(project_folder):
    """Measures the project with some settings: {path: file}, and the warnings."""

    def measure(**settings):
        warnings: list[str] = []
        settings.setdefault("report_omit", ("page.html",))
        project = Project(project_folder, with_options(Config(), settings), warn=warnings.append)
        return {file.path: file for file in project.measured_files()}, warnings

    return measure


def test_every_file_of_the_data_by_path(measured):
    """All measured files are in the report, those that never ran too, in the order of their paths."""
    files, warnings = measured()
    assert list(files) == ["main.py", "page.py", "pkg/__init__.py", "pkg/never.py", "pkg/used.py"]
    assert files["pkg/used.py"].analysis.executed == {1, 2, 3}
    assert files["pkg/used.py"].analysis.missing == {4}
    assert files["pkg/never.py"].analysis.missing == {1}
    assert warnings == []


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        ({"report_include": ("pkg/*",)}, ["pkg/__init__.py", "pkg/never.py", "pkg/used.py"]),
        ({"report_omit": ("*/pkg/*", "page.*")}, ["main.py"]),
        ({"report_include": ("pkg/*",), "report_omit": ("never.py",)}, ["pkg/__init__.py", "pkg/used.py"]),
    ],
)
def test_include_and_omit(measured, settings, paths):
    """Reports are narrowed by include, then by omit."""
    assert list(measured(**settings)[0]) == paths


def test_what_a_run_measures_is_no_matter_of_reports(measured):
    """Include and omit of `run` leave reports alone."""
    assert "pkg/never.py" in measured(run_omit=("pkg/*",), run_include=("main.py",))[0]


def test_bad_pattern_names_its_setting(project_folder):
    """A pattern that means nothing is an error that says where it was set."""
    origins = {"report_omit": Origin("tox.ini", "coverage:report", "omit", 3)}
    config = Config(report_omit=("a[",), origins=origins)
    with pytest.raises(ConfigError, match=r"tox\.ini:3: \[coverage:report\] omit: "):
        list(Project(project_folder, config).measured_files())


def test_nothing_left_to_report(measured):
    """A report without a file is an error."""
    with pytest.raises(DataError, match="no data to report"):
        measured(report_include=("gone/*",))


def test_no_data_file(tmp_path):
    """A project that never ran says what to do."""
    with pytest.raises(DataError, match="run `minicov run` first"):
        list(Project(tmp_path, Config()).measured_files())


def test_source_that_is_gone(measured, project_folder):
    """A measured file that isn't there any more is an error, or a warning where errors are ignored."""
    (project_folder / "pkg" / "used.py").unlink()
    with pytest.raises(SourceError, match=r"pkg/used\.py: no such file"):
        measured()
    files, warnings = measured(ignore_errors=True)
    assert "pkg/used.py" not in files
    assert "pkg/never.py" in files
    (warning,) = warnings
    assert warning.startswith("pkg/used.py: no such file")


def test_source_that_is_not_python(measured, project_folder):
    """A measured module that can't be parsed is an error with its line, or a warning where errors are ignored."""
    (project_folder / "pkg" / "never.py").write_text("x = 1\nif\n")
    with pytest.raises(SourceError, match=r"pkg/never\.py:2"):
        measured()
    files, warnings = measured(ignore_errors=True)
    assert "pkg/never.py" not in files
    assert len(warnings) == 1


def test_template_is_no_module(measured):
    """What has another ending than a module's may be no Python: it is left out without a word."""
    files, warnings = measured(report_omit=())
    assert "page.html" not in files
    assert warnings == []


def test_text_changed_since_it_ran(measured, project_folder):
    """Lines that ran are those of the file as it is now, and one warning names the files that changed."""
    for name in ("main.py", "pkg/used.py"):
        text = (project_folder / name).read_text()
        (project_folder / name).write_text(f"import os\n{text}")
    files, warnings = measured()
    assert files["pkg/used.py"].analysis.executed == {1, 2, 3}
    assert files["pkg/used.py"].analysis.missing == {4, 5}
    (warning,) = warnings
    assert "main.py, pkg/used.py" in warning
    assert "pkg/never.py" not in warning


def test_text_that_ran_counts_before_older_ones(project_folder, run_in, measured):
    """Of several texts that ran, the one on disk counts; of older ones what has not changed since."""
    used = project_folder / "pkg" / "used.py"
    used.write_text("# the same, one line lower\n" + used.read_text() + "\ndouble(0)\n")
    (project_folder / "other.py").write_text("import runpy\nrunpy.run_path('pkg/used.py')\n")
    run_in(project_folder, "run", "--append", "--source", ".", "--context", "third", "other.py")
    files, warnings = measured()
    assert files["pkg/used.py"].analysis.executed == {2, 3, 4, 5, 7}
    assert files["pkg/used.py"].contexts == {
        2: {"first", "third"},
        3: {"first", "third"},
        4: {"first"},
        5: {"third"},
        7: {"third"},
    }
    assert warnings == []


def test_only_some_contexts(measured):
    """With `contexts` only what ran in one of them counts; the regular expressions are searched for."""
    files, _ = measured(report_contexts=("^sec", "nothing"))
    assert files["main.py"].analysis.executed == frozenset()
    assert files["page.py"].analysis.executed == {1}


def test_files_are_found_where_they_were_recorded(run_in, tmp_path):
    """A data file that is read from elsewhere leads to the folder that it was recorded in, if that is still there."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "main.py").write_text("x = 1\n")
    run_in(tmp_path / "there", "run", "main.py")
    project = Project(tmp_path, Config(), tmp_path / "there" / ".coverage.db")
    assert [file.path for file in project.measured_files()] == ["there/main.py"]


def test_aliases_name_the_folder_that_the_data_was_recorded_from(run_in, tmp_path):
    """A container's folder stands for a folder here: paths are recorded relative to it, and it is not here."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("x = 1\n")
    run_in(tmp_path / "app", "run", "main.py")
    (tmp_path / "here").mkdir()
    (tmp_path / "app" / ".coverage.db").rename(tmp_path / "here" / ".coverage.db")
    (tmp_path / "app").rename(tmp_path / "here" / "src")
    project = Project(tmp_path / "here", with_options(Config(), {"paths": {"app": ("src", str(tmp_path / "app"))}}))
    assert [file.path for file in project.measured_files()] == ["src/main.py"]


def test_aliases_merge_what_is_one_file(project_folder, measured):
    """Files that [paths] says are the same are one in the report."""
    (project_folder / "src").mkdir()
    for name in ("never.py", "used.py", "__init__.py"):
        (project_folder / "pkg" / name).rename(project_folder / "src" / name)
    files, _ = measured(paths={"source": ("src", "pkg")})
    assert files["src/used.py"].analysis.executed == {1, 2, 3}
    assert "pkg/used.py" not in files


def test_files_that_could_have_run(tmp_path):
    """Never-run files are the modules of a folder and of the packages in it."""
    modules = ("a.py", "b.pyw", "pkg/__init__.py", "pkg/g.py", "pkg/sub/h.py", "loose/i.py")
    for name in (*modules, "c.txt", ".d.py", "e.f.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")

    def found(**settings) -> list[str]:
        config = with_options(Config(), {"source": (".",), **settings})
        return [path.relative_to(tmp_path).as_posix() for path in may_have_run(config, tmp_path, ())]

    assert found() == ["a.py", "b.pyw", "pkg/__init__.py", "pkg/g.py"]
    assert found(include_namespace_packages=True) == [
        "a.py",
        "b.pyw",
        "loose/i.py",
        "pkg/__init__.py",
        "pkg/g.py",
        "pkg/sub/h.py",
    ]
    assert found(run_omit=("pkg/*",)) == ["a.py", "b.pyw"]
    assert found(source=("pkg",)) == ["pkg/__init__.py", "pkg/g.py"]
    assert found(source=()) == []


def test_package_is_known_by_its_init(tmp_path):
    """A package's other files are known once its __init__.py was measured; without that it was never imported."""
    for name in ("src/top/__init__.py", "src/top/sub/__init__.py", "src/top/sub/a.py", "src/top/b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    config = with_options(Config(), {"source_pkgs": ("top.sub",)})
    inside = tmp_path / "src" / "top" / "sub"
    assert may_have_run(config, tmp_path, [inside / "__init__.py"]) == (inside / "__init__.py", inside / "a.py")
    assert may_have_run(config, tmp_path, [tmp_path / "src" / "top" / "__init__.py"]) == ()


def test_what_no_import_can_name_did_not_run(tmp_path):
    """Files of editors, and names that are no text and can't be kept, are nothing that a run could have imported."""
    for name in (b"a.py", b"a.py~", b".#a.py", b"a b.py", b"a\xff.py"):
        try:
            (tmp_path / os.fsdecode(name)).write_text("")
        except OSError:  # a file system that takes text alone
            assert name == b"a\xff.py"
    config = with_options(Config(), {"source_dirs": (str(tmp_path),)})
    assert [file.name for file in may_have_run(config, tmp_path, [])] == ["a b.py", "a.py"]


def test_source_is_a_folder_where_there_is_one(tmp_path):
    """A name in `source` is a folder if there is one of that name, else a package."""
    (tmp_path / "src").mkdir()
    config = with_options(Config(), {"source": ("src", "pkg.sub"), "source_pkgs": ("other",)})
    assert source_of(config, tmp_path) == ((tmp_path / "src",), ("other", "pkg.sub"))


@pytest.mark.parametrize(("folder", "problem"), [("gone", "is not a folder"), ("/", "is a whole file system")])
def test_source_folder_must_be_one(tmp_path, folder, problem):
    """A folder in `source_dirs` has to be there, and to be less than everything."""
    config = with_options(Config(), {"source_dirs": (folder,)})
    with pytest.raises(ConfigError, match=problem):
        source_of(config, Path(tmp_path))
