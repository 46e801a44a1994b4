"""The table on the terminal; that coverage.py prints the same text is tests/e2e/test_reports_agree.py."""

from __future__ import annotations

import os
import pty

import pytest

from minicov_lsp.errors import ConfigError, DataError
from minicov_lsp.reporters.console import ConsoleReporter, plain
from minicov_lsp.reporters.table import missing_text, tabulate


def printed(capsys, report) -> list[str]:
    """The lines of a report."""
    ConsoleReporter().write(report, "-")
    return capsys.readouterr().out.splitlines()


def test_whole_report(report, golden, capsys):
    """The report is the golden one."""
    ConsoleReporter().write(report(show_missing=True), "-")
    golden("report.txt", capsys.readouterr().out)


def test_without_branches(report, capsys):
    """Data without branches has no columns for them."""
    assert printed(capsys, report(has_branches=False))[0].split() == ["Name", "Stmts", "Miss", "Cover"]


def test_text_is_as_wide_as_it_needs(report, capsys):
    """Elsewhere than on a terminal nothing is cut off or wrapped."""
    wide = report(show_missing=True)
    object.__setattr__(wide.files[3], "path", "x" * 300)
    lines = printed(capsys, wide)
    assert any(line.startswith("x" * 300) and line.endswith("6, 12, 19, 22->exit") for line in lines)
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["__init__", "never9", "never10", "shop", "whole"]),
        ("-name", ["whole", "shop", "never10", "never9", "__init__"]),
        ("stmts", ["__init__", "never9", "whole", "never10", "shop"]),
        ("-miss", ["shop", "never10", "never9", "whole", "__init__"]),
        ("cover", ["never10", "never9", "shop", "__init__", "whole"]),
        ("+brpart", ["__init__", "never10", "never9", "whole", "shop"]),
    ],
)
def test_sort(report, sort, names):
    """Rows are sorted by a column, then by name; in names a number counts as one when they are sorted by name."""
    table = tabulate(report(sort=sort))
    assert [row[0].removeprefix("pkg/").removesuffix(".py") for row in table.rows] == names


def test_sort_by_what_was_not_measured(report):
    """Sorting by branches where there are none is a mistake that is told."""
    with pytest.raises(ConfigError, match="can't sort by brpart: no branches were measured"):
        tabulate(report(sort="brpart", has_branches=False))


def test_skip_covered_and_empty(report, capsys):
    """Files without a gap, or without a statement, are left out, counted, and part of the total."""
    lines = printed(capsys, report(skip_covered=True))
    assert [line.split()[0] for line in lines[2:-2] if line] == [
        "pkg/never9.py",
        "pkg/never10.py",
        "pkg/shop.py",
        "-" * len(lines[0]),
        "TOTAL",
    ]
    assert lines[-1] == "2 files skipped due to complete coverage."
    lines = printed(capsys, report(skip_empty=True))
    assert lines[-1] == "1 empty file skipped."
    assert tabulate(report(skip_covered=True)).total == tabulate(report()).total


def test_nothing_could_be_analysed(report):
    """A report of no file at all is an error."""
    empty = report()
    object.__setattr__(empty, "files", ())
    with pytest.raises(DataError, match="no data to report"):
        tabulate(empty)


def test_missing_joins_statements_over_gaps(report):
    """Missing statements next to each other are one range; a branch is told unless one of its ends is missing."""
    shop, never = report().files[3], report().files[1]
    assert missing_text(shop.analysis) == "6, 12, 19, 22->exit"
    assert missing_text(never.analysis) == "1-3"


def test_names_cannot_steer_a_terminal(report):
    """What isn't printable in a file's name is shown as a question mark."""
    one = report()
    object.__setattr__(one.files[0], "path", "a\x1b[31m\nb.py")
    assert tabulate(one).rows[0][0] == "a?[31m?b.py"


def test_precision(report):
    """Percentages have as many decimals as asked for, and the column is wide enough."""
    lines = list(plain(tabulate(report(precision=2))))
    assert lines[-1].endswith("%")
    assert {len(line) for line in lines if "%" in line} == {len(lines[0])}


def test_terminal_gets_a_drawing(report, monkeypatch):
    """On a terminal the table is drawn in its width, in colour unless NO_COLOR says otherwise."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    coloured = drawn(report(show_missing=True), monkeypatch)
    assert "\x1b[32m" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    plain_text = drawn(report(show_missing=True), monkeypatch)
    assert "\x1b[32m" not in plain_text
    assert "pkg/shop.py" in plain_text
    assert "TOTAL" in plain_text


def drawn(report, monkeypatch) -> str:
    """What a terminal is sent."""
    parent, child = pty.openpty()
    with os.fdopen(child, "w") as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        ConsoleReporter().write(report, "-")
    with os.fdopen(parent, "rb") as sent:
        data = b""
        try:
            while chunk := sent.read1():
                data += chunk
        except OSError:  # Linux says EIO at the end of a terminal
            pass
    return data.decode()
