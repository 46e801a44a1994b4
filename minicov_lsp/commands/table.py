"""The commands, one line each; the server has its own in `cli`, for commands do not know it."""

from __future__ import annotations

from minicov_lsp.commands.cobertura_report import CoberturaCommand
from minicov_lsp.commands.combine import Combine
from minicov_lsp.commands.command import Command
from minicov_lsp.commands.doctor import Doctor
from minicov_lsp.commands.erase import Erase
from minicov_lsp.commands.exporting import Export
from minicov_lsp.commands.gaps import Gaps
from minicov_lsp.commands.history_figures import CHANGED, DIRS, FILES, BuildCommand, Builds
from minicov_lsp.commands.history_lines import DIFF, DIFF_HITS, MISSED, REGRESS, SHOW, Get
from minicov_lsp.commands.history_new import NEW, NEW_JSON
from minicov_lsp.commands.html_report import HtmlCommand
from minicov_lsp.commands.impacted import Impacted
from minicov_lsp.commands.importing import Import
from minicov_lsp.commands.json_report import JsonCommand
from minicov_lsp.commands.lcov_report import LcovCommand
from minicov_lsp.commands.markdown_report import MarkdownCommand
from minicov_lsp.commands.report import ReportCommand
from minicov_lsp.commands.run import Run
from minicov_lsp.commands.tests import Tests

COMMANDS: tuple[Command, ...] = (
    Run(),
    Combine(),
    ReportCommand(),
    HtmlCommand(),
    CoberturaCommand(),
    LcovCommand(),
    JsonCommand(),
    MarkdownCommand(),
    Gaps(),
    Tests(),
    Impacted(),
    NEW,
    NEW_JSON,
    Builds(),
    BuildCommand(),
    FILES,
    CHANGED,
    DIRS,
    DIFF,
    DIFF_HITS,
    REGRESS,
    MISSED,
    SHOW,
    Get(),
    Import(),
    Export(),
    Erase(),
    Doctor(),
)
