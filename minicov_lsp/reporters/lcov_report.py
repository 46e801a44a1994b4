"""The LCOV report: the records that coverage.py writes, and those of LCOV 2 for MC/DC.

The format is that of geninfo(1). It has no escaping, so a name or an expression can't hold a control character.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from minicov_lsp.config import Config
from minicov_lsp.metrics.conditions import decided
from minicov_lsp.metrics.hit_counts import statement_hits
from minicov_lsp.metrics.narrowing import own_lines
from minicov_lsp.metrics.numbers import Numbers, count
from minicov_lsp.metrics.parts import ordered, parts
from minicov_lsp.model import Analysis, Arc, Branch, DecisionFacts, Line, MeasuredFile, Span
from minicov_lsp.reporters.reporter import Report, printable, written


class LcovReporter:
    """Writes the LCOV report."""

    name = "lcov"
    title = "LCOV report"

    def target(self, config: Config) -> str:
        """The file that the configuration names."""
        return config.lcov_output

    def write(self, report: Report, target: str) -> float:
        """Write the report; the total is 0 where there is no statement, as in coverage.py's."""
        total = Numbers()
        with written(target) as stream:
            for file in sorted(report.files, key=lambda file: file.path):
                numbers = count(file.analysis)
                total += numbers
                if numbers.statements or not report.config.skip_empty:
                    stream.writelines(f"{record}\n" for record in _records(file, report))
        return total.percent_covered if total.statements else 0.0


def _records(file: MeasuredFile, report: Report) -> Iterator[str]:
    """All of one file."""
    analysis = file.analysis
    yield f"SF:{printable(file.path)}"
    yield from _lines(file, has_checksums=report.config.lcov_line_checksums)
    yield from _functions(analysis)
    if analysis.has_branches:
        yield from _branches(analysis)
    if report.has_conditions:
        yield from _conditions(decided(analysis.source, file.facts), analysis.source.lines)
    yield "end_of_record"


def _lines(file: MeasuredFile, *, has_checksums: bool) -> Iterator[str]:
    """The lines with how often they ran, which is 1 where hits were not counted."""
    analysis = file.analysis
    statements = analysis.source.statements
    hits = statement_hits(analysis, file.facts)
    for line in sorted(statements):
        checksum = f",{_checksum(analysis.source.lines[line - 1])}" if has_checksums else ""
        yield f"DA:{line},{hits[line]}{checksum}"
    if statements:
        yield f"LF:{len(statements)}"
        yield f"LH:{len(statements) - len(analysis.missing)}"


def _checksum(line: str) -> str:
    """The format's own fingerprint of a line; it protects nothing."""
    digest = hashlib.md5(line.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii").rstrip("=")


def _functions(analysis: Analysis) -> Iterator[str]:
    """Functions by place; one counts as called when a line of it ran.

    They begin where their first statement does, not at their `def`: LCOV 2 refuses a file in which the first line of a
    function that was not called ran.
    """
    lists = ordered(analysis)
    found = [(part.own, part.definition) for part in parts(analysis, "function", lists, lists)]
    if len(found) == 1:  # what is outside of all
        return
    known = sorted(
        (
            min([*own.executed[:1], *own.missing[:1]]),
            max(definition.line, *own_lines(definition)),
            definition.name,
            bool(own.executed),
        )
        for own, definition in found
        if definition is not None and (own.executed or own.missing)
    )
    names: set[str] = set()
    for first, last, plain, is_called in known:
        name = printable(plain)
        name = f"{name}@{first}" if name in names else name
        names.add(name)
        yield f"FN:{first},{last},{name}"
        yield f"FNDA:{int(is_called)},{name}"
    yield f"FNF:{len(known)}"
    yield f"FNH:{sum(is_called for *_, is_called in known)}"


def _branches(analysis: Analysis) -> Iterator[str]:
    """The ways out of each line; "-" where the line never went on to any, as one that always raised."""
    missing_ends, taken_ends = ends_by_line(analysis.missing_branches), ends_by_line(analysis.executed_branches)
    found = taken = 0
    for branch in analysis.source.branches:
        if branch.line not in analysis.source.statements:
            continue
        missing = missing_ends.get(branch.line, set())
        found += len(branch.destinations)
        taken += len(branch.destinations) - len(missing)
        never = "-" if len(missing) == len(branch.destinations) else "0"
        # Exits come last: mostly it is the way of an `if` whose test was false.
        for end in sorted(missing | taken_ends.get(branch.line, set()), key=lambda end: (end < 0, end)):
            yield f"BRDA:{branch.line},0,{_way(branch, end)},{never if end in missing else 1}"
    if found:
        yield f"BRF:{found}"
        yield f"BRH:{taken}"


def ends_by_line(arcs: Iterable[Arc]) -> dict[Line, set[int]]:
    """{line: where it goes on to}."""
    found: dict[Line, set[int]] = {}
    for line, end in arcs:
        found.setdefault(line, set()).add(end)
    return found


def _way(branch: Branch, end: int) -> str:
    """A branch's name: where it goes."""
    text = branch.destination_text.get(end, f"line {end}")
    return printable(f"jump to {text}" if end > 0 else text)


def _conditions(decisions: Iterable[DecisionFacts], lines: Sequence[str]) -> Iterator[str]:
    """Each condition, true and false; the decisions that start on one line are one group, for a line has but one.

    MCDC:<line>,<conditions in the group>,<t or f>,<demonstrated>,<index>,<expression>, as in MCDC:3,2,t,1,0,x > 5
    """
    found = shown = 0
    for line, on_line in groupby(decisions, key=lambda found: found.decision.span.line):
        conditions = [
            (printable(_expression(condition.span, lines)), facts)
            for each in on_line
            for condition, facts in zip(each.decision.conditions, each.conditions, strict=True)
        ]
        for index, (expression, facts) in enumerate(conditions):
            for sense, is_shown in (("t", facts.demonstrated_true), ("f", facts.demonstrated_false)):
                found += 1
                shown += is_shown
                yield f"MCDC:{line},{len(conditions)},{sense},{int(is_shown)},{index},{expression}"
    if found:
        yield f"MCF:{found}"
        yield f"MCH:{shown}"


def _expression(span: Span, lines: Sequence[str]) -> str:
    """The text of a condition on one line."""
    pieces = list(lines[span.line - 1 : span.end_line])
    pieces[-1] = pieces[-1][: span.end_column]
    pieces[0] = pieces[0][span.column :]
    return " ".join(piece.strip() for piece in pieces)
