"""The Cobertura report; that coverage.py writes the same is tests/e2e/test_reports_agree.py."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from pycobertura import Cobertura

from minicov_lsp.reporters.cobertura_report import CoberturaReporter
from minicov_tracer.version import VERSION


@pytest.fixture
def reporter():
    """A reporter whose clock stands still."""
    return CoberturaReporter(now=lambda: 1_767_323_045.006)


def test_whole_report(report, reporter, golden, tmp_path):
    """The report is the golden one, but for the version."""
    reporter.write(report(), str(tmp_path / "r.xml"))
    golden("report.xml", (tmp_path / "r.xml").read_text("utf-8").replace(f'version="{VERSION}"', 'version="VERSION"'))


def test_without_branches(report, reporter, tmp_path):
    """Data without branches has no line with some."""
    reporter.write(report(has_branches=False), str(tmp_path / "r.xml"))
    assert "condition-coverage" not in (tmp_path / "r.xml").read_text("utf-8")


def test_another_program_reads_it(report, reporter, tmp_path):
    """A reader that is not ours finds the same misses; to it a line that always goes one way is one."""
    reporter.write(report(), str(tmp_path / "r.xml"))
    read = Cobertura(str(tmp_path / "r.xml"))
    assert read.total_statements() == 26
    assert read.missed_statements("pkg/shop.py") == [4, 6, 11, 12, 19, 22]


def test_names_are_escaped(measured, report_of, reporter, tmp_path):
    """A file's name can't leave its attribute, nor hold what XML has no way to say."""
    reporter.write(report_of(measured("x = 1\n", path='a"<&\x00.py')), str(tmp_path / "r.xml"))
    (found,) = ET.parse(tmp_path / "r.xml").iter("class")
    assert found.get("filename") == 'a"<&?.py'


def test_hits_that_were_counted(counted, report_of, reporter, tmp_path):
    """A line has its number of hits, 1 where it is only known that it ran."""
    reporter.write(report_of(counted), str(tmp_path / "r.xml"))
    assert [line.get("hits") for line in ET.parse(tmp_path / "r.xml").iter("line")] == ["7", "0", "1"]


@pytest.mark.parametrize(("depth", "packages"), [(99, ["a.b.c"]), (2, ["a.b"]), (1, ["a"])])
def test_package_depth(measured, report_of, reporter, tmp_path, depth, packages):
    """Deeper folders belong to the package of the last folder that counts, and are told in the class's name."""
    report = report_of(measured("x = 1\n", path="a/b/c/d.py"), xml_package_depth=depth)
    reporter.write(report, str(tmp_path / "r.xml"))
    tree = ET.parse(tmp_path / "r.xml")
    assert [package.get("name") for package in tree.iter("package")] == packages
    assert [found.get("name") for found in tree.iter("class")] == [
        "a/b/c/d.py".removeprefix(packages[0].replace(".", "/") + "/")
    ]
