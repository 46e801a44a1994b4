"""Questions about some lines or one context, and views: the same answers as from all of the facts."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from minicov_lsp.errors import DataError
from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_tracer.bytecode import bitmap, describe, probe_table
from minicov_tracer.naming import RunInfo
from minicov_tracer.own_text import own_lines
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


def test_views(tmp_path, data_file):
    """Lines, arcs and outcomes of jumps are those of the facts, for each context."""
    measured(tmp_path, data_file)
    with Database(data_file) as database:
        facts = [database.facts(path)[0] for path in database.files()]
    lines, arcs, jumps = set(), set(), set()
    for file, code in [(facts.path, code) for facts in facts for code in facts.codes]:
        for (ran, ways), labels in code.hits.items():
            lines |= {(file, label, line) for label in labels for line in ran}
            arcs |= {(file, label, *arc) for label in labels for arc in ways}
        for hit, labels in code.probes.items():
            first = 1 + len(code.probed_lines)
            jumps |= {
                (file, label, jump[0], jump[1 + taken], code.name, code.python)
                for number, jump in enumerate(code.jumps)
                for taken in (0, 1)
                if hit >> first + 2 * number + taken & 1
                for label in labels
            }
    with closing(sqlite3.connect(data_file)) as connection:
        for view, expected in (("lines", lines), ("arcs", arcs), ("instruction_arcs", jumps)):
            labels = dict(connection.execute("SELECT id, label FROM contexts"))
            found = [
                (path, labels[context], *rest) for path, context, *rest in connection.execute(f"SELECT * FROM {view}")
            ]
            assert expected
            assert sorted(found) == sorted(expected)


def measured(root: Path, data_file: Path) -> None:
    """Two tests of a function with many jumps, merged; a bitmap has no bytes for what is not hit at its end."""
    text = "def f(x):\n" + "".join(f"    if x == {n}:\n        return {n}\n" for n in range(20))
    (code,) = [code for code in codes_of(compile(text, "f.py", "exec")) if code.co_name == "f"]
    table = probe_table(code, sees_jumps=True)
    path = data_file.with_name(f"{data_file.name}.elsewhere.1.ffffffff")
    with closing(PartialFile(str(path), RunInfo(str(root), "run", False))) as partial, partial.transaction():
        row = partial.code(
            CodeRow(partial.file(f"{root}/f.py", text), "f", 1, "3.12", describe(code), own_lines(code), b"1")
        )
        for label, number in (("early", 2), ("late", 35)):
            hit = {0, *(probe for a, b, *probes in table.arcs if 0 < max(abs(a), abs(b)) <= number for probe in probes)}
            partial.hits([(partial.context(label), partial.signature(row, bitmap(hit), "[]"))])
    combine(data_file)


def test_a_partial_file_says_what_it_would_merged(recorder, data_file):
    """Facts, contexts and outcomes of a partial file are those of the file that it is merged into."""
    partial = recorder.record(
        {"t1": {"a.py": [2, 3], "pkg/b.py": [8]}, "x::t2": {"a.py": [2]}},
        outcomes={"t1": ("failed", 0.25)},
        counts={"a.py": {2: 7}},
    )
    before = partial.read_bytes()
    with Database(partial) as database:
        alone = said_by(database)
    assert partial.read_bytes() == before
    combine(data_file)
    with Database(data_file) as database:
        assert said_by(database) == alone
        assert alone[1:] == (("t1", "x::t2"), {"t1": ("failed", 0.25)}, str(recorder.root))


def said_by(database: Database) -> tuple[object, ...]:
    facts = [(database.facts(path), database.fingerprint(path)) for path in database.files()]
    return facts, database.contexts(), database.outcomes(), database.root


def test_a_partial_file_that_grows(recorder, data_file):
    """What a process has written since a partial file was opened is read, too."""
    path = data_file.with_name(f"{data_file.name}.elsewhere.1.ffffffff")
    text = "x = 1\n"
    code = compile(text, "c.py", "exec")
    with closing(PartialFile(str(path), RunInfo(str(recorder.root), "run", False))) as partial:
        for number in range(3):
            with partial.transaction():
                row = CodeRow(
                    partial.file(f"{recorder.root}/c.py", text), "<module>", 1, "3.12", describe(code), [[1, 1]], b"1"
                )
                partial.hits([(partial.context(f"t{number}"), partial.signature(partial.code(row), b"\3", "[]"))])
            if not number:
                database = Database(path)
            assert database.contexts_of_lines("c.py", 1, 1) == {f"t{each}" for each in range(number + 1)}
        database.close()


def test_nothing_is_merged_into_a_partial_file(recorder):
    """It is not taken for a data file, and stays as it is."""
    partial, other = recorder.record({"t1": {"a.py": [2]}}), recorder.record({"t2": {"a.py": [2]}})
    before = partial.read_bytes()
    with pytest.raises(DataError, match="what one process left"):
        combine(partial, [other])
    assert partial.read_bytes() == before


def test_fingerprints_of_data_files(recorder, data_file):
    """They are the same where facts are, in whichever order they were merged, and others where facts are."""
    partials = [
        recorder.record({"t1": {"a.py": [2, 3]}, "t2": {"a.py": [2, 3]}}),
        recorder.record({"t3": {"a.py": [2, 4]}, "t1": {"a.py": [8], "pkg/b.py": [8]}}),
        recorder.record({"t0": {"pkg/b.py": [2]}}),
    ]
    found = []
    for number, order in enumerate((partials, partials[::-1], [*partials[1:], partials[0]])):
        merged = data_file.with_name(f"{number}.db")
        combine(merged, order, keep=True)
        with Database(merged) as database:
            found.append((database.fingerprint("a.py"), database.fingerprint("pkg/b.py")))
    assert len(set(found)) == 1
    combine(merged, [recorder.record({"t0": {"a.py": [2, 3]}})])
    with Database(merged) as database:
        assert database.fingerprint("a.py") != found[0][0]
        assert database.fingerprint("pkg/b.py") == found[0][1]


def test_names_of_contexts_that_take_the_place_of_others(recorder, data_file):
    """A reader that stays open tells names as they are now, whatever stood for the same character before."""
    recorder.record({"t1": {"a.py": [2]}, "t2": {"pkg/b.py": [2]}})
    combine(data_file)
    with Database(data_file) as database:
        assert database.contexts_of_lines("a.py", 2, 2) == {"t1"}
        recorder.record({"other": {"a.py": [2]}})
        combine(data_file, append=False)
        assert database.contexts_of_lines("a.py", 2, 2) == {"other"}
        with closing(sqlite3.connect(data_file)) as connection, connection:
            connection.execute("UPDATE context SET label = 'renamed'")
        assert database.contexts_of_lines("a.py", 2, 2) == {"renamed"}
