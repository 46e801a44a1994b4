"""`minicov json`: the JSON report."""

from __future__ import annotations

import argparse

from minicov_lsp.commands.reporting import add_report_options, make_reports
from minicov_lsp.reporters.json_report import JsonReporter


class JsonCommand:
    """Writes the JSON report."""

    name = "json"
    help = "write a JSON report, in coverage.py's format and more"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what to write where, and the options of all reports."""
        switch = argparse.BooleanOptionalAction
        parser.add_argument("-o", "--output", metavar="FILE", help="where to write it; - is standard output")
        parser.add_argument("--show-contexts", action=switch, default=None, help="tell which contexts ran each line")
        parser.add_argument("--pretty-print", action=switch, default=None, help="indent it")
        add_report_options(parser)

    def run(self, options: argparse.Namespace) -> int:
        """Write it."""
        overrides = {"json_show_contexts": options.show_contexts, "json_pretty_print": options.pretty_print}
        return make_reports(options, [JsonReporter()], options.output, overrides)
