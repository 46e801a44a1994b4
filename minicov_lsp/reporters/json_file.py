"""One file of the JSON report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, astuple
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Literal

from minicov_lsp.config import Config
from minicov_lsp.metrics.conditions import decided
from minicov_lsp.metrics.functions import FunctionCoverage, called_functions, risk
from minicov_lsp.metrics.hit_counts import counted
from minicov_lsp.metrics.narrowing import own_lines
from minicov_lsp.metrics.numbers import count, percent
from minicov_lsp.metrics.parts import Lists, Part, lines_outside, ordered, parts
from minicov_lsp.metrics.regions import executed_regions, unknown_regions
from minicov_lsp.model import Arc, Line, MeasuredFile
from minicov_lsp.reporters.json_summary import Finer, summary_pairs
from minicov_lsp.reporters.json_text import Texts, decisions_text, regions_text, texts_of

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
        """Its counts on a line of their own, and the report, both as JSON.

        There are tens of thousands of decisions, regions, lines and ways: they are written as text at once, which takes
        a third of the time that objects for an encoder do.
        """
        counts = json.dumps([astuple(self.numbers), astuple(self.finer)])
        decisions = decisions_text(self._decisions)
        regions = regions_text(self._analysis.source.regions, self._executed_regions, self._unknown)
        lists = ordered(self._analysis)
        texts = texts_of(lists)
        named = ", ".join([f'"{plural}": {{{self._parts(lists, texts, kind)}}}' for kind, plural in _REGIONS])
        return (
            f'{counts}\n{{{self._whole(lists, texts)}, "decisions": [{decisions}], "regions": [{regions}], {named}}}'
        ).encode()

    def _whole(self, lists: Lists[Line, Arc], texts: Texts) -> str:
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

    def _parts(self, lists: Lists[Line, Arc], texts: Texts, kind: Literal["function", "class"]) -> str:
        """Functions or classes and what is outside of all, by name, as pairs of a JSON object."""
        found = parts(self._analysis, kind, lists, texts)
        return ", ".join(
            [f"{encode_basestring_ascii(part.name)}: {{{self._named_part(part, kind)}}}" for part in found]
        )

    def _named_part(self, part: Part[str, str], kind: Literal["function", "class"]) -> str:
        """A function or class, or what is outside of all; of a function also how complex and risky it is."""
        definition = part.definition
        text = f'{self._lines(self._summary(part.counts), part.own)}, "start_line": {part.start_line}'
        if self._contexts is not None:
            lines = own_lines(definition) if definition is not None else lines_outside(self._analysis, kind)
            mine = {line: self._contexts[line] for line in sorted(lines & self._contexts.keys())}
            text += f', "contexts": {json.dumps(mine)}'
        if definition is not None and definition.kind == "function":
            called = bool(self._called) and definition in self._called  # of most files nothing is
            text += _function(definition.complexity, called, part.counts[0], part.counts[2])
        return text

    def _summary(self, counts: tuple[int, ...]) -> str:
        """What `summary_pairs` gives of the fields of `Numbers`."""
        return summary_pairs(counts, self._has_branches, self._precision)

    def _lines(self, summary: str, texts: Texts) -> str:
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


@lru_cache(maxsize=4096)
def _function(complexity: int, is_called: bool, statements: int, missing: int) -> str:
    """What only a function has, as pairs of a JSON object; most are like many others."""
    score = round(risk(complexity, percent(statements - missing, statements) / 100), 2)
    return f', "complexity": {complexity}, "called": {_JSON[is_called]}, "risk": {score!r}'


def _contexts(contexts: Mapping[Line, frozenset[str]]) -> dict[Line, list[str]]:
    return {line: sorted(labels) for line, labels in contexts.items()}
