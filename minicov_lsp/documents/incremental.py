"""Painting a document again and again while it is typed in, doing over only what the change asks for.

What ran is analysed once for each text that ran; a keystroke costs a line diff
and an analysis of the function it is in.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from minicov_lsp.documents.line_map import LineMap, map_lines
from minicov_lsp.documents.picture import NOTHING, Gap, Picture, Summary, mark_runs
from minicov_lsp.documents.versions import move_facts, move_text, unchanged_lines
from minicov_lsp.errors import SourceError
from minicov_lsp.metrics.analysis import analyze
from minicov_lsp.model import Analysis, Branch, Definition, FileFacts, Line, Mark, SourceModel, Span
from minicov_lsp.source.cache import ModelCache
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_lsp.source.splicing import Reparser
from minicov_tracer import sources

log = logging.getLogger(__name__)

MAX_VERSIONS = 12
"""Older texts that ran are no longer looked at: each costs a parse and a diff."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """All that the data file knows of one file."""

    facts: tuple[FileFacts, ...]
    """Newest text first; what processes that still run have hit comes as facts of its own, before."""
    has_branches: bool = True
    """Whether branches were measured."""


class Painter:
    """Paints one file; used by one thread at a time."""

    def __init__(self, path: str, rules: ExclusionRules, models: ModelCache | None = None) -> None:
        """Paint one file; what texts that ran could do is taken from `models`, if there is such a thing."""
        self._path = path
        self._rules = rules
        self._kept = models or ModelCache(None)
        self._buffer = Reparser(rules, path)
        self._recorded: Recorded | None = None
        self._analyses: dict[str, tuple[Analysis, frozenset[str]]] = {}
        self._models: dict[str, SourceModel] = {}

    def paint(self, lines: Sequence[str], recorded: Recorded) -> Picture:
        """The picture of a buffer, given as lines without their ends."""
        if recorded is not self._recorded:
            self._recorded, self._analyses = recorded, {}
        text = "\n".join(lines).removeprefix("\ufeff")
        digest = sources.digest(text)
        base = _base(recorded.facts, digest, text)
        if base is None or base.text is None:
            return NOTHING
        if base.digest not in self._analyses:
            analysis = self._analyze(base, recorded)
            self._analyses[base.digest] = analysis, frozenset().union(*analysis.contexts.values())
        analysis, contexts = self._analyses[base.digest]
        ran = analysis.source.lines
        if base.digest == digest:
            same = tuple(range(len(ran) + 1))
            return paint(analysis, ran, LineMap(same, same), analysis.source, contexts)
        buffer = tuple(text.split("\n"))
        shown = buffer[:-1] if buffer[-1] == "" else buffer
        return replace(paint(analysis, shown, map_lines(ran, shown), self._parsed(text), contexts), state="stale")

    def _analyze(self, base: FileFacts, recorded: Recorded) -> Analysis:
        """What ran of one text, in whichever version of the file it ran."""
        source = self._model(base)
        known = []
        recent = set(list(dict.fromkeys(each.digest for each in recorded.facts))[:MAX_VERSIONS])
        for each in recorded.facts:
            if each.digest == base.digest:
                known.append(each)
            elif each.text is not None and each.codes and each.digest in recent:
                model = self._model(each)
                line_map = map_lines(model.lines, source.lines)
                known.append(move_facts(each, unchanged_lines(model, source.lines, line_map, source), base))
        return analyze(self._path, source, known, has_branches=recorded.has_branches)

    def _model(self, facts: FileFacts) -> SourceModel:
        """The model of a text that ran, kept for as long as it is among the versions."""
        found = self._models.get(facts.digest)
        if found is None:
            found = self._models[facts.digest] = self._kept_model(facts) or model_of_facts(facts)
            for gone in list(self._models)[: -2 * MAX_VERSIONS]:
                del self._models[gone]
        return found

    def _kept_model(self, facts: FileFacts) -> SourceModel | None:
        try:
            return self._kept.model(facts.text or "", self._rules, path=self._path)
        except SourceError as error:
            log.debug("not parsed: %s", error)
            return None

    def _parsed(self, text: str) -> SourceModel | None:
        try:
            return self._buffer.parse(text)
        except SourceError as error:
            log.debug("not parsed: %s", error)
            return None


def _base(versions: Sequence[FileFacts], digest: str, text: str) -> FileFacts | None:
    """The version that the buffer is compared with: the very same text if it ran, else the one that ran last."""
    for facts in versions:
        if facts.digest == digest:
            return facts if facts.text is not None else replace(facts, text=text)
    return next((facts for facts in versions if facts.text is not None), None)


def model_of_facts(facts: FileFacts) -> SourceModel:
    """What is known of a text that another Python ran and this one can't parse: its lines and which could run."""
    text = facts.text or ""
    lines = tuple(text.split("\n"))
    probed = frozenset(line for code in facts.codes for line in code.probed_lines)
    return SourceModel(
        digest=facts.digest,
        lines=lines[:-1] if lines[-1] == "" else lines,
        statements=probed,
        excluded=frozenset(),
        first_lines={},
        last_lines={line: line for line in probed},
        arcs=frozenset(),
        branches=(),
    )


def paint(
    analysis: Analysis,
    lines: Sequence[str],
    line_map: LineMap,
    buffer: SourceModel | None,
    contexts: frozenset[str] = frozenset(),
) -> Picture:
    """The picture of a text, from what ran of another and the way from there.

    `buffer` is the text's own model; without it (the text can't be parsed) what
    ran is only moved. The state is "fresh"; the caller knows better.
    """
    kept = unchanged_lines(analysis.source, lines, line_map, buffer)
    return Picture(
        state="fresh",
        runs=mark_runs(_marks(analysis, lines, line_map, kept)),
        gaps=tuple(_gaps(analysis, line_map, kept)),
        summary=_summary(analysis),
        definitions=buffer.definitions if buffer is not None else _moved_definitions(analysis.source, line_map),
        analysis=analysis,
        contexts=contexts,
        line_map=line_map,
    )


def _marks(analysis: Analysis, lines: Sequence[str], line_map: LineMap, kept: Mapping[Line, Line]) -> dict[Line, Mark]:
    """{line: mark} of the buffer."""
    marks: dict[Line, Mark] = {
        line: "edited" for line in range(1, len(lines) + 1) if not line_map.to_old[line] and lines[line - 1].strip()
    }
    for line, mark in line_marks(analysis).items():
        if line in kept:
            marks[kept[line]] = mark
        elif (there := line_map.new_line(line)) and lines[there - 1].strip():
            marks[there] = "edited"
    return marks


def line_marks(analysis: Analysis) -> dict[Line, Mark]:
    """{line: mark} of the text that ran; a statement marks all its lines, a compound one those of its header."""
    source = analysis.source
    marks: dict[Line, Mark] = {}
    for line in source.statements | source.excluded:
        mark: Mark = "excluded"
        if line in analysis.executed:
            mark = "partial" if line in analysis.partial else "covered"
        elif line in analysis.missing:
            mark = "missed"
        for each in range(line, source.last_lines.get(line, line) + 1):
            marks[each] = mark
    return marks


def _gaps(analysis: Analysis, line_map: LineMap, kept: Mapping[Line, Line]) -> list[Gap]:
    """The ways never taken from lines that ran, by place."""
    gaps: list[Gap] = []
    for branch in analysis.source.branches:
        missing = analysis.partial.get(branch.line, ())
        span = _moved_span(branch.span, kept) if missing and branch.line in kept else None
        if span is not None:
            gaps.extend(Gap("branch", span, move_text(text, line_map)) for text in _missing_texts(branch, missing))
    return sorted(gaps, key=lambda gap: gap.span)


def _missing_texts(branch: Branch, missing: Sequence[int]) -> dict[str, None]:
    """Why each way was never taken; the same reason is told once."""
    return dict.fromkeys(branch.missing_text[end] for end in missing)


def _moved_span(span: Span, kept: Mapping[Line, Line]) -> Span | None:
    if span.line not in kept or span.end_line not in kept:
        return None
    return replace(span, line=kept[span.line], end_line=kept[span.end_line])


def _summary(analysis: Analysis) -> Summary:
    branches = analysis.source.branches if analysis.has_branches else ()
    possible = sum(len(branch.destinations) for branch in branches)
    return Summary(
        statements=(len(analysis.executed), len(analysis.source.statements)),
        branches=(possible - len(analysis.missing_branches), possible),
        complexity=sum(each.complexity for each in analysis.source.definitions if each.kind == "function"),
    )


def _moved_definitions(source: SourceModel, line_map: LineMap) -> tuple[Definition, ...]:
    """Where the definitions that ran are now; those whose `def` line is gone are left out."""
    return tuple(
        replace(
            definition,
            line=line_map.new_line(definition.line),
            first_line=line_map.nearest_new(definition.first_line),
            body_line=line_map.nearest_new(definition.body_line),
            end_line=line_map.nearest_new(definition.end_line),
            own_lines=(),
        )
        for definition in source.definitions
        if line_map.new_line(definition.line)
    )
