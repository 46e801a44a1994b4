"""Files that nothing ran: they come in a partial file of their own, and are known afterwards."""

from __future__ import annotations

import pytest

from minicov_lsp.errors import DataError
from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_lsp.store.never_run import write_never_run

from .recording import lines_by_context


def test_files_that_nothing_ran_are_known(recorder, data_file, tmp_path):
    """They are there without facts, and only what was not known before counts as changed."""
    recorder.record({"t1": {"a.py": [2]}})
    combine(data_file, root=tmp_path)
    (tmp_path / "idle.py").write_text("x = 1\n")
    listed = tmp_path / "listed"
    with Database(data_file) as database:
        generation = database.generation()
        for _ in range(2):
            assert write_never_run(listed, [tmp_path / "idle.py", tmp_path / "gone.py"], tmp_path) == 1
            assert combine(data_file, [listed]).problems == ()
            assert database.files() == ("a.py", "idle.py")
            (facts,) = database.facts("idle.py")
            assert (facts.text, facts.codes) == ("x = 1\n", ())
            assert database.generation() == generation + 1
            assert database.files_changed_since(generation) == ("idle.py",)


def test_no_files_that_nothing_ran(tmp_path):
    """Where none can be read no partial file is left, and one that can't be written is told of."""
    assert write_never_run(tmp_path / "listed", [tmp_path / "gone.py"], tmp_path) == 0
    assert list(tmp_path.glob("listed*")) == []
    with pytest.raises(DataError, match=r"listed: can't be written"):
        write_never_run(tmp_path / "nowhere" / "listed", [], tmp_path)


def test_partial_file_that_only_lists_files(recorder, data_file, tmp_path):
    """What ran before stays, and only what is new counts as changed; where it replaces everything, nothing ran."""
    recorder.record({"t1": {"a.py": [2]}})
    combine(data_file)
    for name, text in [("a.py", recorder.texts["a.py"]), ("idle.py", "x = 1\n")]:
        (tmp_path / name).write_text(text)
    listed = tmp_path / "listed"
    write_never_run(listed, [tmp_path / "a.py", tmp_path / "idle.py"], tmp_path)
    with Database(data_file) as database:
        generation = database.generation()
        combine(data_file, [recorder.record({"t2": {"pkg/b.py": [8]}}), listed], keep=True)
        assert database.files_changed_since(generation) == ("idle.py", "pkg/b.py")
        assert database.files_changed_since(generation + 1) == ("idle.py",)
        assert lines_by_context(data_file) == {"a.py": {"t1": [2]}, "idle.py": {}, "pkg/b.py": {"t2": [8]}}
        combine(data_file, [listed], append=False)
        assert (database.files(), database.contexts()) == (("a.py", "idle.py"), ())
