"""`minicov metrics`: ours and those of packages that are really installed, with their figures."""

from __future__ import annotations

import json

import pytest

PROGRAM = """\
def f(a, b):
    if a and b:  # a comment
        return 1
    return 2


f(1, 0)  # another
"""
PACKAGE = """\
from minicov_lsp.metrics.metric import Stats


class Comments:
    name = "comments"

    def get_possible_elements(self, source):
        return frozenset(number for number, line in enumerate(source.lines, 1) if "#" in line)

    def calculate_stats(self, source, executed):
        possible = self.get_possible_elements(source)
        return Stats(len(possible & executed), len(possible))


class Failing(Comments):
    name = "failing"

    def calculate_stats(self, source, executed):
        raise KeyError("why")
"""


@pytest.fixture
def measured(write, minicov) -> None:
    """A program that ran under coverage."""
    write({"program.py": PROGRAM})
    assert minicov("run", "-q", "program.py").returncode == 0


def test_figures_of_ours_are_those_of_the_json_report(measured, minicov, tmp_path):
    """Each metric counts what the report does."""
    ran = minicov("metrics", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    found = json.loads(ran.stdout)
    minicov("json", "-q")
    report = json.loads((tmp_path / "coverage.json").read_text())["totals"]
    figures = {name: (one["covered"], one["possible"]) for name, one in found["totals"].items()}
    assert figures == {
        "statements": (report["covered_lines"], report["num_statements"]),
        "branches": (report["covered_branches"], report["num_branches"]),
        "conditions": (report["covered_conditions"], report["num_conditions"]),
        "regions": (report["covered_regions"], report["num_regions"]),
        "functions": (1, 1),
    }
    assert found["files"] == {"program.py": found["totals"]}


def test_an_installed_package_adds_its_own(measured, minicov, write, tmp_path):
    """One file and an entry point are a metric; one that fails takes no other with it."""
    write(
        {
            "site/comments.py": PACKAGE,
            "site/comments-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: comments\nVersion: 1.0\n",
            "site/comments-1.0.dist-info/entry_points.txt": (
                "[minicov.metrics]\nfailing = comments:Failing\ncomments = comments:Comments\n"
            ),
        }
    )
    ran = minicov("metrics", "--include", "program.py", PYTHONPATH=str(tmp_path / "site"))
    assert ran.returncode == 1
    assert ran.stderr == "minicov: program.py: the metric failing failed (KeyError: 'why') and is left out\n"
    rows = [line.split() for line in ran.stdout.splitlines()]
    assert rows[0] == ["Metric", "Covered", "Of", "Cover"]
    assert [row[0] for row in rows[1:]] == ["statements", "branches", "conditions", "regions", "functions", "comments"]
    assert rows[-1] == ["comments", "2", "2", "100%"]
