"""`minicov gaps`: what to cover first, of a project or of some of its files."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from minicov_lsp.commands.columns import Cell, write_columns
from minicov_lsp.commands.command import note, project_for, warn
from minicov_lsp.commands.merging import merge_unmerged
from minicov_lsp.commands.progress import progress_bar
from minicov_lsp.errors import SourceError
from minicov_lsp.metrics.gain import Gap, gaps, ranked
from minicov_lsp.model import Analysis, SourceModel
from minicov_lsp.reporters.table import line_ranges

_MOST = 20
"""How many gaps are listed if nobody says."""
_LONGEST_LINES, _LONGEST_CODE = 40, 60
"""Characters of a cell."""


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
            analyses = {
                file.path: file.analysis
                for file in project.measured_files(progress)
                if not wanted or _is_in(project.root / file.path, wanted)
            }
            found = tuple(ranked(gap for analysis in analyses.values() for gap in _gaps(analysis)))
        told = found[: options.most]
        if options.json:
            json.dump([_described(gap, analyses[gap.path].source) for gap in told], sys.stdout, indent=2)
            sys.stdout.write("\n")
            return 0
        _write(told, analyses)
        if not found:
            where = ", ".join(map(str, options.paths)) or project.root.name
            note(options, f"nothing is missed in {where}" if analyses else f"nothing was measured in {where}")
        elif len(found) > len(told):
            note(options, f"{len(told)} of {len(found)} gaps; -n lists more")
        return 0


def _is_in(file: Path, wanted: Iterable[Path]) -> bool:
    return any(file.is_relative_to(path) for path in wanted)


def _gaps(analysis: Analysis) -> tuple[Gap, ...]:
    """Those of one file; none, with a warning, where this Python can't compile it."""
    try:
        return gaps(analysis)
    except SourceError as error:
        warn(f"{error}; its gaps are left out")
        return ()


def _write(told: Iterable[Gap], analyses: dict[str, Analysis]) -> None:
    rows = []
    for gap in told:
        source = analyses[gap.path].source
        along = _short(line_ranges(source.statements, gap.lines), ", ", _LONGEST_LINES)
        rows.append(
            [Cell(f"{gap.path}:{gap.line}"), Cell(_message(gap, source)), Cell(along), Cell(str(gap.gain), "bold")]
        )
    if rows:
        write_columns(("Where", "What is missing", "Lines that come along", "Gain"), rows, words=3)


def _message(gap: Gap, source: SourceModel) -> str:
    """What never happened, in the words of the reports."""
    if gap.kind == "line":
        return f"`{_short(source.lines[gap.line - 1].strip(), ' ', _LONGEST_CODE)}` never ran"
    branch = next(branch for branch in source.branches if branch.line == gap.line)
    return branch.missing_text[gap.destination]


def _short(text: str, between: str, longest: int) -> str:
    """A text, cut off between two parts of it where it is too long."""
    return text if len(text) <= longest else text[:longest].rpartition(between)[0] + f"{between}…"


def _described(gap: Gap, source: SourceModel) -> dict[str, object]:
    return {
        "path": gap.path,
        "kind": gap.kind,
        "line": gap.line,
        "destination": gap.destination,
        "message": _message(gap, source),
        "lines": sorted(gap.lines),
        "gain": gap.gain,
    }


def _number(text: str) -> int:
    """How many to list. Raises ArgumentTypeError."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)
