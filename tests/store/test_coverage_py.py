"""coverage.py's own data file, written by coverage.py itself, read as it is."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest
from coverage import CoverageData

from minicov_lsp.errors import DataError
from minicov_lsp.store.coverage_py import CoveragePyData
from minicov_lsp.store.coverage_py_files import beside, is_coverage_py
from minicov_lsp.store.recorded import open_recorded
from minicov_tracer import sources

TEXT = "x = 1\nif x:\n    y = 2\n"


@pytest.fixture
def theirs(tmp_path):
    """Where coverage.py's data file goes; beside it is a source file that is older."""
    (tmp_path / "a.py").write_text(TEXT)
    os.utime(tmp_path / "a.py", (1, 1))
    return tmp_path / ".coverage"


def write(theirs, by_context, *, arcs=False, path="a.py"):
    """Let coverage.py write {context: {lines}} or {context: {arcs}} of one file."""
    data = CoverageData(basename=str(theirs))
    for context, ran in by_context.items():
        data.set_context(context)
        (data.add_arcs if arcs else data.add_lines)({str(theirs.parent / path): ran})
    data.close()


def only(theirs):
    """(facts of the one file, {(lines, arcs): labels})."""
    with CoveragePyData(theirs, theirs.parent) as data:
        (path,) = data.files()
        (facts,) = data.facts(path)
    return facts, {ran: labels for code in facts.codes for ran, labels in code.hits.items()}


def test_lines_and_contexts(theirs):
    """Without branches there is a set of lines for each context; equal ones are told together."""
    write(theirs, {"": {1, 2}, "t1": {2, 3}, "t2": {2, 3}})
    facts, ran = only(theirs)
    assert ran == {(frozenset({1, 2}), frozenset()): {""}, (frozenset({2, 3}), frozenset()): {"t1", "t2"}}
    assert (facts.text, facts.digest) == (TEXT, sources.digest(TEXT))
    with CoveragePyData(theirs, theirs.parent) as data:
        assert (data.has_arcs, data.contexts(), data.outcomes()) == (False, ("", "t1", "t2"), {})


def test_arcs_and_contexts(theirs):
    """With branches the lines are the ends of the arcs."""
    write(theirs, {"": {(-1, 1), (1, 2), (2, -1)}, "t\n1\0": {(2, 3)}}, arcs=True)
    _, ran = only(theirs)
    assert ran == {
        (frozenset({1, 2}), frozenset({(-1, 1), (1, 2), (2, -1)})): {""},
        (frozenset({2, 3}), frozenset({(2, 3)})): {"t\n1\0"},
    }
    with CoveragePyData(theirs, theirs.parent) as data:
        assert data.has_arcs


def test_file_that_nothing_ran_is_known(theirs):
    """coverage.py touches the files of `source` that never ran: they have no code."""
    write(theirs, {"": {1}}, path="b.py")
    data = CoverageData(basename=str(theirs))
    data.read()
    data.touch_files([str(theirs.parent / "a.py")])
    data.close()
    with CoveragePyData(theirs, theirs.parent) as found:
        assert [bool(found.facts(path)[0].codes) for path in found.files()] == [False, True]


def test_text_that_changed_since_is_unknown(theirs):
    """A file that is newer than the data is another text than the one that ran, so far as anybody can tell."""
    write(theirs, {"": {1}})
    os.utime(theirs.parent / "a.py", ns=(0, theirs.stat().st_mtime_ns + 1_000_000))
    assert (only(theirs)[0].text, only(theirs)[0].digest) == (None, "")


def test_text_that_ran_is_remembered(theirs):
    """Once read, the text that ran stays known while it is edited, until the data is another."""
    write(theirs, {"": {1}})
    data = CoveragePyData(theirs, theirs.parent)
    (path,) = data.files()
    data.facts(path)
    (theirs.parent / "a.py").write_text("other\n")
    assert data.facts(path)[0].text == TEXT
    theirs.unlink()
    write(theirs, {"": {1}})
    assert data.facts(path)[0].text == "other\n"
    data.close()


def test_change_is_seen(theirs):
    """Another run of coverage.py makes every file one that has changed."""
    write(theirs, {"": {1}})
    data = CoveragePyData(theirs, theirs.parent)
    assert (data.changed(), data.changed()) == (True, False)
    generation = data.generation()
    assert data.files_changed_since(generation) == ()
    theirs.unlink()
    write(theirs, {"": {1, 2}})
    os.utime(theirs, ns=(0, generation + 1))
    assert data.changed()
    assert data.files_changed_since(generation) == data.files()
    data.close()


def test_whose_a_file_is(theirs, recorder, data_file):
    """A file is known by what is in it, not by its name."""
    write(theirs, {"": {1}})
    assert is_coverage_py(theirs)
    assert beside(data_file) == theirs
    assert not is_coverage_py(recorder.record({"t": {"a.py": [1]}}))
    for content in (b"", b"x" * 200, b"SQLite format 3\0" + bytes(200)):
        theirs.write_bytes(content)
        assert not is_coverage_py(theirs)
    theirs.unlink()
    assert not is_coverage_py(theirs)
    assert beside(data_file) is None
    theirs.mkdir()
    assert not is_coverage_py(theirs)
    assert not is_coverage_py(theirs / ("x" * 4_000))


def break_rows(statement):
    """A way to damage a data file by hand."""

    def damage(path):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)

    return damage


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (break_rows("UPDATE coverage_schema SET version = 99"), "schema 99, and minicov knows 7"),
        (break_rows("DELETE FROM coverage_schema"), "schema unknown"),
        (break_rows("DROP TABLE arc"), "no such table: arc"),
        (break_rows("UPDATE arc SET tono = 'x'"), "'x' where a line number should be"),
        (break_rows("UPDATE arc SET tono = 99999999999"), "99999999999 where a line number should be"),
        (break_rows("UPDATE context SET context = x'00'"), "where a name should be"),
        (break_rows("UPDATE context SET context = CAST(x'ff' AS TEXT)"), "can't be read as coverage.py's data"),
        (
            lambda path: path.write_bytes(path.read_bytes()[:8192] + bytes(40_000)),
            "can't be read as coverage.py's data",
        ),
    ],
)
def test_damage_is_one_message(theirs, damage, message):
    """Whatever isn't as coverage.py writes it is one DataError, in one line."""
    write(theirs, {"": {(1, 2)}}, arcs=True)
    damage(theirs)
    with (
        pytest.raises(DataError, match=message) as raised,
        open_recorded(theirs, theirs.parent, theirs.parent.joinpath) as data,
    ):
        _ = [data.facts(path) for path in data.files()]
    assert "\n" not in str(raised.value)


def test_damaged_set_of_lines_is_one_message(theirs):
    """A set of lines that is none, or claims more lines than any file has, is not believed."""
    for numbits in ("'text'", "zeroblob(2000000)"):
        theirs.unlink(missing_ok=True)
        write(theirs, {"": {1}})
        break_rows(f"UPDATE line_bits SET numbits = {numbits}")(theirs)
        with pytest.raises(DataError, match="set of lines"):
            only(theirs)
