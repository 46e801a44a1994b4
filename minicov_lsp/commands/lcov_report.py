"""`minicov lcov`: the LCOV report."""

from __future__ import annotations

import argparse

from minicov_lsp.commands.reporting import add_report_options, make_reports
from minicov_lsp.reporters.lcov_report import LcovReporter


class LcovCommand:
    """Writes the LCOV report."""

    name = "lcov"
    help = "write an LCOV report, with MC/DC records"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add where to write it, and the options of all reports."""
        parser.add_argument("-o", "--output", metavar="FILE", help="where to write it; - is standard output")
        add_report_options(parser)

    def run(self, options: argparse.Namespace) -> int:
        """Write it."""
        return make_reports(options, [LcovReporter()], options.output, {})
