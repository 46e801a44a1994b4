"""`minicov report`: the table on the terminal, or several reports at once."""

from __future__ import annotations

import argparse

from minicov_lsp.commands.command import UsageError
from minicov_lsp.commands.reporting import add_report_options, make_reports
from minicov_lsp.config.values import COLUMNS
from minicov_lsp.reporters.console import ConsoleReporter
from minicov_lsp.reporters.reporter import Reporter


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
            help="one or several of: console, json, and the formats of installed packages",
        )
        parser.add_argument("-o", "--output", metavar="FILE|DIR", help="where to write it; - is standard output")
        switch = argparse.BooleanOptionalAction
        parser.add_argument("-m", "--show-missing", action=switch, default=None, help="list what is missing")
        parser.add_argument("--skip-covered", action=switch, default=None, help="leave out files without a gap")
        parser.add_argument("--skip-empty", action=switch, default=None, help="leave out files without a statement")
        parser.add_argument(
            "--sort", type=column, metavar="COLUMN", help=f"{', '.join(COLUMNS)}; - before it for the reverse"
        )
        add_report_options(parser)

    def run(self, options: argparse.Namespace) -> int:
        """Write them."""
        reporters = options.format or [ConsoleReporter()]
        if options.output and len(reporters) > 1:
            raise UsageError("-o: several formats can't go to one place; leave it out, or ask for one format")
        overrides = {
            "show_missing": options.show_missing,
            "skip_covered": options.skip_covered,
            "skip_empty": options.skip_empty,
            "sort": options.sort,
        }
        return make_reports(options, reporters, options.output, overrides)


def known_reporter(name: str) -> Reporter:
    """The reporter for a format. Raises ArgumentTypeError."""
    from minicov_lsp.reporters import registry  # looks through all installed packages

    known = registry.load()
    if name not in known:
        raise argparse.ArgumentTypeError(f"there is no format {name!r}; choose from {', '.join(known)}")
    return known[name]


def column(text: str) -> str:
    """A column to sort by. Raises ArgumentTypeError."""
    if text.lower().removeprefix("-").removeprefix("+") not in COLUMNS:
        raise argparse.ArgumentTypeError(f"can't sort by {text!r}; choose from {', '.join(COLUMNS)}")
    return text.lower()
