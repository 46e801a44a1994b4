"""Functions: which were called, how complex they are, what changing them risks (docs/conditions.md, 17 and 18)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from minicov_lsp.metrics.metric import Stats
from minicov_lsp.metrics.narrowing import own_lines
from minicov_lsp.model import Definition, FileFacts, Line, SourceModel


class FunctionCoverage:
    """Counts functions; an element is a definition."""

    name = "functions"

    def get_possible_elements(self, source: SourceModel) -> frozenset[Definition]:
        """All functions of a text that are not excluded."""
        return frozenset(
            definition
            for definition in source.definitions
            if definition.kind == "function" and definition.line not in source.excluded
        )

    def calculate_stats(self, source: SourceModel, executed: AbstractSet[Definition]) -> Stats:
        """How many functions were called."""
        possible = self.get_possible_elements(source)
        return Stats(len(possible & executed), len(possible))


def called_functions(source: SourceModel, facts: Iterable[FileFacts]) -> frozenset[Definition]:
    """The functions that were entered at least once; `facts` are raw, in the lines of `source`'s text.

    A generator is entered when it is first asked for something. Where only lines are known, a line of the body tells.
    """
    return frozenset(definition for definition in entered(source, facts) if definition.kind == "function")


def entered(source: SourceModel, facts: Iterable[FileFacts]) -> Iterator[Definition]:
    """The functions and classes whose bodies were entered, in order of the text."""
    codes = [code for one in facts for code in one.codes]
    called = {(code.name.replace("<locals>.", ""), code.first_line) for code in codes if code.is_called()}
    ran = {line for code in codes if not code.probes for lines, _ in code.hits for line in lines}
    for definition in source.definitions:
        if (definition.name, definition.first_line) in called or (ran and _body_ran(definition, ran)):
            yield definition


def _body_ran(definition: Definition, ran: AbstractSet[Line]) -> bool:
    """Whether a line of the body ran that isn't also the line of its `def`."""
    return any(line in ran and line > definition.line for line in (definition.body_line, *own_lines(definition)))


def risk(complexity: int, covered: float) -> float:
    """The CRAP score: complexity² · (1 - covered)³ + complexity; `covered` is a share of statements, 0 to 1.

    Alberto Savoia, "Pardon My French, But This Code Is C.R.A.P." (2007).
    """
    return float(complexity**2 * (1 - covered) ** 3 + complexity)
