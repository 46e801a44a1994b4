"""One file of the JSON report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple
from typing import Literal

from minicov_lsp.config import Config
from minicov_lsp.metrics.conditions import decided
from minicov_lsp.metrics.functions import FunctionCoverage, called_functions, risk
from minicov_lsp.metrics.hit_counts import counted
from minicov_lsp.metrics.narrowing import Part, parts
from minicov_lsp.metrics.numbers import Numbers, count
from minicov_lsp.metrics.regions import executed_regions, unknown_regions
from minicov_lsp.model import Arc, DecisionFacts, Line, MeasuredFile, Region, Span
from minicov_lsp.reporters.json_summary import Finer, Json, summary

_JSON = ("false", "true")
_REGIONS: tuple[tuple[Literal["function", "class"], str], ...] = (("function", "functions"), ("class", "classes"))


class File:
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
        self.finer = Finer(
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
        whole["summary"] = {**summary(self.numbers, self._has_branches, self._precision), **asdict(self.finer)}
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
            "summary": summary(numbers, self._has_branches, self._precision),
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


def _contexts(contexts: Mapping[Line, frozenset[str]]) -> dict[Line, list[str]]:
    return {line: sorted(labels) for line, labels in contexts.items()}
