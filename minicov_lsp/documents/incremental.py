"""Painting a document again and again while it is typed in, doing over only what the change asks for.

What ran is analysed once for each text that ran; a keystroke costs a line diff
and an analysis of the function it is in.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import NamedTuple

from minicov_lsp.documents.gaps import Gap, gaps_of, moving_gaps, partial_statements
from minicov_lsp.documents.line_map import LineMap, map_lines
from minicov_lsp.documents.moves import with_moved
from minicov_lsp.documents.moving import Moving
from minicov_lsp.documents.picture import NOTHING, Picture, Summary, mark_runs
from minicov_lsp.documents.texts import HERE, Texts
from minicov_lsp.documents.versions import move_facts, unchanged_lines
from minicov_lsp.errors import SourceError
from minicov_lsp.metrics.analysis import analyze
from minicov_lsp.metrics.conditions import decided
from minicov_lsp.metrics.regions import Known, unreached_regions
from minicov_lsp.metrics.regions_elsewhere import Reading, ways_onward
from minicov_lsp.model import Analysis, DecisionFacts, Definition, FileFacts, Line, Mark, Region, SourceModel
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
    has_conditions: bool = False
    """Whether conditions were measured."""


@dataclass(frozen=True, slots=True)
class Finish:
    """How much of a picture is painted."""

    spans: bool = True
    """Whether what is missing below the lines is looked for."""
    conditions: bool = True
    """Whether conditions are shown."""


class _Ran(NamedTuple):
    """A text that ran, and all that is known of it."""

    analysis: Analysis
    contexts: frozenset[str]
    exact: tuple[FileFacts, ...]
    """Those facts that are of this very text, or of code objects that stand in it as they ran."""
    decisions: tuple[DecisionFacts, ...]
    marks: tuple[Mark | None, ...]
    """Of each line; "edited" at index 0, the line that those come from that did not run."""
    gaps: Moving[Gap]
    definitions: Moving[Definition]
    """Without their own lines."""
    summary: Summary


Carried = Callable[[str], Sequence[FileFacts]]
"""What ran of a text, in whichever version of the file it ran, in the lines of that text."""


class Painter:
    """Paints one file; used by one thread at a time."""

    def __init__(
        self,
        path: str,
        rules: ExclusionRules,
        models: ModelCache | None = None,
        carried: Carried = lambda _: (),
        finish: Finish = Finish(),  # frozen
        texts: Texts = HERE,
    ) -> None:
        """Paint one file; what texts that ran could do is taken from `models`, if there is such a thing."""
        self._path = path
        self._rules = rules
        self._kept = models or ModelCache(None)
        self._carried = carried
        self._finish = finish
        self._texts = texts
        self._buffer = Reparser(rules, path, texts.parse)
        self._recorded: Recorded | None = None
        self._ran: dict[str, _Ran] = {}
        self._models: dict[str, SourceModel] = {}
        self._moved: dict[tuple[int, str], tuple[FileFacts, FileFacts]] = {}
        """{(id of another text's facts, digest of a text): (those facts, so that the id stays theirs; moved to it)}."""
        self._evidence: dict[tuple[str, bool], Known] = {}
        """{(digest, whether jumps are seen): what probes show} of the text that was looked at last: tests run it again
        and again."""

    def paint(self, lines: Sequence[str], recorded: Recorded) -> Picture:
        """The picture of a buffer, given as lines without their ends."""
        if recorded is not self._recorded:
            self._recorded, self._ran = recorded, {}
        shown = (lines[0].removeprefix("\ufeff"), *lines[1:]) if lines else ("",)
        text = "\n".join(shown)
        digest = sources.digest(text)
        base = _base(recorded.facts, digest, text)
        if base is None or base.text is None:
            return NOTHING
        if base.digest not in self._ran:
            self._ran[base.digest] = self._look(base, recorded)
        found = self._ran[base.digest]
        ran = found.analysis.source.lines
        if base.digest == digest:
            same = tuple(range(len(ran) + 1))
            return _paint(found, ran, LineMap(same, same), found.analysis.source)
        shown = shown[:-1] if shown[-1] == "" else shown
        line_map, parsed = map_lines(ran, shown), self._parsed(text, found.analysis.source)
        if parsed is not None:
            line_map = with_moved(line_map, ran, found.analysis.source.definitions, shown, parsed.definitions)
        return replace(_paint(found, shown, line_map, parsed), state="stale")

    def _look(self, base: FileFacts, recorded: Recorded) -> _Ran:
        """What is known of one text."""
        exact = [each for each in recorded.facts if each.digest == base.digest]
        others = [
            each for each in recorded.facts if each.digest != base.digest and each.text is not None and each.codes
        ]
        if others and base.text is not None:
            exact += self._carried(base.text)
        analysis = self._analyze(base, exact, others, has_branches=recorded.has_branches)
        contexts = set[str]()
        for labels in analysis.contexts.values():  # one call for all of them would stop every other thread for long
            contexts |= labels
        has_conditions = self._finish.conditions and recorded.has_conditions
        decisions = decided(analysis.source, exact, self._texts.decisions) if has_conditions else ()
        gaps: tuple[Gap, ...] = ()
        if self._finish.spans:
            gaps = gaps_of(analysis, decisions, self._unreached(analysis.source, exact), self._texts.ways)
        return _Ran(
            analysis,
            frozenset(contexts),
            tuple(exact),
            decisions,
            ("edited", *_marks_by_line(analysis, partial_statements(analysis, gaps))),
            moving_gaps(gaps),
            _moving_definitions(analysis.source),
            _summary(analysis, decisions),
        )

    def _unreached(self, source: SourceModel, exact: Sequence[FileFacts]) -> frozenset[Region]:
        return unreached_regions(
            source,
            exact,
            self._shown(source, sees_jumps=True),
            lambda: self._shown(source, sees_jumps=False),
            Reading(self._texts.decisions, lambda text: self._texts.of(text, ways_onward, text)),
        )

    def _shown(self, source: SourceModel, *, sees_jumps: bool) -> Known:
        key = source.digest, sees_jumps
        if key not in self._evidence:
            self._evidence = {each: known for each, known in self._evidence.items() if each[0] == source.digest}
            self._evidence[key] = self._texts.evidence(source, self._rules, sees_jumps=sees_jumps)
        return self._evidence[key]

    def _analyze(
        self, base: FileFacts, exact: Sequence[FileFacts], others: Sequence[FileFacts], *, has_branches: bool
    ) -> Analysis:
        """What ran of one text, and of the lines of other texts that are the same in it."""
        source = self._model(base)
        recent = set(list(dict.fromkeys(each.digest for each in others))[:MAX_VERSIONS])
        before, self._moved = self._moved, {}
        for each in others:
            if each.digest in recent:
                key = id(each), base.digest
                self._moved[key] = before[key] if key in before else (each, self._move(each, base, source))
        known = [*exact, *(moved for _, moved in self._moved.values())]
        return analyze(self._path, source, known, has_branches=has_branches)

    def _move(self, facts: FileFacts, base: FileFacts, source: SourceModel) -> FileFacts:
        """What ran of the lines of one text that are the same in another."""
        model = self._model(facts)
        line_map = map_lines(model.lines, source.lines)
        return move_facts(facts, unchanged_lines(model, source.lines, line_map, source), base)

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

    def _parsed(self, text: str, ran: SourceModel) -> SourceModel | None:
        """The model of the buffer, of which all but one function is most often what ran; None if it is no Python."""
        try:
            self._buffer.start_from(ran)
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
        last_lines={},
        arcs=frozenset(),
        branches=(),
    )


def _paint(found: _Ran, lines: Sequence[str], line_map: LineMap, buffer: SourceModel | None) -> Picture:
    """The picture of a text, from what ran of another and the way from there.

    `buffer` is the text's own model; without it (the text can't be parsed) what
    ran is only moved. The state is "fresh"; the caller knows better.
    """
    analysis = found.analysis
    kept = unchanged_lines(analysis.source, lines, line_map, buffer)
    return Picture(
        state="fresh",
        runs=mark_runs(_marks(found, lines, line_map, kept)),
        gaps=found.gaps.to(line_map, lambda gap: gap.span.line in kept and gap.span.end_line in kept),
        summary=found.summary,
        definitions=buffer.definitions if buffer is not None else _moved_definitions(found, line_map),
        analysis=analysis,
        decisions=found.decisions,
        facts=found.exact,
        contexts=found.contexts,
        line_map=line_map,
    )


def _marks(found: _Ran, lines: Sequence[str], line_map: LineMap, kept: Mapping[Line, Line]) -> list[Mark | None]:
    """The marks of the buffer's lines, from the first on."""
    marks = [found.marks[line] for line in line_map.to_old]
    for line, there in enumerate(line_map.to_new):
        if there and line not in kept and marks[there] is not None:
            marks[there] = "edited"
    return [mark if mark != "edited" or line.strip() else None for mark, line in zip(marks[1:], lines, strict=True)]


def _marks_by_line(analysis: Analysis, partial: AbstractSet[Line]) -> Iterator[Mark | None]:
    return map(line_marks(analysis, partial).get, range(1, len(analysis.source.lines) + 1))


def line_marks(analysis: Analysis, partial: AbstractSet[Line]) -> dict[Line, Mark]:
    """{line: mark} of the text that ran; a statement marks all its lines, a compound one those of its header.

    `partial` are first lines of statements of which something is missing.
    """
    source = analysis.source
    marks: dict[Line, Mark] = {}
    for line in source.statements | source.excluded:
        mark: Mark = "excluded"
        if line in analysis.executed:
            mark = "partial" if line in partial else "covered"
        elif line in analysis.missing:
            mark = "missed"
        for each in range(line, source.last_lines.get(line, line) + 1):
            marks[each] = mark
    return marks


def _summary(analysis: Analysis, decisions: Iterable[DecisionFacts]) -> Summary:
    conditions = [facts.independent for decision in decisions for facts in decision.conditions]
    branches = analysis.source.branches if analysis.has_branches else ()
    possible = sum(len(branch.destinations) for branch in branches)
    return Summary(
        statements=(len(analysis.executed), len(analysis.source.statements)),
        branches=(possible - len(analysis.missing_branches), possible),
        conditions=(sum(conditions), len(conditions)),
        complexity=sum(each.complexity for each in analysis.source.definitions if each.kind == "function"),
    )


def _moved_definitions(found: _Ran, line_map: LineMap) -> tuple[Definition, ...]:
    """Where the definitions that ran are now; those whose `def` line is gone are left out."""
    return found.definitions.to(line_map, lambda definition: line_map.new_line(definition.line) > 0)


def _moving_definitions(source: SourceModel) -> Moving[Definition]:
    def lines_of(each: Definition) -> Iterable[Line]:
        return each.line, each.first_line, each.body_line, each.end_line

    def moved(each: Definition, line_map: LineMap) -> Definition:
        line, first_line, body_line, end_line = map(line_map.nearest_new, lines_of(each))
        return Definition(each.name, each.kind, line, first_line, body_line, end_line, complexity=each.complexity)

    return Moving([each._replace(own_lines=()) for each in source.definitions], lines_of, moved)
