"""The JSON report: coverage.py's, format 3, key by key, and what it doesn't have: decisions, regions, complexity."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import datetime
from io import StringIO
from typing import TextIO

from minicov_lsp.config import Config
from minicov_lsp.metrics.numbers import Numbers
from minicov_lsp.model import MeasuredFile
from minicov_lsp.reporters.json_summary import Finer, Json, summary
from minicov_lsp.reporters.reporter import Report, written
from minicov_tracer.version import VERSION

FORMAT = 3
"""coverage.py's number for the shape of all this: 3 has functions and classes."""


def _now() -> datetime:
    """The local time, without a zone, as coverage.py writes it."""
    return datetime.now()  # noqa: DTZ005


class JsonReporter:
    """Writes the JSON report; `now` gives its timestamp."""

    name = "json"
    title = "JSON report"

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._now = now

    def target(self, config: Config) -> str:
        """The file that the configuration names."""
        return config.json_output

    def write(self, report: Report, target: str) -> float:
        """Write the report; the total is 0 where there is no statement, as in coverage.py's."""
        config = report.config
        total, finer = Numbers(), Finer()
        made = report.each(
            f"json {FORMAT} {config.precision} {config.json_show_contexts}",
            lambda file: _packed(file, report.has_branches, config),
        )
        with written(target) as whole, _indented(whole) if config.json_pretty_print else nullcontext(whole) as stream:
            stream.write(f'{{"meta": {json.dumps(self._meta(report))}, "files": {{')
            between = ""
            for path, packed in made:
                counts, _, text = packed.decode().partition("\n")
                numbers, more = json.loads(counts)
                total += Numbers(*numbers)
                finer += Finer(*more)
                stream.write(f"{between}{json.dumps(path)}: {text}")
                between = ", "
            totals = {**summary(total, report.has_branches, config.precision), **asdict(finer)}
            stream.write(f'}}, "totals": {json.dumps(totals)}}}')
        return total.percent_covered if total.statements else 0.0

    def _meta(self, report: Report) -> Json:
        return {
            "format": FORMAT,
            "version": VERSION,
            "timestamp": self._now().isoformat(),
            "branch_coverage": report.has_branches,
            "show_contexts": report.config.json_show_contexts,
        }


@contextmanager
def _indented(stream: TextIO) -> Iterator[TextIO]:
    """A stream for JSON that comes out indented, when all of it is there."""
    whole = StringIO()
    yield whole
    json.dump(json.loads(whole.getvalue()), stream, indent=4)


def _packed(file: MeasuredFile, has_branches: bool, config: Config) -> bytes:
    """What `File.packed` says; it is loaded for the first file that isn't kept."""
    from minicov_lsp.reporters.json_file import File

    return File(file, has_branches, config).packed()
