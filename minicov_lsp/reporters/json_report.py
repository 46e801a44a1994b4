"""The JSON report: coverage.py's, format 3, key by key, and what it doesn't have: decisions, regions, complexity."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, astuple, dataclass, fields
from datetime import datetime
from functools import lru_cache
from io import StringIO
from typing import Literal, TextIO, TypeAlias

from minicov_lsp.config import Config
from minicov_lsp.metrics.conditions import decided
from minicov_lsp.metrics.functions import FunctionCoverage, called_functions, risk
from minicov_lsp.metrics.hit_counts import counted
from minicov_lsp.metrics.narrowing import Part, parts
from minicov_lsp.metrics.numbers import Numbers, count, display
from minicov_lsp.metrics.regions import executed_regions, unknown_regions
from minicov_lsp.model import Arc, DecisionFacts, Line, Region, Span
from minicov_lsp.project import MeasuredFile
from minicov_lsp.reporters.reporter import Report, written
from minicov_tracer.version import VERSION

FORMAT = 3
"""coverage.py's number for the shape of all this: 3 has functions and classes."""

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
_JSON = ("false", "true")
_REGIONS: tuple[tuple[Literal["function", "class"], str], ...] = (("function", "functions"), ("class", "classes"))


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
        total, finer = Numbers(), _Finer()
        made = report.each(
            f"json {FORMAT} {config.precision} {config.json_show_contexts}",
            lambda file: _File(file, report.has_branches, config).packed(),
        )
        with written(target) as whole, _indented(whole) if config.json_pretty_print else nullcontext(whole) as stream:
            stream.write(f'{{"meta": {json.dumps(self._meta(report))}, "files": {{')
            between = ""
            for path, packed in made:
                counts, _, text = packed.decode().partition("\n")
                numbers, more = json.loads(counts)
                total += Numbers(*numbers)
                finer += _Finer(*more)
                stream.write(f"{between}{json.dumps(path)}: {text}")
                between = ", "
            totals = {**_summary(total, report.has_branches, config.precision), **asdict(finer)}
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


class _File:
    """One file on its way into the report."""

    def __init__(self, file: MeasuredFile, has_branches: bool, config: Config) -> None:
        self._analysis = file.analysis
        self._has_branches = has_branches
        self._precision = config.precision
        self._contexts = _contexts(file.contexts) if config.json_show_contexts else None
        self.numbers = count(file.analysis)
        self._counts = counted(file.facts)
        source = file.analysis.source
        self._called = called_functions(source, file.facts)
        self._executed_regions = executed_regions(source, file.facts)
        self._unknown = unknown_regions(source, file.facts, self._executed_regions)
        self._decisions = decided(source, file.facts)
        self.finer = _Finer(
            num_conditions=sum(len(found.conditions) for found in self._decisions),
            covered_conditions=sum(facts.independent for found in self._decisions for facts in found.conditions),
            num_regions=len(source.regions),
            covered_regions=len(self._executed_regions),
            complexity=sum(definition.complexity for definition in FunctionCoverage().get_possible_elements(source)),
        )

    def packed(self) -> bytes:
        """Its counts on a line of their own, and the report, both as JSON."""
        counts = json.dumps([astuple(self.numbers), astuple(self.finer)])
        # There are tens of thousands of decisions and regions: written at once they take a third of the time.
        decisions = ", ".join([_decision(found) for found in self._decisions])
        regions = ", ".join([self._region(region) for region in self._analysis.source.regions])
        named = {
            plural: {part.name: self._named_part(part) for part in parts(self._analysis, kind)}
            for kind, plural in _REGIONS
        }
        whole = f'{json.dumps(self._whole())[:-1]}, "decisions": [{decisions}], "regions": [{regions}], '
        return f"{counts}\n{whole}{json.dumps(named)[1:]}".encode()

    def _whole(self) -> Json:
        """The file's own lines and branches."""
        analysis = self._analysis
        whole = self._part(
            self.numbers,
            (analysis.executed, analysis.missing, analysis.source.excluded),
            (analysis.executed_branches, analysis.missing_branches),
        )
        if self._contexts is not None:
            whole["contexts"] = {str(line): labels for line, labels in self._contexts.items()}
        whole["summary"] = {**_summary(self.numbers, self._has_branches, self._precision), **asdict(self.finer)}
        if self._counts:
            whole["counts"] = {str(line): count for line, count in sorted(self._counts.items())}
        return whole

    def _region(self, region: Region) -> str:
        """A region as JSON."""
        executed = "null" if region in self._unknown else _JSON[region in self._executed_regions]
        return f'{{"kind": "{region.kind}", {_place(region.span)}, "executed": {executed}}}'

    def _named_part(self, part: Part) -> Json:
        """A function or class, or what is outside of all; of a function also how complex and risky it is."""
        share = part.share
        missing_branches = share.missing_branches
        numbers = share.numbers(missing_branches)
        found = self._part(
            numbers, (share.executed, share.missing, share.excluded), (share.executed_branches, missing_branches)
        )
        found["start_line"] = part.start_line
        if self._contexts is not None:
            mine = sorted(part.lines & self._contexts.keys())
            found["contexts"] = {str(line): self._contexts[line] for line in mine}
        definition = part.definition
        if definition is not None and definition.kind == "function":
            covered = numbers.percent_statements / 100
            found["complexity"] = definition.complexity
            found["called"] = definition in self._called
            found["risk"] = round(risk(definition.complexity, covered), 2)
        return found

    def _part(
        self,
        numbers: Numbers,
        lines: tuple[Iterable[Line], Iterable[Line], Iterable[Line]],
        branches: tuple[Iterable[Arc], Iterable[Arc]],
    ) -> dict[str, Json]:
        """What a file or a part of it has: `lines` executed, missing, excluded; `branches` executed, missing."""
        executed, missing, excluded = lines
        part: dict[str, Json] = {
            "executed_lines": sorted(executed),
            "summary": _summary(numbers, self._has_branches, self._precision),
            "missing_lines": sorted(missing),
            "excluded_lines": sorted(excluded),
        }
        if self._has_branches:
            part["executed_branches"], part["missing_branches"] = (sorted(arcs) for arcs in branches)
        return part


def _decision(found: DecisionFacts) -> str:
    """A decision as JSON."""
    conditions = ", ".join(
        [
            f'{{{_place(condition.span)}, "true": {_JSON[facts.true]}, "false": {_JSON[facts.false]}, '
            f'"independent": {_JSON[facts.independent]}}}'
            for condition, facts in zip(found.decision.conditions, found.conditions, strict=True)
        ]
    )
    decision = found.decision
    return (
        f'{{"kind": "{decision.kind}", {_place(decision.span)}, '
        f'"conditions": [{conditions}], "covered": {_JSON[found.covered]}}}'
    )


def _place(span: Span) -> str:
    """Where something stands, as pairs of a JSON object."""
    line, column, end_line, end_column = span
    return f'"line": {line}, "column": {column}, "end_line": {end_line}, "end_column": {end_column}'


@dataclass(frozen=True, slots=True)
class _Finer:
    """What a summary has that coverage.py's hasn't, by its keys."""

    num_conditions: int = 0
    covered_conditions: int = 0
    """Those that are independent."""
    num_regions: int = 0
    covered_regions: int = 0
    complexity: int = 0
    """Of all functions together, excluded ones left out."""

    def __add__(self, other: _Finer) -> _Finer:
        return _Finer(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(_Finer)))


@lru_cache(maxsize=4096)
def _summary(numbers: Numbers, has_branches: bool, precision: int) -> Mapping[str, Json]:
    """A summary; most functions have the numbers of many others."""
    summary: dict[str, Json] = {
        "covered_lines": numbers.executed,
        "num_statements": numbers.statements,
        "percent_covered": numbers.percent_covered,
        "percent_covered_display": display(numbers.percent_covered, precision),
        "missing_lines": numbers.missing,
        "excluded_lines": numbers.excluded,
        "percent_statements_covered": numbers.percent_statements,
        "percent_statements_covered_display": display(numbers.percent_statements, precision),
    }
    if has_branches:
        summary |= {
            "num_branches": numbers.branches,
            "num_partial_branches": numbers.partial_branches,
            "covered_branches": numbers.executed_branches,
            "missing_branches": numbers.missing_branches,
            "percent_branches_covered": numbers.percent_branches,
            "percent_branches_covered_display": display(numbers.percent_branches, precision),
        }
    return summary


def _contexts(contexts: Mapping[Line, frozenset[str]]) -> dict[Line, list[str]]:
    return {line: sorted(labels) for line, labels in contexts.items()}
