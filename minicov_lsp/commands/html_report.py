"""`minicov html`: the HTML report."""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path

from minicov_lsp.commands.command import configured, warn
from minicov_lsp.commands.reporting import add_report_options, make_reports
from minicov_lsp.reporters.html_report import HtmlReporter


class HtmlCommand:
    """Writes the HTML report."""

    name = "html"
    help = "write an HTML report, a page for each file"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what to write where, and the options of all reports."""
        switch = argparse.BooleanOptionalAction
        parser.add_argument("-o", "--output", "-d", "--directory", metavar="DIR", help="the folder to write")
        parser.add_argument("--title", metavar="TEXT", help="what to call it")
        parser.add_argument("--show-contexts", action=switch, default=None, help="tell which contexts ran each line")
        parser.add_argument("--skip-covered", action=switch, default=None, help="leave out files without a gap")
        parser.add_argument("--skip-empty", action=switch, default=None, help="leave out files without a statement")
        parser.add_argument("--open", action="store_true", help="show it in a browser")
        add_report_options(parser)

    def run(self, options: argparse.Namespace) -> int:
        """Write it."""
        overrides = {
            "html_directory": options.output,
            "html_title": options.title,
            "html_show_contexts": options.show_contexts,
            "html_skip_covered": options.skip_covered,
            "html_skip_empty": options.skip_empty,
        }
        reporter = HtmlReporter()
        status = make_reports(options, [reporter], options.output, overrides)
        if options.open:
            index = Path(reporter.target(configured(options, overrides)), "index.html").resolve()
            if not webbrowser.open(index.as_uri()):
                warn(f"there is no browser to open; the report is {index}")
        return status
