"""`minicov gaps`: what to cover first, of a project or of some of its files."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from minicov_lsp.commands.columns import Cell, write_columns
from minicov_lsp.commands.command import note, project_for, warn
from minicov_lsp.commands.merging import merge_unmerged
from minicov_lsp.commands.progress import progress_bar
from minicov_lsp.errors import SourceError
from minicov_lsp.metrics.gain import Gap, gaps, ranked
from minicov_lsp.model import Analysis, Line
from minicov_lsp.reporters.table import line_ranges

_MOST = 20
"""How many gaps are listed if nobody says."""
_LONGEST_LINES, _LONGEST_CODE = 40, 60
"""Characters of a cell."""


@dataclass(frozen=True, slots=True)
class _Missed:
    """What is told of one file; its syntax tree is not kept, for there may be thousands."""

    gaps: tuple[Gap, ...] = ()
    messages: Mapping[tuple[Line, int], str] = field(default_factory=dict)
    """{line and destination of a gap: what never happened, in the words of the reports}."""
    statements: frozenset[Line] = frozenset()


class Gaps:
    """Lists lines that never ran and ways that were never taken, those first that bring most with them."""

    name = "gaps"
    help = "list what to cover first: what brings most missed statements with it"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add where to look, and how much to tell."""
        parser.add_argument("paths", nargs="*", type=Path, metavar="FILE|DIR", help="look only there (everywhere)")
        parser.add_argument("-n", "--most", type=_number, default=_MOST, metavar="N", help=f"list so many ({_MOST})")
        parser.add_argument("--json", action="store_true", help="as JSON, with the lines that come along")

    def run(self, options: argparse.Namespace) -> int:
        """Tell it on standard output."""
        project = project_for(options)
        merge_unmerged(options, project)
        wanted = tuple((Path.cwd() / path).resolve() for path in options.paths)
        with progress_bar(options, "Looking for gaps") as progress:
            files = {
                file.path: _missed(file.analysis)
                for file in project.measured_files(progress)
                if not wanted or _is_in(project.root / file.path, wanted)
            }
        found = tuple(ranked(gap for file in files.values() for gap in file.gaps))
        told = found[: options.most]
        if options.json:
            json.dump([_described(gap, files[gap.path]) for gap in told], sys.stdout, indent=2)
            sys.stdout.write("\n")
            return 0
        _write(told, files)
        if not found:
            where = ", ".join(map(str, options.paths)) or project.root.name
            note(options, f"nothing is missed in {where}" if files else f"nothing was measured in {where}")
        elif len(found) > len(told):
            note(options, f"{len(told)} of {len(found)} gaps; -n lists more")
        return 0


def _is_in(file: Path, wanted: Iterable[Path]) -> bool:
    return any(file.is_relative_to(path) for path in wanted)


def _missed(analysis: Analysis) -> _Missed:
    """What is missed of one file; nothing, with a warning, where this Python can't compile it."""
    source = analysis.source
    try:
        found = gaps(analysis)
    except SourceError as error:
        warn(f"{error}; its gaps are left out")
        return _Missed()
    texts = {branch.line: branch.missing_text for branch in source.branches}
    messages = {
        (gap.line, gap.destination): texts[gap.line][gap.destination]
        if gap.kind == "branch"
        else f"`{_short(source.lines[gap.line - 1].strip(), ' ', _LONGEST_CODE)}` never ran"
        for gap in found
    }
    return _Missed(found, messages, source.statements)


def _write(told: Iterable[Gap], files: Mapping[str, _Missed]) -> None:
    rows = []
    for gap in told:
        file = files[gap.path]
        along = _short(line_ranges(file.statements, gap.lines), ", ", _LONGEST_LINES)
        message = file.messages[gap.line, gap.destination]
        rows.append([Cell(f"{gap.path}:{gap.line}"), Cell(message), Cell(along), Cell(str(gap.gain), "bold")])
    if rows:
        write_columns(("Where", "What is missing", "Lines that come along", "Gain"), rows, words=3)


def _described(gap: Gap, file: _Missed) -> dict[str, object]:
    return {
        "path": gap.path,
        "kind": gap.kind,
        "line": gap.line,
        "destination": gap.destination,
        "message": file.messages[gap.line, gap.destination],
        "lines": sorted(gap.lines),
        "gain": gap.gain,
    }


def _short(text: str, between: str, longest: int) -> str:
    """A text, cut off between two parts of it where it is too long."""
    if len(text) <= longest:
        return text
    begin = text[:longest]
    return f"{begin.rpartition(between)[0] or begin}{between}…"


def _number(text: str) -> int:
    """How many to list. Raises ArgumentTypeError."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)
