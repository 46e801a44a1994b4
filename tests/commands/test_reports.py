"""Report commands: where reports go, thresholds, and what doctor tells."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def ran(write, minicov):
    """The command line in a folder with data: five of six statements ran, one of two branches."""
    write({"main.py": "def f(x):\n    if x:\n        return 1\n    return 2\n\n\nf(1)\n"})
    assert minicov("run", "main.py").returncode == 0
    return minicov


def test_json_goes_where_it_is_told(ran, tmp_path):
    """-o names the file; else the configuration does; a dash is standard output."""
    assert "wrote the JSON report to out.json" in ran("json", "-o", "out.json").stderr
    assert json.loads((tmp_path / "out.json").read_text())["totals"]["covered_lines"] == 4
    (tmp_path / ".coveragerc").write_text("[json]\noutput = sub/other.json\npretty_print = true\n")
    assert ran("json", "-q").stderr == ""
    assert (tmp_path / "sub" / "other.json").read_text().startswith("{\n")
    assert json.loads(ran("json", "-o", "-").stdout)["meta"]["branch_coverage"] is True


@pytest.mark.parametrize(
    ("command", "file", "beginning"),
    [("xml", "coverage.xml", "<?xml"), ("lcov", "coverage.lcov", "SF:main.py"), ("markdown", None, "| Name")],
)
def test_each_format_has_its_command(ran, tmp_path, command, file, beginning):
    """A format's command writes where it usually goes, and to standard output where it is told to."""
    assert ran(command, "-o", "-").stdout.startswith(beginning)
    made = ran(command)
    assert (tmp_path / file).read_text().startswith(beginning) if file else made.stdout.startswith(beginning)


def test_html_goes_into_a_folder(ran, tmp_path):
    """Its folder is the configuration's unless -o names one."""
    assert ran("html").returncode == 0
    assert "main.py" in (tmp_path / "htmlcov" / "index.html").read_text()
    assert "wrote the HTML report to other" in ran("html", "-o", "other", "--title", "Mine").stderr
    assert "<h1>Mine</h1>" in (tmp_path / "other" / "index.html").read_text()


def test_several_reports_at_once(ran, tmp_path):
    """--format makes each report where its own command would."""
    made = ran("report", "--format", "console", "json")
    assert made.stdout.startswith("Name")
    assert (tmp_path / "coverage.json").exists()
    assert ran("report", "--format", "console", "json", "-o", "x").returncode == 2
    assert ran("report", "--format", "nonsense").returncode == 2


@pytest.mark.parametrize(("threshold", "status"), [("71", 0), ("71.4", 0), ("71.5", 2), ("100", 2)])
def test_threshold(ran, threshold, status):
    """Under the threshold the status is 2, and one line says by how much."""
    made = ran("report", "--fail-under", threshold)
    assert made.returncode == status
    assert made.stderr.startswith("minicov: the total of 71") is bool(status)


def test_threshold_of_the_configuration(ran, tmp_path):
    """fail_under counts for every report, and an option comes before it."""
    (tmp_path / ".coveragerc").write_text("[report]\nfail_under = 90\n")
    assert ran("report").returncode == 2
    assert ran("json").returncode == 2
    assert (tmp_path / "coverage.json").exists()
    assert ran("report", "--fail-under", "10").returncode == 0


@pytest.mark.parametrize(
    "option",
    ["--fail-under=101", "--fail-under=x", "--precision=-1", "--precision=99999999999", "--sort=size", "--format"],
)
def test_bad_usage(ran, option):
    """An option that makes no sense is bad usage."""
    assert ran("report", option).returncode == 2


def test_unknown_key_is_told_once(ran, tmp_path):
    """A key that means nothing is a line on standard error, and the report is made."""
    (tmp_path / ".coveragerc").write_text("[report]\nfail_undr = 90\n")
    made = ran("report")
    assert made.stderr == "minicov: .coveragerc:2: [report] fail_undr: unknown key\n"
    assert made.returncode == 0


def test_damaged_data_file(ran, tmp_path):
    """A data file that can't be read is one line that names it, and stays as it is."""
    (tmp_path / ".coverage.db").write_bytes(b"no database" * 1000)
    made = ran("report")
    assert made.returncode == 1
    assert made.stdout == ""
    assert str(tmp_path / ".coverage.db") in made.stderr
    assert made.stderr.count("\n") == 1
    assert (tmp_path / ".coverage.db").read_bytes() == b"no database" * 1000


def test_report_that_cannot_be_written(ran, tmp_path):
    """A place that can't be written to is one line."""
    (tmp_path / "file").write_text("")
    made = ran("json", "-o", "file/report.json")
    assert made.returncode == 1
    assert "file" in made.stderr
    assert "Traceback" not in made.stderr


def test_doctor_says_where_each_value_is_from(ran, tmp_path):
    """Doctor tells the core, the data file, and for each setting its value and who set it."""
    (tmp_path / "tox.ini").write_text("[coverage:report]\nprecision = 2\n")
    told = ran("doctor", "--data", "other.db").stdout
    assert "core           " in told
    assert f"data file      {tmp_path / 'other.db'}: not there yet" in told
    lines = {line.split()[0]: line for line in told.splitlines() if line.startswith("  ")}
    assert lines["precision"].split(maxsplit=1)[1] == "2  (tox.ini:2: [coverage:report] precision)"
    assert lines["data_file"].endswith('"other.db"  (command line)')
    assert lines["fail_under"].endswith("0.0  (default)")
    assert "1 files, 1 contexts" in ran("doctor").stdout
