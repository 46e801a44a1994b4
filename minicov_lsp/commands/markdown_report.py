"""`minicov markdown`: the Markdown report."""

from __future__ import annotations

import argparse

from minicov_lsp.commands.reporting import add_report_options, add_table_options, make_reports, table_overrides
from minicov_lsp.reporters.markdown_report import MarkdownReporter


class MarkdownCommand:
    """Writes the Markdown report."""

    name = "markdown"
    help = "write the table in Markdown, for a comment on a change"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add where to write it, what to show, and the options of all reports."""
        parser.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: standard output)")
        add_table_options(parser)
        add_report_options(parser)

    def run(self, options: argparse.Namespace) -> int:
        """Write it."""
        return make_reports(options, [MarkdownReporter()], options.output, table_overrides(options))
