"""Truth tables: of one decision which ways were gone, what its conditions still lack, why, and what would show it.

For hovers, diagnostics and reports: `truth_table` gives one decision's, `explanation` puts a lack into words.
Evaluations are not stored (docs/decisions/0008), so what is told of a way follows from bits: it certainly ran, it
certainly didn't, or it can't be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from minicov_lsp.metrics.conditions import DecisionReader, as_condition_facts, read_text
from minicov_lsp.metrics.vectors import Taken, Vector, Ways, count_vectors, vectors
from minicov_lsp.model import ConditionFacts, Decision, FileFacts, SourceModel, Span
from minicov_lsp.source.spans import span_at
from minicov_tracer.diagrams import Diagram, Facts

MOST_ROWS = 64
MOST_LACKS = 64
MOST_VALUES = 20_000
"""In all rows of a table: a generated test has thousands of conditions. What is lacking is cut likewise."""
MOST_NEAREST = 5

_DEMONSTRATED = (2, 3)
"""The places of what was demonstrated in `Facts`."""

Reason = Literal["never evaluated", "always true", "always false", "masked", "unfinished"]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a truth table."""

    vector: Vector
    seen: bool | None
    """Whether an evaluation went this way and came to its end; None where it can't be told."""
    tests: frozenset[str]
    """Labels of the contexts that certainly went this way."""


@dataclass(frozen=True, slots=True)
class Operand:
    """An operand and how it came out, in the places of `SourceModel`."""

    span: Span
    truth: bool


@dataclass(frozen=True, slots=True)
class Lack:
    """A value at which a condition was not demonstrated."""

    condition: int
    """Its number in the decision."""
    truth: bool
    reason: Reason
    """`always true` and `always false` say that it was never `truth`; `masked`, that it was, and never mattered;
    `unfinished`, that it was, and no such evaluation came to its end."""
    because: tuple[Operand, ...]
    """Of `masked` what masked it. Of `never evaluated` what always came out so, and would have had to come out
    otherwise first; empty where the decision was never come to, or where no single operand is to blame."""
    because_in: tuple[str, ...]
    """Labels of the contexts in which it was masked, sorted; empty for other reasons."""
    vector: Vector | None
    """What would demonstrate it, close to what was seen; None where it is always masked."""
    nearest: tuple[str, ...]
    """Labels of the contexts that came nearest to the vector, at most `MOST_NEAREST`, nearest first."""


@dataclass(frozen=True, slots=True)
class TruthTable:
    """What was shown of one decision, and what wasn't."""

    decision: Decision
    shown: tuple[ConditionFacts, ...]
    """Of its conditions, by all contexts together."""
    rows: tuple[Row, ...]
    """True before false; of a larger table the first `MOST_ROWS`."""
    row_count: int
    lacks: tuple[Lack, ...]
    """By condition, true before false, at most `MOST_LACKS`; empty if all are independent."""


def truth_table(
    source: SourceModel,
    facts: Iterable[FileFacts],
    decision: Decision,
    read: Callable[[SourceModel], DecisionReader] = read_text,
) -> TruthTable | None:
    """The table of one of `source.decisions`; `facts` of other texts than `source`'s are passed over.

    None where this Python finds no such decision in the text.
    """
    reader = read(source)
    number = next((n for n, drawn in enumerate(reader.diagrams) if _is_drawn(drawn, decision, source)), None)
    if number is None:
        return None
    by_test = _facts_by_test(reader, number, [one for one in facts if one.digest == source.digest])
    diagram = reader.diagrams[number]
    whole = _united(by_test.values())
    most = max(1, MOST_VALUES // len(decision.conditions))
    ways = tuple(islice(vectors(diagram), min(most, MOST_ROWS)))
    row_count = count_vectors(diagram)
    seen = _seen(ways, whole, is_all=row_count == len(ways))
    found = {label: _seen(ways, one, is_all=row_count == len(ways)) for label, one in by_test.items()}
    return TruthTable(
        decision,
        as_condition_facts(whole, len(decision.conditions)),
        tuple(
            Row(way, seen[place], frozenset(label for label, ran in found.items() if label and ran[place]))
            for place, way in enumerate(ways)
        ),
        row_count,
        tuple(islice(_lacks(diagram, whole, by_test, source.lines), min(most, MOST_LACKS))),
    )


def explanation(table: TruthTable, lack: Lack, source: SourceModel) -> str:
    """Why a condition was not demonstrated at a value: "`b` was never evaluated: `a` was always false"."""
    name = text_of(table.decision.conditions[lack.condition].span, source)
    others = " or ".join(f"`{text_of(each.span, source)}` being {_word(each.truth)}" for each in lack.because)
    match lack.reason:
        case "never evaluated" if lack.because:
            told = " and ".join(
                f"`{text_of(each.span, source)}` was always {_word(each.truth)}" for each in lack.because
            )
            return f"`{name}` was never evaluated: {told}"
        case "masked":
            return f"`{name}` being {_word(lack.truth)} never mattered: it was masked by {others}"
        case "unfinished":
            return f"`{name}` was {_word(lack.truth)} only in evaluations that were broken off"
        case "never evaluated":
            return f"`{name}` was never evaluated"
        case reason:
            return f"`{name}` was {reason}"


def text_of(span: Span, source: SourceModel) -> str:
    """What stands at a place, on one line."""
    lines = list(source.lines[span.line - 1 : span.end_line])
    lines[-1] = lines[-1][: span.end_column]
    lines[0] = lines[0][span.column :]
    return " ".join(" ".join(lines).split())


def _word(truth: bool) -> str:
    return "true" if truth else "false"


def _is_drawn(drawn: Diagram, decision: Decision, source: SourceModel) -> bool:
    found = drawn.decision
    return found.kind == decision.kind and span_at(found.span, source.lines) == decision.span


def _facts_by_test(reader: DecisionReader, decision: int, facts: Iterable[FileFacts]) -> Mapping[str, Facts]:
    """{context's label: what it has shown of a decision}; "" is what ran outside of all."""
    found: dict[str, Facts] = {}
    for code in (code for one in facts for code in one.codes):
        signs = [sign for sign in reader.signs(code.tests, code.conditions) if sign.decision == decision]
        for bits, labels in code.probes.items() if signs else ():
            outcomes = bits >> 1 + len(code.probed_lines)
            shown = _united(sign.facts for sign in signs if outcomes >> sign.bit & 1)
            for label in labels if any(shown) else ():
                found[label] = found.get(label, Facts()) | shown
    return found


def _united(facts: Iterable[Facts]) -> Facts:
    whole = Facts()
    for one in facts:
        whole |= one
    return whole


def _seen(ways: Sequence[Vector], shown: Facts, *, is_all: bool) -> list[bool | None]:
    """Of each way whether it was gone, as far as what was shown tells.

    It wasn't if it would have shown more. It was if something was demonstrated that no other way demonstrates.
    """
    showing = [way.facts for way in ways]
    possible = [not any(bits & ~known for bits, known in zip(facts, shown, strict=True)) for facts in showing]
    seen: list[bool | None] = [None if can else False for can in possible]
    for kind, bits in enumerate(shown) if is_all else ():
        for number in range(bits.bit_length() if kind in _DEMONSTRATED else 0):
            able = [place for place, facts in enumerate(showing) if possible[place] and facts[kind] >> number & 1]
            if bits >> number & 1 and len(able) == 1:
                seen[able[0]] = True
    return seen


def _lacks(diagram: Diagram, whole: Facts, by_test: Mapping[str, Facts], lines: Sequence[str]) -> Iterable[Lack]:
    def operands(taken: Iterable[Taken]) -> tuple[Operand, ...]:
        return tuple(Operand(span_at(each.span, lines), each.truth) for each in taken)

    ways = Ways(diagram, whole)
    for number in range(len(diagram.decision.conditions)):
        for truth in (True, False):
            if _has(whole, number, truth, is_demonstrated=True):
                continue
            reason, because = _reason(ways, whole, number, truth)
            vector = ways.demonstrating(number, truth)
            masked_in = (
                label
                for label, one in by_test.items()
                if label
                and reason == "masked"
                and _has(one, number, truth)
                and any(_was(one, each) for each in because)
            )
            nearest = _nearest(vector, by_test) if vector is not None else ()
            yield Lack(number, truth, reason, operands(because), tuple(sorted(masked_in)), vector, nearest)


def _reason(ways: Ways, whole: Facts, number: int, truth: bool) -> tuple[Reason, tuple[Taken, ...]]:
    """Why a condition was not demonstrated at a value, and what is to blame."""
    if _has(whole, number, truth):
        seen = tuple(each for each in ways.maskers(number, truth) if _was(whole, each))
        return ("masked", seen) if seen else ("unfinished", ())
    if _has(whole, number, not truth):
        return ("always false" if truth else "always true"), ()
    barred = (each for each in ways.leading_to(number) if each.condition >= 0 and not _was(whole, each))
    # What was never evaluated itself bars nothing: something before it does.
    blamed = [each for each in barred if _has(whole, each.condition, not each.truth)]
    return "never evaluated", tuple(each._replace(truth=not each.truth) for each in blamed[:1])


def _nearest(vector: Vector, by_test: Mapping[str, Facts]) -> tuple[str, ...]:
    """The contexts that saw most of a vector's values."""
    wanted = vector.facts

    def alike(label: str) -> int:
        facts = by_test[label]
        return (wanted.true & facts.true).bit_count() + (wanted.false & facts.false).bit_count()

    found = sorted((label for label in by_test if label and alike(label)), key=lambda label: (-alike(label), label))
    return tuple(found[:MOST_NEAREST])


def _has(facts: Facts, number: int, truth: bool, *, is_demonstrated: bool = False) -> bool:
    """Whether a condition was seen, or demonstrated, at a value."""
    seen, shown = (facts.true, facts.demonstrated_true) if truth else (facts.false, facts.demonstrated_false)
    return bool((shown if is_demonstrated else seen) >> number & 1)


def _was(facts: Facts, taken: Taken) -> bool:
    return taken.condition >= 0 and _has(facts, taken.condition, taken.truth)
