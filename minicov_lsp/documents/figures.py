"""The figures of a file beside its summary: what to look at first, and which tests ran it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from minicov_lsp.documents.picture import Picture
from minicov_lsp.errors import SourceError
from minicov_lsp.metrics.functions import FunctionCoverage, called_functions, risk
from minicov_lsp.metrics.gain import Gap, gaps
from minicov_lsp.metrics.narrowing import own_lines
from minicov_lsp.model import Analysis, Definition, FileFacts


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the text that ran."""

    functions: tuple[int, int]
    """(called, all)."""
    risk: float
    """The riskiest function's CRAP score, 0 where there is no function."""
    gain: int
    """How many missed statements the best single gap brings."""
    contexts: frozenset[str]
    """Labels of all contexts that ran any of it."""


def figures_of(
    picture: Picture, facts: Iterable[FileFacts], gains: Callable[[Analysis], Iterable[Gap]] = gaps
) -> Figures | None:
    """The figures of a picture, given what it was painted from; None where nothing is known."""
    analysis = picture.analysis
    if analysis is None:
        return None
    called = called_definitions(analysis, facts)
    functions = FunctionCoverage().get_possible_elements(analysis.source)
    return Figures(
        functions=(len(functions & called), len(functions)),
        risk=max((_risk(each, analysis) for each in functions), default=0.0),
        gain=_best_gain(analysis, gains),
        contexts=picture.contexts,
    )


def called_definitions(analysis: Analysis, facts: Iterable[FileFacts]) -> frozenset[Definition]:
    """The functions that were called: those of this very text, and those of which a line ran in another one."""
    exact = [each for each in facts if each.digest == analysis.source.digest]
    ran = {
        each
        for each in analysis.source.definitions
        if each.kind == "function" and any(line > each.line for line in own_lines(each) & analysis.executed)
    }
    return called_functions(analysis.source, exact) | ran


def _risk(definition: Definition, analysis: Analysis) -> float:
    own = own_lines(definition) & analysis.source.statements
    covered = len(own & analysis.executed) / len(own) if own else 1.0
    return risk(definition.complexity, covered)


def _best_gain(analysis: Analysis, gains: Callable[[Analysis], Iterable[Gap]]) -> int:
    try:
        return max((gap.gain for gap in gains(analysis)), default=0)
    except SourceError:  # another Python ran it, and this one can't compile it
        return 0
