"""The HTML report: a folder with a page for the whole and one for each file, to be read without a server.

Jinja2 fills the templates and escapes all that it puts in. The pages load nothing from elsewhere, and a policy in each
forbids it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from minicov_lsp.config import Config
from minicov_lsp.errors import DataError
from minicov_lsp.folders import make_folder
from minicov_lsp.metrics.conditions import decided
from minicov_lsp.metrics.metric import Stats
from minicov_lsp.metrics.numbers import Numbers, count, display
from minicov_lsp.model import DecisionFacts, MeasuredFile
from minicov_lsp.reporters.html_page import page
from minicov_lsp.reporters.reporter import ELSEWHERE, Report, grade, written
from minicov_tracer.version import VERSION

_STATIC = ("style.css", "report.js")
_EXTRA = "extra.css"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file's line in the table, or the total's."""

    name: str
    page: str
    """Its page, from the report's folder."""
    numbers: Numbers
    conditions: Stats
    """(independent, all)."""

    @property
    def has_gaps(self) -> bool:
        """Whether a statement or a branch is missing."""
        return bool(self.numbers.missing or self.numbers.partial_branches)


class HtmlReporter:
    """Writes the HTML report; `now` gives its date."""

    name = "html"
    title = "HTML report"

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now().astimezone()) -> None:
        self._now = now

    def target(self, config: Config) -> str:
        """The folder that the configuration names."""
        return config.html_directory

    def write(self, report: Report, target: str) -> float:
        """Write the folder; the total is 0 where there is no statement, as in coverage.py's.

        The page for the whole comes last, so that one that is there leads to pages that are. Raises DataError where no
        file is left to show.
        """
        folder = Path(target)
        make_folder(folder, ELSEWHERE)
        templates = _Templates(report, self._now())
        _write_static(folder, report)
        entries = [self._write_page(file, report, templates, folder) for file in report.files]
        if not entries:
            raise DataError("no data to report: none of the measured files could be analysed")
        total = _total(entries)
        shown = [entry for entry in entries if not _is_skipped(entry, report.config)]
        with written(str(folder / "index.html")) as stream:
            stream.write(templates.index(entries=shown, total=total, skipped=len(entries) - len(shown)))
        return total.numbers.percent_covered if total.numbers.statements else 0.0

    def _write_page(self, file: MeasuredFile, report: Report, templates: _Templates, folder: Path) -> Entry:
        source = file.analysis.source
        decisions = decided(source, file.facts) if report.has_conditions else ()
        entry = Entry(file.path, page_name(file.path), count(file.analysis), _conditions(decisions))
        if not _is_skipped(entry, report.config):
            shown = page(file, has_conditions=report.has_conditions, has_contexts=report.config.html_show_contexts)
            with written(str(folder / entry.page)) as stream:
                stream.write(templates.file(entry=entry, page=shown))
        return entry


def _conditions(decisions: Iterable[DecisionFacts]) -> Stats:
    are_independent = [facts.independent for found in decisions for facts in found.conditions]
    return Stats(sum(are_independent), len(are_independent))


def page_name(path: str) -> str:
    """A file's page: a name of its own in one folder, whatever the path has in it."""
    readable = re.sub(r"[^A-Za-z0-9]+", "_", path)[-80:].strip("_")
    return f"{readable}_{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}.html"


class _Templates:
    """The pages' templates, with what all pages have."""

    def __init__(self, report: Report, now: datetime) -> None:
        from jinja2 import Environment, PackageLoader, StrictUndefined

        precision = report.config.precision
        environment = Environment(
            loader=PackageLoader("minicov_lsp.reporters", "html"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["percentage"] = lambda value: f"{display(value, precision)}%"
        environment.filters["grade"] = grade
        environment.globals.update(
            title=report.config.html_title,
            has_branches=report.has_branches,
            has_extra=bool(report.config.html_extra_css),
            version=VERSION,
            date=now.strftime("%Y-%m-%d %H:%M %z"),
        )
        self._environment = environment

    def index(self, **values: Any) -> str:
        """The page for the whole."""
        return self._environment.get_template("index.html.j2").render(values)

    def file(self, **values: Any) -> str:
        """A file's page."""
        return self._environment.get_template("file.html.j2").render(values)


def _write_static(folder: Path, report: Report) -> None:
    """What all pages use, and what keeps the report out of a repository."""
    for name in _STATIC:
        with written(str(folder / name)) as stream:
            stream.write(resources("minicov_lsp.reporters").joinpath("html", name).read_text("utf-8"))
    with written(str(folder / ".gitignore")) as stream:
        stream.write("*\n")
    if report.config.html_extra_css:
        shutil.copyfile(report.root / report.config.html_extra_css, folder / _EXTRA)


def _is_skipped(entry: Entry, config: Config) -> bool:
    """Whether the configuration leaves a file out."""
    skip_covered = config.skip_covered if config.html_skip_covered is None else config.html_skip_covered
    skip_empty = config.skip_empty if config.html_skip_empty is None else config.html_skip_empty
    return (skip_covered and not entry.has_gaps) or (skip_empty and not entry.numbers.statements)


def _total(entries: Sequence[Entry]) -> Entry:
    numbers = sum((entry.numbers for entry in entries), Numbers())
    covered, possible = (sum(getattr(entry.conditions, part) for entry in entries) for part in ("covered", "possible"))
    return Entry("Total", "", numbers, Stats(covered, possible))
