"""Each setting that coverage.py has too is what coverage.py itself reads from the same files."""

from __future__ import annotations

from pathlib import Path

import pytest
from coverage.config import CoverageConfig, read_coverage_config

from minicov_lsp.config import Config, read_config

SAME = {
    "branch": "branch",
    "command_line": "command_line",
    "context": "context",
    "dynamic_context": "dynamic_context",
    "parallel": "parallel",
    "relative_files": "relative_files",
    "source": "source",
    "source_pkgs": "source_pkgs",
    "source_dirs": "source_dirs",
    "run_include": "run_include",
    "run_omit": "run_omit",
    "exclude": "exclude_list",
    "partial": "partial_list",
    "partial_branches_always": "partial_always_list",
    "report_include": "report_include",
    "report_omit": "report_omit",
    "report_contexts": "report_contexts",
    "fail_under": "fail_under",
    "precision": "precision",
    "show_missing": "show_missing",
    "skip_covered": "skip_covered",
    "skip_empty": "skip_empty",
    "sort": "sort",
    "ignore_errors": "ignore_errors",
    "include_namespace_packages": "include_namespace_packages",
    "html_directory": "html_dir",
    "html_title": "html_title",
    "html_show_contexts": "show_contexts",
    "html_skip_covered": "html_skip_covered",
    "html_skip_empty": "html_skip_empty",
    "html_extra_css": "extra_css",
    "xml_output": "xml_output",
    "xml_package_depth": "xml_package_depth",
    "json_output": "json_output",
    "json_pretty_print": "json_pretty_print",
    "json_show_contexts": "json_show_contexts",
    "lcov_output": "lcov_output",
    "lcov_line_checksums": "lcov_line_checksums",
    "paths": "paths",
}
"""{our field: coverage.py's attribute}."""
OUR_DEFAULTS = {"branch": True, "sort": "name"}
"""Where ours says something that coverage.py leaves open."""


def plain(value: object) -> object:
    """A value without the difference between list and tuple, nothing and none of it."""
    if isinstance(value, (list, tuple)):
        return tuple(value)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value if value is not None else ""


def both(folder: Path, monkeypatch: pytest.MonkeyPatch, file: str | None = None) -> tuple[Config, CoverageConfig]:
    """The two readings of one folder's configuration, or of one file there."""
    monkeypatch.chdir(folder)
    theirs = read_coverage_config(file or True, warn=lambda message: None)
    return read_config(folder, Path(file) if file else None), theirs


def assert_same(ours: Config, theirs: CoverageConfig) -> None:
    """Fail with each field that differs."""
    different = {}
    for field, attribute in SAME.items():
        expected = plain(getattr(theirs, attribute))
        if field not in ours.origins and not any(name.startswith(f"{field}.") for name in ours.origins):
            expected = OUR_DEFAULTS.get(field, expected)
        found = plain(getattr(ours, field))
        if (found or "") != (expected or "") and (found or expected):
            different[field] = (found, expected)
    assert different == {}


INI = r"""
[{0}run]
branch = no
command_line = -m pytest ${ARGUMENTS-"-q"}
concurrency = multiprocessing, thread
context = $LABEL
dynamic_context = test_function
parallel = on
relative_files = TRUE
source =
    pkg, other
    third
source_pkgs = a.b
source_dirs = src
    lib
include = */x/*
omit =
    a/*,b/*
    ~/c/*

[{0}report]
exclude_lines =
    no cov
    a, b{1,2}

    if \$\$DEBUG:
exclude_also = raise NotImplementedError
partial_branches = only one way
partial_also = another way
partial_branches_always = while never
include = src/*
omit = tests/*
contexts = test_a, test_b
fail_under = 87.5
precision = 2
show_missing = 1
skip_covered = yes
skip_empty = true
sort = -cover
ignore_errors = true
include_namespace_packages = true

[{0}html]
directory = ~/site
title = $UNSET Title ${LABEL}
show_contexts = true
skip_covered = false
skip_empty = true
extra_css = x.css

[{0}xml]
output = build/c.xml
package_depth = 3

[{0}json]
output = ~/c.json
pretty_print = true
show_contexts = true

[{0}lcov]
output = c.info
line_checksums = true

[{0}paths]
source =
    src
    */site-packages
other = lib, /elsewhere/lib
"""

TOML = r"""
[{0}run]
branch = false
command_line = "-m pytest ${ARGUMENTS-'-q'}"
concurrency = ["multiprocessing"]
context = "$LABEL"
dynamic_context = "test_function"
parallel = "true"
relative_files = true
source = ["pkg", "${LABEL}/x"]
source_pkgs = ["a.b"]
source_dirs = ["src"]
include = ["*/x/*"]
omit = ["a/*,b/*"]

[{0}report]
exclude_lines = ["no cov", 'a, b{1,2}', "  padded  ", ""]
exclude_also = ["raise NotImplementedError"]
partial_branches = ["only one way"]
partial_also = ["another way"]
partial_branches_always = []
include = ["src/*"]
omit = ["tests/*"]
contexts = ["test_a"]
fail_under = 87
precision = "2"
show_missing = true
skip_covered = true
skip_empty = true
sort = "-cover"
ignore_errors = true
include_namespace_packages = true

[{0}html]
directory = "~/site"
title = "T"
show_contexts = true
skip_covered = false

[{0}xml]
output = "build/c.xml"
package_depth = 3

[{0}json]
output = "~/c.json"
pretty_print = true
show_contexts = true

[{0}lcov]
output = "c.info"
line_checksums = true

[{0}paths]
source = ["src", "*/site-packages"]
"other name" = ["lib", "/elsewhere/lib"]
"""


def with_prefix(text: str, prefix: str) -> str:
    """The sections of a file with something before their names."""
    return text.replace("[{0}", f"[{prefix}")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of ours in the environment, one variable to refer to."""
    for name in ("COVERAGE_FILE", "COVERAGE_RCFILE", "COVERAGE_CORE", "COVERAGE_DEBUG", "UNSET", "ARGUMENTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LABEL", "the label")


@pytest.mark.parametrize(
    ("name", "text", "prefix"),
    [
        (".coveragerc", INI, ""),
        (".coveragerc", INI, "coverage:"),
        ("setup.cfg", INI, "coverage:"),
        ("tox.ini", INI, "coverage:"),
        (".coveragerc.toml", TOML, ""),
        (".coveragerc.toml", TOML, "tool.coverage."),
        ("pyproject.toml", TOML, "tool.coverage."),
    ],
)
def test_every_setting_reads_the_same(tmp_path, monkeypatch, name, text, prefix):
    """Each key of each kind of file has coverage.py's value."""
    (tmp_path / name).write_text(with_prefix(text, prefix))
    ours, theirs = both(tmp_path, monkeypatch)
    assert_same(ours, theirs)
    assert ours.files == (name,)
    assert ours.warnings == ()
    assert {field for field in SAME if field not in ("exclude", "partial", "paths")} - ours.origins.keys() <= {
        "html_skip_empty",
        "html_extra_css",
    }


def test_defaults_are_the_same(tmp_path, monkeypatch):
    """Without a file every setting but `branch` has coverage.py's default."""
    assert_same(*both(tmp_path, monkeypatch))


FOUND = {
    ".coveragerc": "[run]\ncontext = rc\n",
    ".coveragerc.toml": '[run]\ncontext = "rc.toml"\n',
    "setup.cfg": "[coverage:run]\ncontext = setup\n",
    "tox.ini": "[coverage:run]\ncontext = tox\n",
    "pyproject.toml": '[tool.coverage.run]\ncontext = "pyproject"\n',
}


@pytest.mark.parametrize("first", range(len(FOUND)))
def test_files_are_searched_in_the_same_order(tmp_path, monkeypatch, first):
    """Of several files the same one counts."""
    for name, text in list(FOUND.items())[first:]:
        (tmp_path / name).write_text(text)
    ours, theirs = both(tmp_path, monkeypatch)
    assert ours.context == theirs.context
    assert ours.files == (list(FOUND)[first],)


@pytest.mark.parametrize("empty", [".coveragerc", ".coveragerc.toml", "setup.cfg", "tox.ini"])
def test_only_a_file_of_its_own_counts_when_empty(tmp_path, monkeypatch, empty):
    """An empty .coveragerc ends the search; a setup.cfg without a word of coverage doesn't."""
    (tmp_path / empty).write_text("" if empty.startswith(".") else "[metadata]\nname = x\n[run]\nbranch = true\n")
    (tmp_path / "pyproject.toml").write_text(FOUND["pyproject.toml"])
    ours, theirs = both(tmp_path, monkeypatch)
    assert ours.context == (theirs.context or "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("other.cfg", "[run]\ncontext = bare\n[coverage:report]\nprecision = 3\n"),
        ("other.cfg", "[run]\ncontext = bare\nbranch = true\n[coverage:run]\ncontext = prefixed\n"),
        ("other.toml", '[run]\ncontext = "bare"\nbranch = true\n[tool.coverage.run]\ncontext = "prefixed"\n'),
        ("pyproject.toml", '[report]\nprecision = 3\n[tool.coverage.run]\ncontext = "prefixed"\n'),
        ("setup.cfg", "[run]\ncontext = bare\n"),
    ],
)
def test_a_named_file_is_coverage_pys_alone(tmp_path, monkeypatch, name, text):
    """A file that is named may leave the prefix out of its sections; one with it hides one without."""
    (tmp_path / ".coveragerc").write_text(FOUND[".coveragerc"])
    (tmp_path / name).write_text(text)
    ours, theirs = both(tmp_path, monkeypatch, name)
    assert_same(ours, theirs)


def test_environment_names_the_file(tmp_path, monkeypatch):
    """COVERAGE_RCFILE names the file to read, alone."""
    (tmp_path / ".coveragerc").write_text(FOUND[".coveragerc"])
    (tmp_path / "ci.ini").write_text("[run]\ncontext = ci\n")
    monkeypatch.setenv("COVERAGE_RCFILE", "ci.ini")
    ours, theirs = both(tmp_path, monkeypatch)
    assert ours.context == theirs.context == "ci"


@pytest.mark.parametrize(
    "text", ["$A-b", "${A}", "${A?}", "${B-c d}", "$$A", "${B-}", "x$B.y", "$", "${", "a$ b", "${A-x}y"]
)
def test_variables_are_replaced_the_same(tmp_path, monkeypatch, text):
    """Each form of reference to a variable becomes the same text."""
    monkeypatch.setenv("A", "value")
    monkeypatch.delenv("B", raising=False)
    (tmp_path / ".coveragerc").write_text(f"[run]\ncontext = <{text}>\n")
    ours, theirs = both(tmp_path, monkeypatch)
    assert ours.context == theirs.context


@pytest.mark.parametrize(
    "path",
    [
        "src/a.py",
        "/ci/checkout/src/deep/a.py",
        "/ci/checkout/src/gone.py",
        "/other/lib/python3.12/site-packages/deep/a.py",
        r"C:\ci\src\deep\a.py",
        "/CI/Checkout/src/a.py",
        "unrelated/a.py",
    ],
)
def test_paths_are_mapped_the_same(tmp_path, monkeypatch, path):
    """A recorded path leads to the same file here."""
    from coverage.files import PathAliases as Theirs
    from coverage.files import set_relative_directory

    from minicov_lsp.config import PathAliases

    (tmp_path / "src" / "deep").mkdir(parents=True)
    for name in ("src/a.py", "src/deep/a.py"):
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    set_relative_directory()
    paths = {"source": ("src", "/ci/checkout/src/", "*/site-packages", r"C:\ci\src")}
    theirs = Theirs()
    for pattern in paths["source"][1:]:
        theirs.add(pattern, "src")
    whole = path if path.startswith(("/", "C:")) else str(tmp_path / path)
    expected = theirs.map(whole)
    found = PathAliases(paths, tmp_path).rename(path)
    assert (found if found.startswith(("/", "C:")) else str(tmp_path / found)) == expected
