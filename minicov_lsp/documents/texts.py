"""What is asked of a text alone: all that takes the compiler, and nothing that ran.

Who can answer is loaded when the first question comes: a report that is all kept asks none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from minicov_lsp.documents.ways import DecisionWays
    from minicov_lsp.metrics import gain
    from minicov_lsp.metrics.conditions import DecisionReader
    from minicov_lsp.metrics.regions import Known
    from minicov_lsp.model import Analysis, DecisionKind, SourceModel, Span
    from minicov_lsp.source.exclusion import ExclusionRules
    from minicov_lsp.store.versions import Identity
    from minicov_tracer.own_text import Runs

_Answer = TypeVar("_Answer")


class Texts:
    """Answers at once; a subclass may have others answer. Used by several threads.

    `rules` are those that a model was made with.
    """

    def of(self, text: str, question: Callable[..., _Answer], *arguments: object) -> _Answer:
        """What a module's function returns for some arguments, plain data that the text is among, or raises."""
        return question(*arguments)

    def beside(self, question: Callable[..., _Answer], *arguments: object) -> _Answer:
        """The same of what is long work, whatever it is about."""
        return question(*arguments)

    def parse(self, text: str, rules: ExclusionRules, *, path: str) -> SourceModel:
        """What `source.parser.parse` says of a text, and raises."""
        from minicov_lsp.source.parser import parse

        return parse(text, rules, path=path)

    def evidence(
        self, source: SourceModel, rules: ExclusionRules, *, sees_jumps: bool
    ) -> Known:  # of those who send the text elsewhere
        """What probes show of a text's regions, whichever were hit."""
        from minicov_lsp.metrics.regions import all_evidence

        return all_evidence(source, sees_jumps=sees_jumps)

    def decisions(self, source: SourceModel) -> DecisionReader:
        """The reader of a text's decisions. Raises SourceError."""
        from minicov_lsp.metrics.conditions import read_text

        return read_text(source)

    def ways(self, source: SourceModel) -> Mapping[tuple[DecisionKind, Span], DecisionWays]:
        """Where each truth of a condition leads."""
        from minicov_lsp.documents.ways import ways

        return ways(source)

    def gains(self, analysis: Analysis, rules: ExclusionRules) -> tuple[gain.Gap, ...]:  # as above
        """What covering would bring. Raises SourceError."""
        from minicov_lsp.metrics.gain import gaps

        return gaps(analysis)

    def identities(self, text: str) -> Mapping[Identity, tuple[int, Runs]]:
        """What the code objects of a normalized text can be known again by."""
        from minicov_lsp.store.versions import identities

        return identities(text)


HERE = Texts()
"""Answers in this process."""
