"""`minicov tests`: the tests that ran some lines of a file."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from minicov_lsp.commands.command import UsageError, note, project_for
from minicov_lsp.commands.merging import merge_unmerged
from minicov_lsp.documents.incremental import Finish, Painter, Recorded
from minicov_lsp.documents.picture import Picture
from minicov_lsp.documents.text import split_lines
from minicov_lsp.errors import DataError, SourceError
from minicov_lsp.model import FileFacts, Line
from minicov_lsp.project import Project
from minicov_lsp.runs.selection import ids_of, node_id
from minicov_lsp.store.recorded import RecordedData
from minicov_tracer import sources

_PLACE = re.compile(r"(?P<file>.+?)(?::(?P<first>\d+)(?:-(?P<last>\d+))?)?", re.DOTALL)


class Place(NamedTuple):
    """What is asked about; lines count from 1, both ends included."""

    file: Path
    first: Line
    last: Line


class Tests:
    """Lists tests by their node ids, one a line, or as JSON with what became of them."""

    name = "tests"
    help = "list the tests that ran a file or some of its lines"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what to look at, and how to tell it."""
        parser.add_argument("place", type=place, metavar="FILE[:LINE[-LINE]]", help="a file, a line or some lines")
        parser.add_argument("--json", action="store_true", help="as JSON, with outcome and duration")

    def run(self, options: argparse.Namespace) -> int:
        """Tell it on standard output."""
        project = project_for(options)
        merge_unmerged(options, project)
        where: Place = options.place
        file = (Path.cwd() / where.file).resolve()
        text = sources.read(str(file))
        if text is None:
            raise SourceError(f"{where.file}: no such file, or it can't be read")
        with project.open_data() as database:
            outcomes = database.outcomes()
            picture = _picture(project, database, file, text)
        if picture.state == "none":
            raise DataError(f"{where.file}: nothing is known of this file; run its tests under coverage first")
        labels = picture.labels(where.first, where.last) - {""}
        if options.json:
            json.dump([_described(label, outcomes) for label in sorted(labels)], sys.stdout, indent=2)
            sys.stdout.write("\n")
            return 0
        tests = ids_of(labels)
        sys.stdout.writelines(f"{test}\n" for test in tests)
        if not tests:
            note(options, f"no test is known to have run {_in_words(where)}")
        return 0


def _picture(project: Project, database: RecordedData, file: Path, text: str) -> Picture:
    """The file as an editor has it: of lines that were edited since, it is the tests that ran what they replaced."""
    names = project.recorded_names(database).get(file, ())
    recorded = Recorded(tuple(facts for name in names for facts in database.facts(name)), database.has_arcs)

    def carried(text: str) -> tuple[FileFacts, ...]:
        return tuple(database.facts_of_text(name, text) for name in names)

    painter = Painter(str(file), project.rules, project.models, carried, Finish(spans=False))
    return painter.paint(split_lines(text), recorded)


def place(text: str) -> Place:
    """`FILE`, `FILE:LINE` or `FILE:LINE-LINE`; a name with a colon in it is a name. Raises UsageError."""
    found = _PLACE.fullmatch(text)
    if found is None or found["first"] is None or Path(text).exists():
        return Place(Path(text), 1, sys.maxsize)
    first = int(found["first"])
    last = int(found["last"] or first)
    if not 1 <= first <= last:
        raise UsageError(f"{text}: lines count from 1, and the first comes first")
    return Place(Path(found["file"]), first, last)


def _described(label: str, outcomes: Mapping[str, tuple[str, float]]) -> dict[str, object]:
    """One context as JSON; `id` is null where it is no test."""
    outcome, duration = outcomes.get(label, (None, None))
    return {"id": node_id(label), "label": label, "outcome": outcome, "duration": duration}


def _in_words(where: Place) -> str:
    if where.last == sys.maxsize:
        return str(where.file)
    lines = str(where.first) if where.first == where.last else f"{where.first}-{where.last}"
    return f"{where.file}:{lines}"
