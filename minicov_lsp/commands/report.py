"""`minicov report`: the table on the terminal, or several reports at once."""

from __future__ import annotations

import argparse

from minicov_lsp.commands.command import UsageError
from minicov_lsp.commands.reporting import add_report_options, add_table_options, make_reports, table_overrides
from minicov_lsp.reporters.console import ConsoleReporter
from minicov_lsp.reporters.reporter import Reporter

FORMATS = ("console", "html", "xml", "lcov", "json", "markdown")
"""The formats that are always there, for the help: the registry, which has them all, loads what it finds installed."""


class ReportCommand:
    """Writes reports of any format."""

    name = "report"
    help = "show what ran, file by file"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what to show, and the options of all reports."""
        parser.add_argument(
            "--format",
            nargs="+",
            type=known_reporter,
            metavar="FORMAT",
            help=f"one or several of: {', '.join(FORMATS)}, and the formats of installed packages",
        )
        parser.add_argument("-o", "--output", metavar="FILE|DIR", help="where to write it; - is standard output")
        add_table_options(parser)
        add_report_options(parser)

    def run(self, options: argparse.Namespace) -> int:
        """Write them."""
        reporters = options.format or [ConsoleReporter()]
        if options.output and len(reporters) > 1:
            raise UsageError("-o: several formats can't go to one place; leave it out, or ask for one format")
        return make_reports(options, reporters, options.output, table_overrides(options))


def known_reporter(name: str) -> Reporter:
    """The reporter for a format. Raises ArgumentTypeError."""
    from minicov_lsp.reporters import registry  # looks through all installed packages

    known = registry.load()
    if name not in known:
        raise argparse.ArgumentTypeError(f"there is no format {name!r}; choose from {', '.join(known)}")
    return known[name]
