"""The HTML report, read by an HTML parser that is not ours."""

from __future__ import annotations

from datetime import datetime

import pytest
from lxml import html

from minicov_lsp.errors import DataError
from minicov_lsp.reporters.html_page import page
from minicov_lsp.reporters.html_report import HtmlReporter, page_name


@pytest.fixture
def reporter():
    """A reporter whose clock stands still."""
    return HtmlReporter(now=lambda: datetime(2026, 1, 2, 3, 4).astimezone())


def rows(folder) -> list[list[str]]:
    """What the cells of the table of files say."""
    table = html.parse(folder / "index.html").getroot().cssselect("table.files tbody tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in table]


def test_index_has_every_file(report, reporter, tmp_path):
    """The table has the figures of each file, and leads to its page."""
    total = reporter.write(report(), str(tmp_path / "out"))
    assert ["pkg/shop.py", "20", "3", "8", "3", "0/3", "79% 79%"] in rows(tmp_path / "out")
    index = html.parse(tmp_path / "out" / "index.html").getroot()
    for link in index.cssselect("table.files a"):
        assert (tmp_path / "out" / link.get("href")).is_file()
    assert f"{total:.0f}%" in index.cssselect(".figures b")[0].text


def test_page_has_marks_and_messages(report, reporter, tmp_path):
    """Each line of a file's page has its mark, and says what is missing on it."""
    reporter.write(report(), str(tmp_path))
    lines = html.parse(tmp_path / page_name("pkg/shop.py")).getroot().cssselect("ol.source > li")
    marks = {line.get("id"): line.get("class") for line in lines}
    assert (marks["L1"], marks["L4"], marks["L6"], marks["L16"]) == ("covered", "partial", "missed", "excluded")
    (told,) = [line.cssselect("em")[0].text for line in lines if line.get("id") == "L4"]
    assert told == "the condition on line 4 was always true"


def test_text_of_a_page_is_the_source(report):
    """However a line is cut for its colours and gaps, together the pieces are the line."""
    for file in report().files:
        shown = page(file, has_conditions=True, has_contexts=False)
        assert ["".join(piece.text for piece in line.pieces) for line in shown.lines] == list(
            file.analysis.source.lines
        )


def test_contexts_are_told_if_wanted(report, reporter, tmp_path):
    """A line's contexts are there with `show_contexts`, and not without."""
    for wanted in (True, False):
        reporter.write(report(html_show_contexts=wanted), str(tmp_path))
        text = html.parse(tmp_path / page_name("pkg/shop.py")).getroot().text_content()
        assert ("test_b" in text) is wanted


def test_source_and_names_are_escaped(measured, report_of, reporter, tmp_path):
    """Nothing in a file's text, its name or the title becomes an element."""
    attack = "<script>alert(1)</script><img src=x onerror=y>"
    file = measured(f'x = "{attack}"\n', path=f"{attack}.py")
    reporter.write(report_of(file, html_title=attack), str(tmp_path))
    for written in tmp_path.glob("*.html"):
        root = html.parse(written).getroot()
        assert [script.get("src") for script in root.cssselect("script")] == ["report.js"]
        assert root.cssselect("img") == []
        assert "default-src 'none'" in root.cssselect("meta[http-equiv]")[0].get("content")
    assert rows(tmp_path)[0][0] == f"{attack}.py"


@pytest.mark.parametrize("path", ["../../etc/x.py", "/abs/y.py", "a" * 4000, "\0\n.py", "ü/é.py", ""])
def test_pages_stay_in_the_folder(path):
    """A page's name is one component that every file system takes."""
    name = page_name(path)
    assert len(name) < 120
    assert name.replace("_", "").removesuffix(".html").isalnum()
    assert name.isascii()


def test_pages_of_similar_paths_differ():
    """Paths that read alike have pages of their own."""
    assert len({page_name(path) for path in ("a/b.py", "a_b.py", "a b.py")}) == 3


def test_files_can_be_left_out(report, reporter, tmp_path):
    """What is covered or empty is left out where the configuration says so, counts in the total, and is told."""
    whole = reporter.write(report(), str(tmp_path / "whole"))
    part = reporter.write(report(html_skip_covered=True), str(tmp_path / "part"))
    assert part == whole
    assert [row[0] for row in rows(tmp_path / "part")] == ["pkg/never10.py", "pkg/never9.py", "pkg/shop.py"]
    assert "2 files are left out" in (tmp_path / "part" / "index.html").read_text()


def test_own_style_sheet_comes_last(report, reporter, tmp_path):
    """The configuration's style sheet is copied, and is linked after ours."""
    (tmp_path / "mine.css").write_text("b {}")
    made = report(html_extra_css=str(tmp_path / "mine.css"))
    reporter.write(made, str(tmp_path / "out"))
    links = html.parse(tmp_path / "out" / "index.html").getroot().cssselect("link")
    assert [link.get("href") for link in links] == ["style.css", "extra.css"]
    assert (tmp_path / "out" / "extra.css").read_text() == "b {}"


def test_nothing_to_show_is_told(report_of, reporter, tmp_path):
    """Without a file there is no page that says all is well."""
    with pytest.raises(DataError, match="no data to report"):
        reporter.write(report_of(), str(tmp_path))
    assert not (tmp_path / "index.html").exists()
