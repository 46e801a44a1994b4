"""One file of the JSON report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, astuple
from typing import Literal

from minicov_lsp.config import Config
from minicov_lsp.metrics.conditions import decided
from minicov_lsp.metrics.functions import FunctionCoverage, called_functions, risk
from minicov_lsp.metrics.hit_counts import counted
from minicov_lsp.metrics.narrowing import own_lines
from minicov_lsp.metrics.numbers import count, percent
from minicov_lsp.metrics.parts import Lists, Part, lines_outside, ordered, parts
from minicov_lsp.metrics.regions import executed_regions, unknown_regions
from minicov_lsp.model import Arc, DecisionFacts, Line, MeasuredFile, Region, Span
from minicov_lsp.reporters.json_summary import Finer, summary_pairs

_JSON = ("false", "true")
_quoted = json.JSONEncoder().encode
_REGIONS: tuple[tuple[Literal["function", "class"], str], ...] = (("function", "functions"), ("class", "classes"))


_Texts = Lists[str, str]
"""Lines and ways as JSON."""


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
        """Its counts on a line of their own, and the report, both as JSON.

        There are tens of thousands of decisions, regions, lines and ways: they are written as text at once, which takes
        a third of the time that objects for an encoder do.
        """
        counts = json.dumps([astuple(self.numbers), astuple(self.finer)])
        decisions = ", ".join([_decision(found) for found in self._decisions])
        regions = ", ".join([self._region(region) for region in self._analysis.source.regions])
        lists = ordered(self._analysis)
        texts = _texts(lists)
        named = ", ".join([f'"{plural}": {{{self._parts(lists, texts, kind)}}}' for kind, plural in _REGIONS])
        return (
            f'{counts}\n{{{self._whole(lists, texts)}, "decisions": [{decisions}], "regions": [{regions}], {named}}}'
        ).encode()

    def _whole(self, lists: Lists[Line, Arc], texts: _Texts) -> str:
        """The file's own lines and branches, as pairs of a JSON object."""
        missing = self._analysis.missing_branches
        missed = [text for arc, text in zip(lists.missed, texts.missed, strict=True) if arc in missing]
        told = texts._replace(missed=missed)
        own = json.dumps(asdict(self.finer))[1:-1]
        whole = self._lines(f"{self._summary(astuple(self.numbers))}, {own}", told)
        if self._contexts is not None:
            whole += f', "contexts": {json.dumps(self._contexts)}'
        if self._counts:
            whole += f', "counts": {json.dumps(dict(sorted(self._counts.items())))}'
        return whole

    def _parts(self, lists: Lists[Line, Arc], texts: _Texts, kind: Literal["function", "class"]) -> str:
        """Functions or classes and what is outside of all, by name, as pairs of a JSON object."""
        found = {part.name: self._named_part(part, kind) for part in parts(self._analysis, kind, lists, texts)}
        return ", ".join([f"{_quoted(name)}: {{{text}}}" for name, text in found.items()])

    def _named_part(self, part: Part[str, str], kind: Literal["function", "class"]) -> str:
        """A function or class, or what is outside of all; of a function also how complex and risky it is."""
        definition = part.definition
        text = f'{self._lines(self._summary(part.counts), part.own)}, "start_line": {part.start_line}'
        if self._contexts is not None:
            lines = own_lines(definition) if definition is not None else lines_outside(self._analysis, kind)
            mine = {line: self._contexts[line] for line in sorted(lines & self._contexts.keys())}
            text += f', "contexts": {json.dumps(mine)}'
        if definition is not None and definition.kind == "function":
            called = _JSON[definition in self._called]
            statements, _, missing, *_ = part.counts
            score = round(risk(definition.complexity, percent(statements - missing, statements) / 100), 2)
            text += f', "complexity": {definition.complexity}, "called": {called}, "risk": {score!r}'
        return text

    def _summary(self, counts: tuple[int, ...]) -> str:
        """What `summary_pairs` gives of the fields of `Numbers`."""
        return summary_pairs(counts, self._has_branches, self._precision)

    def _lines(self, summary: str, texts: _Texts) -> str:
        """What a file and a part of it have alike, as pairs of a JSON object."""
        told = (
            f'"executed_lines": [{", ".join(texts.executed)}], "summary": {{{summary}}}, '
            f'"missing_lines": [{", ".join(texts.missing)}], "excluded_lines": [{", ".join(texts.excluded)}]'
        )
        if self._has_branches:
            told += (
                f', "executed_branches": [{", ".join(texts.executed_branches)}], '
                f'"missing_branches": [{", ".join(texts.missed)}]'
            )
        return told

    def _region(self, region: Region) -> str:
        """A region as JSON."""
        executed = "null" if region in self._unknown else _JSON[region in self._executed_regions]
        return f'{{"kind": "{region.kind}", {_place(region.span)}, "executed": {executed}}}'


def _texts(lists: Lists[Line, Arc]) -> _Texts:
    """All as JSON, once: a file has each, and so have two of its parts."""
    executed, missing, excluded = ([*map(str, lines)] for lines in lists[:3])
    taken, missed = ([f"[{start}, {end}]" for start, end in ways] for ways in lists[3:])
    return Lists(executed, missing, excluded, taken, missed)


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
