"""The JSON report, key by key; that coverage.py writes the same is tests/e2e/test_reports_agree.py."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from minicov_lsp.reporters.json_report import JsonReporter
from minicov_tracer.version import VERSION


@pytest.fixture
def reporter():
    """A reporter whose clock stands still."""
    return JsonReporter(now=lambda: datetime(2026, 1, 2, 3, 4, 5, 6))  # noqa: DTZ001  # local, as the report has it


def test_whole_report(report, reporter, golden, tmp_path):
    """The report is the golden one, but for the version."""
    reporter.write(report(json_pretty_print=True, json_show_contexts=True), str(tmp_path / "r.json"))
    golden("report.json", (tmp_path / "r.json").read_text("utf-8").replace(f'"{VERSION}"', '"VERSION"') + "\n")


def test_report_is_one_line_unless_it_is_to_be_read(report, reporter, tmp_path):
    """Without pretty_print it isn't indented, and without show_contexts there are none."""
    reporter.write(report(), str(tmp_path / "r.json"))
    text = (tmp_path / "r.json").read_text("utf-8")
    assert "\n" not in text
    loaded = json.loads(text)
    assert loaded["meta"]["show_contexts"] is False
    assert "contexts" not in loaded["files"]["pkg/shop.py"]


def test_without_branches(report, reporter, tmp_path):
    """Data without branches has no key that speaks of branches."""
    reporter.write(report(has_branches=False), str(tmp_path / "r.json"))
    text = (tmp_path / "r.json").read_text("utf-8")
    loaded = json.loads(text)
    assert loaded["meta"]["branch_coverage"] is False
    assert text.count("branch") == 1


def test_total_is_what_a_threshold_is_held_against(report, reporter, tmp_path):
    """The total is that of statements and branches together."""
    total = reporter.write(report(), str(tmp_path / "r.json"))
    assert total == json.loads((tmp_path / "r.json").read_text("utf-8"))["totals"]["percent_covered"]


def test_functions_and_regions(report, reporter, tmp_path):
    """Functions say whether they were called and how complex they are, files which regions ran; totals add up."""
    reporter.write(report(), str(tmp_path / "r.json"))
    loaded = json.loads((tmp_path / "r.json").read_text("utf-8"))
    shop = loaded["files"]["pkg/shop.py"]
    assert {name: (found["complexity"], found["called"]) for name, found in shop["functions"].items() if name} == {
        "choose": (2, True),
        "Shop.sell": (3, True),
        "Shop.close@15": (1, False),
        "Shop.close": (1, False),
        "tell": (2, True),
    }
    assert shop["functions"]["choose"]["risk"] == round(4 * (1 / 3) ** 3 + 2, 2)
    ran = {(region["kind"], region["line"]) for region in shop["regions"] if region["executed"]}
    assert ran == {
        ("function", 4),
        ("if", 5),
        ("class", 9),
        ("function", 10),
        ("loop", 11),
        ("function", 22),
        ("if", 23),
    }
    missed = {"kind": "if", "line": 12, "column": 16, "end_line": 12, "end_column": 24, "executed": False}
    assert missed in shop["regions"]
    for key in ("num_regions", "covered_regions", "complexity"):
        assert loaded["totals"][key] == sum(file["summary"][key] for file in loaded["files"].values())
    assert shop["summary"]["covered_regions"] == len(ran)


def test_standard_output(report, reporter, capsys):
    """A dash is standard output."""
    reporter.write(report(), "-")
    assert json.loads(capsys.readouterr().out)["meta"]["format"] == 3


def test_folders_are_made(report, reporter, tmp_path):
    """The report may go to a folder that isn't there yet."""
    reporter.write(report(), str(tmp_path / "a" / "b" / "r.json"))
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["r.json"]


def test_failure_leaves_the_old_report(report, reporter, tmp_path):
    """A report that can't be finished leaves no half of it: what was there stays."""

    def files():
        yield from report().files
        raise ValueError("no more")

    target = tmp_path / "r.json"
    target.write_text("old")
    broken = report()
    object.__setattr__(broken, "files", files())
    with pytest.raises(ValueError, match="no more"):
        reporter.write(broken, str(target))
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]
