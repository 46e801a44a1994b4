"""Forgetting what ran of texts that nobody has any more, and nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_lsp.store.pruning import Pruned, prune

from .recording import TEXT, lines_by_context

EDITED = TEXT.replace("return 2", "return 22")


def rows(data_file, table):
    with closing(sqlite3.connect(data_file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_what_is_on_disk_stays(recorder, data_file):
    """Where the texts that ran are those on disk nothing is forgotten, and no file counts as changed."""
    recorder.record({"t1": {"a.py": [2, 3], "pkg/b.py": [8]}})
    combine(data_file)
    with Database(data_file) as database:
        generation = database.generation()
        assert prune(data_file, lambda path: TEXT) == Pruned((), 0, 0)
        assert database.generation() == generation


def test_files_that_are_gone(recorder, data_file):
    """A file that isn't there any more is forgotten with its text and with contexts that ran nothing else."""
    recorder.record({"t1": {"a.py": [2, 3]}, "t2": {"pkg/b.py": [8]}})
    recorder.texts["pkg/b.py"] = "x = 1\n"
    recorder.record({"t2": {"pkg/b.py": [1]}})
    combine(data_file)
    with Database(data_file) as database:
        generation = database.generation()
        assert prune(data_file, {"a.py": TEXT}.get) == Pruned(("pkg/b.py",), 0, 0)
        assert database.files_changed_since(generation) == ("pkg/b.py",)
        assert database.contexts() == ("t1",)
        assert database.facts("a.py")[0].text == TEXT
    assert lines_by_context(data_file) == {"a.py": {"t1": [2, 3]}}
    assert (rows(data_file, "source"), rows(data_file, "file")) == (1, 1)


def test_functions_that_are_still_there(recorder, data_file):
    """Of an older text what ran of functions that were not edited stays known of the text on disk."""
    recorder.record({"t1": {"a.py": [1, 2, 3, 7, 8]}, "t2": {"a.py": [2, 4]}})
    combine(data_file)
    recorder.texts["a.py"] = EDITED
    recorder.record({"t3": {"a.py": [1, 2]}})
    combine(data_file)
    with Database(data_file) as database:
        generation = database.generation()
        before = database.facts_of_text("a.py", EDITED).contexts_by_line()
        assert prune(data_file, lambda path: EDITED) == Pruned((), 0, 1)
        after = database.facts_of_text("a.py", EDITED).contexts_by_line()
        assert database.files_changed_since(generation) == ("a.py",)
        newest, older = database.facts("a.py")
    assert after == before
    assert after[8] == {"t1"}
    assert newest.text == EDITED
    assert sorted(code.name for code in older.codes) == ["<module>", "second"]


def test_ways_that_become_the_same(recorder, data_file):
    """Where contexts ran a file in different ways, and what told them apart is forgotten, they ran it in one."""
    recorder.record({"a::t1": {"a.py": [2, 3, 8]}, "t2": {"a.py": [2, 4, 8]}, "b::t3": {"a.py": [2, 4]}})
    recorder.record({"t4": {"a.py": [8]}, "t5": {"a.py": [2]}}, outcomes={"t5": ("passed", 0.5)})
    combine(data_file)
    assert prune(data_file, lambda path: EDITED) == Pruned((), 0, 1)
    assert lines_by_context(data_file) == {"a.py": {"a::t1": [8], "t2": [8], "t4": [8]}}
    assert [rows(data_file, table) for table in ("footprint", "signature", "code")] == [1, 1, 1]
    with Database(data_file) as database:
        assert database.contexts() == ("a::t1", "t2", "t4", "t5")
    assert rows(data_file, "prefix WHERE label = 'b::'") == 0
    assert combine(data_file.with_name("new"), [data_file], keep=True).problems == ()


def test_version_that_has_nothing_in_common(recorder, data_file):
    """An older text of which nothing is left goes, unless it is all that is known of a file that is there."""
    recorder.record({"t1": {"a.py": [2, 3]}})
    recorder.texts["a.py"] = "def other():\n    return 1\n"
    recorder.record({"t2": {"a.py": [1, 2]}})
    combine(data_file)
    assert prune(data_file, lambda path: recorder.texts["a.py"]) == Pruned((), 1, 1)
    assert lines_by_context(data_file) == {"a.py": {"t2": [1, 2]}}
    assert prune(data_file, lambda path: "y = 1\n") == Pruned((), 0, 2)
    with Database(data_file) as database:
        (facts,) = database.facts("a.py")
    assert facts.codes == ()


def test_text_that_is_unknown_stays(recorder, data_file, tmp_path):
    """What ran of a text that nobody kept may be that of the file on disk."""
    recorder.record({"t1": {"a.py": [2]}})
    combine(data_file)
    with closing(sqlite3.connect(data_file)) as connection, connection:
        connection.execute("UPDATE file SET digest = x''")
    assert prune(data_file, lambda path: "y = 1\n") == Pruned((), 0, 0)
