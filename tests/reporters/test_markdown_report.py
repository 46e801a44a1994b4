"""The Markdown report, read by a Markdown parser that is not ours."""

from __future__ import annotations

import itertools

from markdown_it import MarkdownIt

from minicov_lsp.reporters.markdown_report import MarkdownReporter


def cells(text: str) -> list[str]:
    """What the cells of a Markdown text's tables say to a reader."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [
        "".join(child.content for child in token.children or ())
        for before, token in itertools.pairwise(tokens)
        if before.type in ("td_open", "th_open")
    ]


def test_whole_report(report, golden, capsys):
    """The report is the golden one."""
    MarkdownReporter().write(report(show_missing=True), "-")
    golden("report.md", capsys.readouterr().out)


def test_names_are_text(measured, report_of, capsys):
    """A name with marks, links, tags or bars in it is shown as it is."""
    name = "a|b/__init__<b>[x](y)`z`.py"
    MarkdownReporter().write(report_of(measured("x = 1\n", path=name)), "-")
    assert name in cells(capsys.readouterr().out)
