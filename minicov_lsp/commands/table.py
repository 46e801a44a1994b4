"""The commands, one line each; the server has its own in `cli`, for commands do not know it.

A command is only loaded to be run or listed: to import all of them takes a good part of a report's time.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from minicov_lsp.commands.command import Command

PLACES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "run": ("run", "Run"),
        "combine": ("combine", "Combine"),
        "report": ("report", "ReportCommand"),
        "html": ("html_report", "HtmlCommand"),
        "xml": ("cobertura_report", "CoberturaCommand"),
        "lcov": ("lcov_report", "LcovCommand"),
        "json": ("json_report", "JsonCommand"),
        "markdown": ("markdown_report", "MarkdownCommand"),
        "metrics": ("metrics", "Metrics"),
        "gaps": ("gaps", "Gaps"),
        "tests": ("tests", "Tests"),
        "impacted": ("impacted", "Impacted"),
        "new": ("history_new", "NEW"),
        "new-json": ("history_new", "NEW_JSON"),
        "builds": ("history_figures", "Builds"),
        "build": ("history_figures", "BuildCommand"),
        "files": ("history_figures", "FILES"),
        "changed": ("history_figures", "CHANGED"),
        "dirs": ("history_figures", "DIRS"),
        "diff": ("history_lines", "DIFF"),
        "diff-hits": ("history_lines", "DIFF_HITS"),
        "regress": ("history_lines", "REGRESS"),
        "missed": ("history_lines", "MISSED"),
        "show": ("history_lines", "SHOW"),
        "get": ("history_lines", "Get"),
        "import": ("importing", "Import"),
        "export": ("exporting", "Export"),
        "erase": ("erase", "Erase"),
        "doctor": ("doctor", "Doctor"),
    }
)
"""{word: (module in this package, the command in it or its class)}, in the order of the list of commands."""


def load(name: str) -> Command:
    """The command of a word in `PLACES`."""
    module, attribute = PLACES[name]
    found = getattr(import_module(f"minicov_lsp.commands.{module}"), attribute)
    command: Command = found() if isinstance(found, type) else found
    return command
