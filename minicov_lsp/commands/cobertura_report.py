"""`minicov xml`: the Cobertura report."""

from __future__ import annotations

import argparse

from minicov_lsp.commands.reporting import add_report_options, make_reports
from minicov_lsp.reporters.cobertura_report import CoberturaReporter


class CoberturaCommand:
    """Writes the Cobertura report."""

    name = "xml"
    help = "write a Cobertura report (XML)"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add where to write it, and the options of all reports."""
        parser.add_argument("-o", "--output", metavar="FILE", help="where to write it; - is standard output")
        add_report_options(parser)

    def run(self, options: argparse.Namespace) -> int:
        """Write it."""
        return make_reports(options, [CoberturaReporter()], options.output, {})
