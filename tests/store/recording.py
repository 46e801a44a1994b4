"""Partial files as a process's tracer leaves them, from a text and the lines that ran."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

from minicov_lsp.model import FileFacts
from minicov_lsp.store.database import Database
from minicov_tracer.bytecode import describe_lines, line_probes, probe_bitmap
from minicov_tracer.naming import RunInfo
from minicov_tracer.own_text import own_digest, own_lines
from minicov_tracer.partial import CodeRow, PartialFile

Lines = Mapping[str, Iterable[int]]
"""{path: lines that ran}."""


@dataclass
class Recorder:
    """Writes partial files beside a data file, as processes of another machine that have ended."""

    root: Path
    data_file: Path
    texts: dict[str, str] = field(default_factory=dict)
    """{path relative to the root: the text that runs}."""
    _numbers: Iterable[int] = field(default_factory=itertools.count)

    def record(
        self,
        contexts: Mapping[str, Lines],
        *,
        run: str = "run",
        replaces: bool = False,
        outcomes: Mapping[str, tuple[str, float]] | None = None,
        counts: Mapping[str, Mapping[int, int]] | None = None,
        arcs: Iterable[tuple[int, int]] = (),
        root: str | None = None,
        name: str | None = None,
    ) -> Path:
        """A partial file of {context: {path: lines that ran}}; a code object saw the `arcs` that begin on its lines.

        `counts` are {path of a file that a context ran: {line: how often it ran}}.
        """
        path = self.data_file.with_name(name or f"{self.data_file.name}.elsewhere.1.{next(self._numbers):08x}")
        file = PartialFile(str(path), RunInfo(root or str(self.root), run, replaces))
        rows: dict[str, int] = {}
        with file.transaction():
            for label, ran in contexts.items():
                context = file.context(label)
                for name_of_file, lines in ran.items():
                    text = self.texts[name_of_file]
                    if name_of_file not in rows:
                        rows[name_of_file] = file.file(f"{root or self.root}/{name_of_file}", text)
                    file.hits((context, row) for row in _signatures(file, rows[name_of_file], text, set(lines), arcs))
            for label, outcome in (outcomes or {}).items():
                file.outcome(file.context(label), *outcome)
            for counted, times in (counts or {}).items():
                file.counts(rows[counted], times)
        file.close()
        return path


def _signatures(
    file: PartialFile, row: int, text: str, lines: set[int], arcs: Iterable[tuple[int, int]]
) -> Iterable[int]:
    """Rows of what each code object showed that has one of the lines."""
    for code in codes_of(compile(text, "text.py", "exec")):
        probed = line_probes(code)
        if lines.isdisjoint(probed):
            continue
        own = own_lines(code)
        digest = own_digest(text.split("\n"), own)
        seen = json.dumps(sorted(arc for arc in arcs if abs(arc[0]) in probed), separators=(",", ":"))
        values = (code.co_qualname, code.co_firstlineno, "3.12", describe_lines(code), own, digest)
        yield file.signature(file.code(CodeRow(row, *values)), probe_bitmap(probed, True, lines), seen)


def codes_of(code: CodeType) -> Iterable[CodeType]:
    """A code object and those within."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from codes_of(inner)


TEXT = """\
def first(x):
    if x:
        return 1
    return 2


def second():
    return 3
"""


def lines_by_context(data_file: Path) -> dict[str, dict[str, list[int]]]:
    """{path: {context: lines that ran}} of the newest versions."""
    with Database(data_file) as database:
        newest = [database.facts(path)[0] for path in database.files()]
    return {facts.path: _lines_by_context(facts) for facts in newest}


def _lines_by_context(facts: FileFacts) -> dict[str, list[int]]:
    found: dict[str, set[int]] = {}
    for line, labels in facts.contexts_by_line().items():
        for label in labels:
            found.setdefault(label, set()).add(line)
    return {label: sorted(lines) for label, lines in sorted(found.items())}
