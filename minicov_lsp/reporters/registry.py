"""Which formats there are: ours, one line each, and those of installed packages."""

from __future__ import annotations

import logging
from importlib.metadata import entry_points

from minicov_lsp.reporters.cobertura_report import CoberturaReporter
from minicov_lsp.reporters.console import ConsoleReporter
from minicov_lsp.reporters.html_report import HtmlReporter
from minicov_lsp.reporters.json_report import JsonReporter
from minicov_lsp.reporters.lcov_report import LcovReporter
from minicov_lsp.reporters.markdown_report import MarkdownReporter
from minicov_lsp.reporters.reporter import Reporter

log = logging.getLogger(__name__)

ENTRY_POINT_GROUP = "minicov.reporters"

BUILT_IN: tuple[Reporter, ...] = (
    ConsoleReporter(),
    HtmlReporter(),
    CoberturaReporter(),
    LcovReporter(),
    JsonReporter(),
    MarkdownReporter(),
)


def load() -> dict[str, Reporter]:
    """{name: reporter}, ours first.

    A package's reporter that can't be loaded, or has a name that is taken, is left out and logged.
    """
    reporters = {reporter.name: reporter for reporter in BUILT_IN}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        try:
            reporter: Reporter = entry_point.load()()
        except Exception:
            # A third party's package: whatever is wrong with it must not take our reports with it.
            log.warning("reporter %s of %s can't be loaded", entry_point.name, entry_point.value, exc_info=True)
            continue
        if reporter.name in reporters:
            log.warning("reporter %s of %s is left out: the name is taken", reporter.name, entry_point.value)
            continue
        reporters[reporter.name] = reporter
    return reporters
