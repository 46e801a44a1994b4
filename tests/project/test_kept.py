"""What was made of a file before is taken from the cache exactly as long as it would be made the same again."""

from __future__ import annotations

from pathlib import Path

import pytest

from minicov_lsp.config import Config, with_options
from minicov_lsp.model import MeasuredFile
from minicov_lsp.project import Project
from minicov_lsp.source.cache import ModelCache


@pytest.fixture
def each(project_folder, tmp_path):
    """What is made of each file, which files it was made of and not taken from the cache, and the warnings."""

    def make_all(purpose="lines", cache="cache", **settings):
        warnings: list[str] = []
        made: list[str] = []

        def make(file: MeasuredFile) -> bytes:
            made.append(file.path)
            return repr((sorted(file.analysis.executed), sorted(file.contexts.items()))).encode()

        config = with_options(Config(), {"report_omit": ("page.*",), **settings})
        project = Project(project_folder, config, warn=warnings.append, models=ModelCache(tmp_path / cache))
        return dict(project.each(purpose, make)), made, warnings

    return make_all


def test_second_time_nothing_is_made(each):
    """What is the same is made once, and comes out the same."""
    first, made, _ = each()
    assert made == ["main.py", "pkg/__init__.py", "pkg/never.py", "pkg/used.py"]
    assert each() == (first, [], [])


def test_changed_text(each, project_folder):
    """A file whose text changed is made again, alone; the warning comes each time."""
    each()
    (project_folder / "pkg/used.py").write_text("x = 1\n")
    changed, made, warnings = each()
    assert made == ["pkg/used.py"]
    assert each() == (changed, [], warnings)
    assert "pkg/used.py" in warnings[0]


def test_new_facts(each, project_folder, run_in):
    """A file that another run showed more of is made again, and only that."""
    before, _, _ = each()
    (project_folder / "other.py").write_text("import pkg.used; pkg.used.double(0)\n")
    run_in(project_folder, "run", "--append", "--include", "pkg/used.py", "other.py")
    after, made, _ = each()
    assert made == ["pkg/used.py"]
    assert before.pop("pkg/used.py") != after.pop("pkg/used.py")
    assert before == after


def test_new_counts(each, project_folder, run_in):
    """How often lines ran is part of what is known of a file, even if nothing else has changed."""
    each()
    run_in(project_folder, "run", "--append", "--counts", "--source", ".", "--context", "first", "main.py")
    assert "pkg/used.py" in each()[1]


def test_another_data_file_with_the_same_facts(each, project_folder, tmp_path):
    """It is the facts that count, not the file that they are in."""
    first, _, _ = each()
    data = project_folder / ".coverage.db"
    data.write_bytes(data.read_bytes())
    assert each() == (first, [], [])


@pytest.mark.parametrize(
    "settings",
    [{"purpose": "other"}, {"report_contexts": ("first",)}, {"exclude_lines": ("double",)}, {"cache": "elsewhere"}],
)
def test_other_settings(each, settings):
    """What something is made for, the contexts that count and the exclusions are part of what it is made of."""
    each()
    assert len(each(**settings)[1]) == 4


def test_reports_are_the_same(project_folder, run_in, tmp_path: Path):
    """A JSON report from the cache is the report without it, but for its time."""
    texts = []
    for cache in (str(tmp_path / "cache"), str(tmp_path / "cache"), ""):
        run_in(project_folder, "json", "-o", "r.json", "--include", "pkg/*", MINICOV_CACHE_DIR=cache)
        texts.append((project_folder / "r.json").read_text().partition('"branch_coverage"')[2])
    assert texts[0] == texts[1] == texts[2] != ""
