"""Runs a piece of source under one core and tells which conditions it decided, as a reader of the data would see it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from types import CodeType, ModuleType

from minicov_lsp.metrics.conditions import DecisionReader
from minicov_tracer.bytecode import line_probes, numbers
from minicov_tracer.cores import Hits
from minicov_tracer.diagrams import Facts
from minicov_tracer.jumps import tests
from minicov_tracer.machine_maker import MachineMaker

FILENAME = "/measured/program.py"
Bits = tuple[bool, bool, bool, bool]
"""Seen true, seen false, demonstrated true, demonstrated false."""
Key = tuple[str, tuple[int, int, int, int]]
"""Kind, and span in lines and bytes."""


class Judge:
    """One core, and what it has gathered."""

    def __init__(self, module: ModuleType, source: str) -> None:
        self.source = source
        self._maker = MachineMaker(lambda code: source)
        self._core = module.Core(lambda code: code.co_filename == FILENAME, self._maker)
        self._hits: list[Hits] = []

    def run(self, perform: Callable[[CodeType], object]) -> None:
        """Let something be done with the compiled source while the core watches."""
        code = compile(self.source, FILENAME, "exec", dont_inherit=True)
        self._core.start()
        try:
            perform(code)
        finally:
            self._core.stop()
            self.flush()

    def flush(self) -> None:
        """A context ends here."""
        self._hits += self._core.flush()

    def bits(self) -> dict[Key, list[Bits]]:
        """{decision: its conditions}, of all contexts together."""
        reader = DecisionReader(self.source)
        found = [[Facts()] * len(reader.diagrams)]
        outcomes: dict[CodeType, int] = {}
        for hits in self._hits:
            first = 1 + len(line_probes(hits.code))
            seen = sum(1 << number - first for number in numbers(hits.probes) if number >= first)
            outcomes[hits.code] = outcomes.get(hits.code, 0) | seen
        for code, seen in outcomes.items():
            signs = reader.signs(tests(code), self._maker.conditions(code))
            shown = [Facts()] * len(reader.diagrams)
            for sign in signs:
                if seen >> sign.bit & 1:
                    shown[sign.decision] |= sign.facts
            found.append(shown)
        told: dict[Key, list[Bits]] = {}
        for number, diagram in enumerate(reader.diagrams):
            facts = found[0][number]
            for one in found:
                facts |= one[number]
            places = range(len(diagram.decision.conditions))
            told[diagram.decision.kind, diagram.decision.span] = [
                (
                    bool(facts.true >> n & 1),
                    bool(facts.false >> n & 1),
                    bool(facts.demonstrated_true >> n & 1),
                    bool(facts.demonstrated_false >> n & 1),
                )
                for n in places
            ]
        return told


def decide(module: ModuleType, source: str, **names: object) -> dict[str, list[str]]:
    """{text of a decision: what each of its conditions showed} after executing dedented source.

    t and f for seen true and false, T and F for demonstrated at true and false.
    """
    judge = Judge(module, textwrap.dedent(source))
    judge.run(lambda code: exec(code, {"__name__": "measured", **names}))
    lines = judge.source.split("\n")
    return {
        lines[span[0] - 1].encode()[span[1] : span[3]].decode(): [
            "".join(letter for letter, is_shown in zip("tfTF", one, strict=True) if is_shown) for one in conditions
        ]
        for (_, span), conditions in judge.bits().items()
    }
