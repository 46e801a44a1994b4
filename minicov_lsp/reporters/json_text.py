"""What a JSON report has tens of thousands of, as text: lines, ways, regions and decisions.

Each writes the same few numbers again and again, so a number becomes text once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import repeat

from minicov_lsp.metrics.parts import Lists
from minicov_lsp.model import Arc, ConditionFacts, DecisionFacts, Line, Region, Span

Texts = Lists[str, str]
"""Lines and ways as JSON."""
_JSON = ("false", "true")


class _Numerals(dict[int, str]):
    """Numbers as text, those that were asked for."""

    def __missing__(self, number: int) -> str:
        text = self[number] = str(number)
        return text


_NUMERALS = _Numerals()


def texts_of(lists: Lists[Line, Arc]) -> Texts:
    """All as JSON, once: a file has each, and so have two of its parts."""
    numerals = _NUMERALS
    executed, missing, excluded = ([numerals[line] for line in lines] for lines in lists[:3])
    taken, missed = ([f"[{numerals[start]}, {numerals[end]}]" for start, end in ways] for ways in lists[3:])
    return Lists(executed, missing, excluded, taken, missed)


def regions_text(regions: Sequence[Region], executed: AbstractSet[Region], unknown: AbstractSet[Region]) -> str:
    """Regions as JSON, `unknown` ones as neither executed nor not."""
    shown: Iterable[str] = repeat("false")
    if executed:
        shown = [_JSON[region in executed] for region in regions]
    if unknown:
        shown = ["null" if region in unknown else told for region, told in zip(regions, shown, strict=False)]
    numerals = _NUMERALS
    return ", ".join(
        [
            f'{{"kind": "{kind}", "line": {numerals[line]}, "column": {numerals[column]}, '
            f'"end_line": {numerals[last]}, "end_column": {numerals[end]}, "executed": {told}}}'
            for (kind, (line, column, last, end)), told in zip(regions, shown, strict=False)
        ]
    )


def decisions_text(decisions: Iterable[DecisionFacts]) -> str:
    """Decisions as JSON."""
    return ", ".join([_decision(found) for found in decisions])


def _decision(found: DecisionFacts) -> str:
    """A decision as JSON."""
    (kind, span, conditions), facts = found
    place = _place(span)
    shown, covered = _shown(facts)
    if len(conditions) == 1 and conditions[0].span == span:
        told = f"{{{place}, {shown[0]}}}"
    else:
        told = ", ".join([f"{{{_place(each)}, {text}}}" for (each,), text in zip(conditions, shown, strict=True)])
    return f'{{"kind": "{kind}", {place}, "conditions": [{told}], "covered": {covered}}}'


@lru_cache(maxsize=4096)
def _shown(facts: tuple[ConditionFacts, ...]) -> tuple[Sequence[str], str]:
    """What was shown of each condition, as pairs of a JSON object, and whether all are independent."""
    shown = [
        f'"true": {_JSON[each.true]}, "false": {_JSON[each.false]}, "independent": {_JSON[each.independent]}'
        for each in facts
    ]
    return shown, _JSON[all(each.independent for each in facts)]


def _place(span: Span) -> str:
    """Where something stands, as pairs of a JSON object."""
    line, column, last, end = span
    numerals = _NUMERALS
    return (
        f'"line": {numerals[line]}, "column": {numerals[column]}, '
        f'"end_line": {numerals[last]}, "end_column": {numerals[end]}'
    )
