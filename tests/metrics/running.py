"""Runs a program under the tracer, as its user would, and reads what was shown of its decisions."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from minicov_lsp.model import DecisionFacts, FileFacts, SourceModel
from minicov_lsp.source.parser import parse
from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database

Read = tuple[SourceModel, tuple[FileFacts, ...]]


def measure(folder: Path, text: str, *options: str, encoding: str = "utf-8") -> Read:
    """Run a program as its user would, and read what is known of its file."""
    program = folder / "program.py"
    program.write_bytes(textwrap.dedent(text).encode(encoding))
    command = [sys.executable, "-m", "minicov_tracer", "run", *options, program.name]
    subprocess.run(command, cwd=folder, check=True)
    data_file = folder / ".coverage.db"
    combine(data_file)
    with Database(data_file) as database:
        facts = database.facts("program.py")
    assert facts[0].text is not None
    return parse(facts[0].text), facts


def told(source: SourceModel, decisions: tuple[DecisionFacts, ...]) -> dict[str, list[str]]:
    """{text of a decision on one line: letters for seen true and false, demonstrated True and False}."""
    return {
        source.lines[found.decision.span.line - 1][found.decision.span.column : found.decision.span.end_column]: [
            "".join(
                letter
                for letter, is_shown in zip(
                    "tfTF",
                    (facts.true, facts.false, facts.demonstrated_true, facts.demonstrated_false),
                    strict=True,
                )
                if is_shown
            )
            for facts in found.conditions
        ]
        for found in decisions
    }
