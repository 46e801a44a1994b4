"""An analysis of part of a file: a function, a class, what is outside of them (docs/parity.md, rule 44)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal

from minicov_lsp.metrics.analysis import partial_lines
from minicov_lsp.metrics.numbers import Numbers
from minicov_lsp.model import Analysis, Arc, Branch, Definition, Line, SourceModel


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file with a name of its own."""

    name: str
    """Qualified; with `@line` where another of the same kind has the name already; "" for what is outside of all."""
    start_line: Line
    """The `def` or `class` line; of what is outside the first line."""
    definition: Definition | None
    """None for what is outside."""
    share: Share
    """What of the file falls to it."""
    whole: Analysis
    """The file's."""

    @property
    def lines(self) -> AbstractSet[Line]:
        """Its own."""
        if self.definition is not None:
            return own_lines(self.definition)
        return set(range(1, len(self.whole.source.lines) + 1)).difference(self.share.elsewhere)

    @property
    def analysis(self) -> Analysis:
        """Of its lines alone, made anew each time it is asked for."""
        return self.share.analysis(self.whole)


def parts(analysis: Analysis, kind: Literal["function", "class"]) -> Iterator[Part]:
    """The functions or classes of a file by line, and last what is outside of them; together they are the file."""
    definitions = sorted(
        (definition for definition in analysis.source.definitions if definition.kind == kind),
        key=lambda definition: definition.line,
    )
    shares = _shared_out(analysis, definitions)
    # Of several with one name the first that has statements keeps it.
    with_statements = {
        definition.name for definition, part in zip(definitions, shares, strict=False) if part.statements
    }
    taken: set[str] = set()
    for definition, part in zip(definitions, shares, strict=False):
        name = definition.name
        if name in taken or (name in with_statements and not part.statements):
            name += f"@{definition.line}"
        taken.add(name)
        yield Part(name, definition.line, definition, part, analysis)
    elsewhere = shares[-1].elsewhere
    first = next((line for line in range(1, len(analysis.source.lines) + 1) if line not in elsewhere), 1)
    yield Part("", first, None, shares[-1], analysis)


class Share:
    """What of an analysis falls to one part, in no order."""

    __slots__ = (
        "branches",
        "contexts",
        "elsewhere",
        "excluded",
        "executed",
        "executed_branches",
        "missed",
        "missing",
        "statements",
    )

    def __init__(self) -> None:
        self.statements: list[Line] = []
        self.excluded: set[Line] = set()
        self.executed: list[Line] = []
        self.missing: list[Line] = []
        self.branches: list[Branch] = []
        self.executed_branches: list[Arc] = []
        self.missed: list[Arc] = []
        self.contexts: dict[Line, frozenset[str]] = {}
        self.elsewhere: Mapping[Line, object] = {}
        """Of what is outside of all parts: the lines of all parts."""

    @property
    def missing_branches(self) -> list[Arc]:
        """As in coverage.py a way to an excluded line counts as missing when that line is in another part."""
        return [arc for arc in self.missed if arc[1] not in self.excluded]

    def numbers(self, missing_branches: Sequence[Arc]) -> Numbers:
        """What `count` gives of the analysis."""
        missing = frozenset(self.missing)
        return Numbers(
            statements=len(self.statements),
            excluded=len(self.excluded),
            missing=len(missing),
            branches=sum([len(branch.destinations) for branch in self.branches]),
            partial_branches=sum([arc[0] not in missing for arc in missing_branches]),
            missing_branches=len(missing_branches),
        )

    def analysis(self, whole: Analysis) -> Analysis:
        """The analysis of these lines alone."""
        missing = frozenset(self.missing)
        missed = frozenset(self.missing_branches)
        of = whole.source
        # Not by `replace`, which takes three times as long: there is one for each function.
        source = SourceModel(
            digest=of.digest,
            lines=of.lines,
            statements=frozenset(self.statements),
            excluded=frozenset(self.excluded),
            first_lines=of.first_lines,
            last_lines=of.last_lines,
            arcs=of.arcs,
            branches=tuple(self.branches),
            definitions=of.definitions,
            regions=of.regions,
            decisions=of.decisions,
            with_jumps=of.with_jumps,
        )
        return Analysis(
            path=whole.path,
            source=source,
            executed=frozenset(self.executed),
            missing=missing,
            executed_branches=frozenset(self.executed_branches),
            missing_branches=missed,
            partial=partial_lines(missed, missing),
            contexts=self.contexts,
            has_branches=whole.has_branches,
        )


def _shared_out(analysis: Analysis, definitions: Sequence[Definition]) -> list[Share]:
    """What falls to each definition's own lines, and last to all others; no line is two definitions' own."""
    source = analysis.source
    shares = [Share() for _ in definitions]
    rest = Share()
    owner: dict[Line, Share] = {}
    for share, definition in zip(shares, definitions, strict=True):
        for first, last in definition.own_lines:
            owner.update(dict.fromkeys(range(first, last + 1), share))
    rest.elsewhere = owner
    for line in source.excluded:
        owner.get(line, rest).excluded.add(line)
    for line in analysis.executed:
        share = owner.get(line, rest)
        share.statements.append(line)
        share.executed.append(line)
    for line in analysis.missing:
        share = owner.get(line, rest)
        share.statements.append(line)
        share.missing.append(line)
    for branch in source.branches if analysis.has_branches else ():
        owner.get(branch.line, rest).branches.append(branch)
    for arc in analysis.executed_branches:
        owner.get(arc[0], rest).executed_branches.append(arc)
    if analysis.has_branches:
        for line, missed in _missed_by_line(analysis).items():
            owner.get(line, rest).missed += missed
    for line, labels in analysis.contexts.items():
        owner.get(line, rest).contexts[line] = labels
    return [*shares, rest]


def own_lines(definition: Definition) -> set[Line]:
    """The lines that count as a definition's own."""
    return {line for first, last in definition.own_lines for line in range(first, last + 1)}


def _missed_by_line(analysis: Analysis) -> dict[Line, list[Arc]]:
    """{branch line: ways never taken, those to excluded lines among them}."""
    taken = analysis.executed_branches
    lines = {branch.line for branch in analysis.source.branches if not branch.partial_ok}
    found: dict[Line, list[Arc]] = {}
    for arc in [arc for arc in analysis.source.arcs if arc[0] in lines]:
        if arc not in taken:
            found.setdefault(arc[0], []).append(arc)
    return found


def narrow(analysis: Analysis, lines: AbstractSet[Line], missed: dict[Line, list[Arc]] | None = None) -> Analysis:
    """The same analysis for some lines only.

    As in coverage.py a way to an excluded line counts as missing when that line is not among `lines`: what is excluded
    elsewhere isn't known here.
    """
    source = analysis.source
    excluded = source.excluded & lines
    if missed is None:
        missed = _missed_by_line(analysis)
    missing = analysis.missing & lines
    missing_branches = (
        frozenset(arc for line in missed.keys() & lines for arc in missed[line] if arc[1] not in excluded)
        if analysis.has_branches
        else frozenset()
    )
    return replace(
        analysis,
        source=replace(
            source,
            statements=source.statements & lines,
            excluded=excluded,
            branches=tuple(branch for branch in source.branches if branch.line in lines),
        ),
        executed=analysis.executed & lines,
        missing=missing,
        executed_branches=frozenset(arc for arc in analysis.executed_branches if arc[0] in lines),
        missing_branches=missing_branches,
        partial=partial_lines(missing_branches, missing),
        contexts={line: labels for line, labels in analysis.contexts.items() if line in lines},
    )
