"""Snapshots made by hand, of real pictures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from minicov_lsp.documents.incremental import Painter, Recorded
from minicov_lsp.model import CodeFacts, FileFacts
from minicov_lsp.runs.conventions import Conventions
from minicov_lsp.server.previous_build import NO_REGRESSIONS
from minicov_lsp.server.settings import Settings
from minicov_lsp.server.snapshot import Snapshot
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_tracer import sources


@pytest.fixture
def snapshot() -> Callable[..., Snapshot]:
    """Makes a snapshot of a buffer from what ran: {context: lines}, in `ran`'s lines (the buffer's if not given).

    Without `arcs` no branches were measured. `recorded` is what was really measured instead.
    """

    def make(
        text: str,
        hits: dict[str, set[int]],
        ran: str | None = None,
        arcs: Collection[tuple[int, int]] = (),
        recorded: Recorded | None = None,
        **more: Any,
    ) -> Snapshot:
        base = ran if ran is not None else text
        facts: dict[Any, frozenset[str]] = {}
        for label, lines in hits.items():
            key = (frozenset(lines), frozenset(arcs))
            facts[key] = facts.get(key, frozenset()) | {label}
        code = CodeFacts("<module>", 1, "3.12", frozenset(range(1, base.count("\n") + 1)), facts)
        by_hand = Recorded((FileFacts("m.py", sources.digest(base), base, (code,)),), has_branches=bool(arcs))
        lines = tuple(text.split("\n"))
        known = {
            "uri": "file:///p/m.py",
            "version": 1,
            "path": Path("/p/m.py"),
            "relative": "m.py",
            "folder": "file:///p",
            "lines": lines,
            "picture": Painter("m.py", ExclusionRules()).paint(lines, recorded or by_hand),
            "is_running": False,
            "encoding": "utf-16",
            "settings": Settings(),
            "conventions": Conventions(),
            "rules": ExclusionRules(),
            "outcomes": {},
            "failures": (),
            "regressions": NO_REGRESSIONS,
        }
        return Snapshot(**{**known, **more})

    return make


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Recorded]:
    """What is known of a text after runs of it: {context: what it calls}, under the tracer."""

    def run(text: str, calls: Mapping[str, str]) -> Recorded:
        folder = tmp_path_factory.mktemp("measured")
        (folder / "m.py").write_text(text, "utf-8")
        for label, call in calls.items():
            (folder / "call.py").write_text(f"from m import *\n{call}\n", "utf-8")
            options = ["--context", label] if label else []
            command = [sys.executable, "-m", "minicov_tracer", "run", *options, "call.py"]
            subprocess.run(command, cwd=folder, check=True, timeout=60)
        combine(folder / ".coverage.db")
        with Database(folder / ".coverage.db") as database:
            return Recorded(database.facts("m.py"), database.has_arcs, database.has_conditions)

    return run
