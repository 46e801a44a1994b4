"""Programs run under coverage.py, and what it and we make of the same data."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coverage
import pytest

from minicov_lsp.metrics.analysis import analyze
from minicov_lsp.model import Analysis, CodeFacts, FileFacts
from minicov_lsp.source.parser import parse


@dataclass(frozen=True)
class Measured:
    """One program after one run."""

    report: dict[str, Any]
    """coverage.py's JSON report of the file."""
    missing_text: str
    """The `Missing` column of coverage.py's report, branches in it."""
    analysis: Analysis
    """Ours."""


Measure = Callable[[str], Measured]


def facts_of(arcs: set[tuple[int, int]], digest: str = "") -> FileFacts:
    """Facts that hold some raw arcs, and the lines in them."""
    lines = frozenset(line for arc in arcs for line in arc if line > 0)
    code = CodeFacts("<module>", 1, "3.11", frozenset(), {(lines, frozenset(arcs)): frozenset({"test"})})
    return FileFacts("program.py", digest, None, (code,))


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    """Runs a program under coverage.py's C tracer and analyses what it recorded."""

    def run(text: str) -> Measured:
        path = tmp_path / "program.py"
        path.write_text(text, "utf-8")
        measuring = coverage.Coverage(branch=True, data_file=None, config_file=False, include=[str(path)])
        measuring.set_option("run:core", "ctrace")
        code = compile(text, str(path), "exec", dont_inherit=True)
        with measuring.collect(), contextlib.suppress(ZeroDivisionError):
            exec(code, {"__name__": "program"})
        raw = set(measuring.get_data().arcs(str(path)) or [])
        report_path = tmp_path / "report.json"
        measuring.json_report(outfile=str(report_path), morfs=[str(path)])
        (report,) = json.loads(report_path.read_text("utf-8"))["files"].values()
        source = parse(text)
        return Measured(
            report,
            measuring._analyze(str(path)).missing_formatted(branches=True),
            analyze("program.py", source, [facts_of(raw, source.digest)]),
        )

    return run
