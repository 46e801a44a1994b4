"""The LCOV report, record by record; that coverage.py writes the same is tests/e2e/test_reports_agree.py."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from minicov_lsp.reporters.lcov_report import LcovReporter
from minicov_lsp.reporters.reporter import Report


def records(report: Report, tmp_path) -> list[str]:
    """The lines of a report."""
    LcovReporter().write(report, str(tmp_path / "r.lcov"))
    return (tmp_path / "r.lcov").read_text("utf-8").splitlines()


def test_whole_report(report, golden, tmp_path):
    """The report is the golden one."""
    golden("report.lcov", "\n".join(records(report(), tmp_path)) + "\n")


def test_without_branches(report, tmp_path):
    """Data without branches has no record of them."""
    assert not any(record.startswith("BR") for record in records(report(has_branches=False), tmp_path))


def test_line_checksums(report, tmp_path):
    """A line's checksum is the MD5 of its text in base64, without padding."""
    found = records(report(lcov_line_checksums=True), tmp_path)
    assert "DA:1,0,03/8VLZ86N4fAe+x8uM2iQ" in found  # `x = 1`


def test_empty_files_can_be_left_out(report, tmp_path):
    """`skip_empty` leaves out a file without a statement."""
    assert "SF:pkg/__init__.py" in records(report(), tmp_path)
    assert "SF:pkg/__init__.py" not in records(report(skip_empty=True), tmp_path)


def test_hits_that_were_counted(counted, report_of, tmp_path):
    """A line has its number of hits, 1 where it is only known that it ran."""
    found = records(report_of(counted), tmp_path)
    assert [record for record in found if record.startswith("DA")] == ["DA:1,7", "DA:2,0", "DA:3,1"]


def test_decisions_on_one_line_are_one_group(measured, report_of, tmp_path):
    """A line has one group of conditions, for LCOV tells groups of a line apart by their size alone."""
    file = measured("if (a if b else c): x = d and e\n")
    found = [record for record in records(report_of(file), tmp_path) if record.startswith("MCDC")]
    assert [record.split(",")[1] for record in found] == ["4"] * 8
    assert [record.split(",")[4:] for record in found[::2]] == [["0", "a"], ["1", "c"], ["2", "b"], ["3", "d"]]


def test_names_cannot_forge_records(measured, report_of, tmp_path):
    """A line end in a file's name ends no record."""
    found = records(report_of(measured("x = 1\n", path="a\nDA:7,7\nb.py")), tmp_path)
    assert "SF:a?DA:7,7?b.py" in found
    assert "DA:7,7" not in found


@pytest.mark.skipif(shutil.which("lcov") is None, reason="there is no lcov")
def test_lcov_reads_it(report, tmp_path):
    """LCOV's own program sums it up to the same figures."""
    records(report(), tmp_path)
    command = ["lcov", "--summary", "r.lcov", "--rc", "lcov_branch_coverage=1"]
    summed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "19 of 26 lines" in summed.stdout + summed.stderr
