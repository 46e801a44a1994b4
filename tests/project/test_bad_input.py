"""Files that are not what they should be, or not there any more."""

from __future__ import annotations

import re

import pytest

from minicov_lsp.config import Config, read_config, with_options
from minicov_lsp.errors import MinicovError, SourceError
from minicov_lsp.metrics.regions import executed_regions
from minicov_lsp.project import Project, may_have_run
from minicov_lsp.source import exclusion
from minicov_lsp.source.cache import ModelCache


def project(folder, **settings):
    warnings: list[str] = []
    chosen = with_options(Config(), {"report_omit": ("page.html",), **settings})
    return Project(folder, chosen, warn=warnings.append), warnings


def test_undecodable_bytes(project_folder):
    """Bytes that are no text are read as what stands for such bytes; the rest of the file counts as ever."""
    (project_folder / "pkg" / "used.py").write_bytes(
        b"def double(x):\n    if x:\n        return 2 * x\n    return 0  # \xff\xfe\n"
    )
    found, _ = project(project_folder)
    files = {file.path: file.analysis for file in found.measured_files()}
    assert files["pkg/used.py"].executed == {1, 2, 3}
    assert files["pkg/used.py"].source.lines[3].endswith("\ufffd\ufffd")


@pytest.mark.parametrize("ignore", [False, True])
def test_file_that_vanishes_while_files_are_read(project_folder, ignore):
    """A file that goes away between listing and reading is an error that names it, or is left out with a warning."""
    found, warnings = project(project_folder, ignore_errors=ignore)
    reading = found.measured_files()
    first = next(reading)
    (project_folder / "pkg" / "used.py").unlink()
    if ignore:
        assert "pkg/used.py" not in {first.path, *(file.path for file in reading)}
        assert [line for line in warnings if line.startswith("pkg/used.py: no such file")]
    else:
        with pytest.raises(SourceError, match=r"^pkg/used\.py: no such file, though it was measured"):
            list(reading)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[tool.minicov.report]\nexclude_also = [\n  "fine",\n  "(x+x+)+y",\n]\n',
            r"^main\.py: the exclusion pattern '\(x\+x\+\)\+y' takes longer than 0\.2 s .*"
            + re.escape("in pyproject.toml:4: [tool.minicov.report] exclude_also, so that"),
        ),
        (
            '[tool.minicov.report]\nexclude_also = ["(?P<n>a)"]\npartial_also = [\n  "(?P<m>b)",\n  "(?P<m>c)",\n]\n',
            r"^exclusion pattern '\(\?P<m>c\)' is not a regular expression: redefinition .*"
            + re.escape("correct it in pyproject.toml:5: [tool.minicov.report] partial_also"),
        ),
        (
            '[tool.minicov.report]\ncontexts = [\n  "(x+x+)+y",\n]\n',
            r"^pyproject\.toml:2: \[tool\.minicov\.report\] contexts: '\(x\+x\+\)\+y' takes too long",
        ),
    ],
)
def test_bad_pattern_is_named_with_its_line(project_folder, run_in, monkeypatch, text, message):
    """A pattern that takes forever, or is none beside the others, is told with file, line and key."""
    (project_folder / "main.py").write_text(f"name = {'x' * 5_000!r}\n")
    run_in(project_folder, "run", "--context", "x" * 5_000, "main.py")
    (project_folder / "pyproject.toml").write_text(text)
    monkeypatch.setattr(exclusion, "MOST_SECONDS", 0.2)
    found = Project(project_folder, read_config(project_folder, environment={}), models=ModelCache(None))
    with pytest.raises(MinicovError, match=message):
        list(found.measured_files())


def test_symlink_loops(tmp_path):
    """Links that lead to themselves or upwards end no search: each file is found once, loops are no files."""
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").touch()
    (tmp_path / "pkg" / "a.py").write_text("x = 1\n")
    (tmp_path / "pkg" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "pkg" / "self.py").symlink_to("self.py")
    config = with_options(Config(), {"source_dirs": (".",)})
    assert may_have_run(config, tmp_path, []) == (tmp_path / "pkg" / "__init__.py", tmp_path / "pkg" / "a.py")


def test_five_thousand_terms_that_ran(project_folder, run_in):
    """What ran of a generated test is found in no more time than it is long: each operand is a region of its own."""
    terms = " and ".join(f"v[{number}]" for number in range(5_000))
    (project_folder / "main.py").write_text(f"v = [1] * 5_000\nif {terms}:\n    pass\n")
    run_in(project_folder, "run", "main.py")
    found, _ = project(project_folder)
    (file,) = found.measured_files()
    assert len(executed_regions(file.analysis.source, file.facts)) == 5_000
