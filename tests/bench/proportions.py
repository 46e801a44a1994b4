"""The proportions of the data of a test suite, real or made up: what the store's figures depend on.

    python tests/bench/proportions.py DATA_FILE ...

A pair is a test and a file that it ran.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Set as AbstractSet
from pathlib import Path

from minicov_lsp.model import FileFacts
from minicov_lsp.store.database import Database


class _Tally:
    """Sums over the files that tests ran."""

    def __init__(self, tests: AbstractSet[str]) -> None:
        self._tests = tests
        self.files = self.lines = self.codes = self.ways = self.pairs = self.footprints = 0
        self.codes_of_pairs = self.arcs_of_pairs = 0

    def add(self, file: FileFacts) -> None:
        """Count what tests ran of a file."""
        ran: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for code_number, code in enumerate(file.codes):
            shown = [(arcs, labels & self._tests) for (_, arcs), labels in code.hits.items()]
            seen = [(number, arcs, labels) for number, (arcs, labels) in enumerate(shown) if labels]
            self.codes += bool(seen)
            self.ways += len(seen)
            for number, arcs, labels in seen:
                self.codes_of_pairs += len(labels)
                self.arcs_of_pairs += len(arcs) * len(labels)
                for label in labels:
                    ran[label].append((code_number, number))
        if ran:
            self.files += 1
            self.lines += (file.text or "").count("\n")
            self.pairs += len(ran)
            self.footprints += len(set(map(tuple, ran.values())))


def proportions(data_file: Path) -> dict[str, float]:
    """What a data file's suite is like, in words and numbers."""
    with Database(data_file) as database:
        tests = frozenset(database.outcomes())
        tally = _Tally(tests)
        for path in database.files():
            for file in database.facts(path):
                tally.add(file)
    return {
        "tests": len(tests),
        "files that tests run": tally.files,
        "lines per file": round(tally.lines / tally.files),
        "files per test": round(tally.pairs / len(tests), 1),
        "code objects that tests run, per file": round(tally.codes / tally.files, 1),
        "ways per code object": round(tally.ways / tally.codes, 2),
        "code objects per pair": round(tally.codes_of_pairs / tally.pairs, 1),
        "arcs per pair": round(tally.arcs_of_pairs / tally.pairs),
        "footprints per pair": round(tally.footprints / tally.pairs, 2),
        "characters per test's name": round(sum(map(len, tests)) / len(tests)),
    }


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(name, json.dumps(proportions(Path(name)), indent=1))
