"""Questions about some lines or one context: the same answers as from all of the facts."""

from __future__ import annotations

import random
from contextlib import closing

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_tracer.bytecode import describe
from minicov_tracer.naming import RunInfo
from minicov_tracer.partial import CodeRow, PartialFile

from .recording import codes_of, lines_by_context


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


def test_whether_conditions_were_recorded(recorder, data_file):
    """Also by a run that comes after many without."""
    recorder.record({"t1": {"a.py": [2, 3]}})
    combine(data_file)
    with Database(data_file) as database:
        assert not database.has_conditions
        assert not database.has_conditions
        text = "def f(a, b):\n    return a or b\n"
        path = data_file.with_name(f"{data_file.name}.elsewhere.1.ffffffff")
        with closing(PartialFile(str(path), RunInfo(str(recorder.root), "run", False))) as partial:
            (code,) = [code for code in codes_of(compile(text, "c.py", "exec")) if code.co_name == "f"]
            with partial.transaction():
                row = CodeRow(
                    partial.file(f"{recorder.root}/c.py", text), "f", 1, "3.12", describe(code), [[1, 2]], b"1"
                )
                partial.hits([(partial.context("t2"), partial.signature(partial.code(row), b"\1", "[]"))])
        combine(data_file, append=True)
        assert database.has_conditions
