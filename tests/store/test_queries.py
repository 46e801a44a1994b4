"""Questions about some lines or one context: the same answers as from all of the facts."""

from __future__ import annotations

import random

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database

from .recording import lines_by_context


def test_contexts_of_lines(recorder, data_file):
    """Who ran any of some lines, for every range of them."""
    chance = random.Random(3)
    recorder.record({f"t{n}": {"a.py": chance.sample(range(1, 9), 3), "pkg/b.py": [n % 9]} for n in range(12)})
    combine(data_file)
    ran = lines_by_context(data_file)
    with Database(data_file) as database:
        for path in ("a.py", "pkg/b.py"):
            for first in range(1, 10):
                for last in range(first, 10):
                    asked = {label for label, lines in ran[path].items() if any(first <= n <= last for n in lines)}
                    assert database.contexts_of_lines(path, first, last) == asked
        assert database.contexts_of_lines("unknown.py", 1, 9) == frozenset()


def test_lines_of_context(recorder, data_file):
    """All that one context ran, of the newest text of each file."""
    recorder.record({"t1": {"a.py": [2, 3], "pkg/b.py": [8]}, "t2": {"a.py": [1]}})
    combine(data_file)
    recorder.texts["a.py"] = "x = 1\ny = 2\n"
    recorder.record({"t1": {"a.py": [2]}})
    combine(data_file)
    with Database(data_file) as database:
        assert database.lines_of_context("t1") == {"a.py": {2}, "pkg/b.py": {8}}
        assert database.lines_of_context("nobody") == {}
