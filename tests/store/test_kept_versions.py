"""A reader that stays open reads only versions that changed, and tells what one does that reads everything."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_lsp.store.kept_versions import KEPT_PATHS
from minicov_lsp.store.pruning import prune

from .recording import Recorder

TEXTS = [
    "def f(x):\n    if x:\n        return 1\n    return 2\n\n\ndef g():\n    return 3\n",
    "def f(x):\n    if x:\n        return 1\n    return 2\n\n\ndef g():\n    return 4\n",
    "\n\ndef g():\n    return 3\n\n\ndef f(x):\n    return x\n",
]
PATHS = ["a.py", "b.py"]


def test_versions_that_stay_are_not_read_again(tmp_path, data_file):
    """After a commit only the version that it changed is another object."""
    recorder = Recorder(tmp_path, data_file, {"a.py": TEXTS[0]})
    recorder.record({"t1": {"a.py": [2, 3]}})
    combine(data_file)
    recorder.texts["a.py"] = TEXTS[1]
    recorder.record({"t1": {"a.py": [2, 4]}})
    combine(data_file)
    with Database(data_file) as database:
        newest, oldest = database.facts("a.py")
        recorder.record({"t2": {"a.py": [8]}})
        combine(data_file)
        changed, stayed = database.facts("a.py")
        assert stayed is oldest
        assert changed.contexts_by_line().keys() == newest.contexts_by_line().keys() | {8}


def test_a_text_that_is_there_is_not_read_again(tmp_path, data_file):
    """Whoever has a text gets it for the version that is of it, and what was recorded for others."""
    recorder = Recorder(tmp_path, data_file, {"a.py": TEXTS[0]})
    for text in TEXTS[:2]:
        recorder.texts["a.py"] = text
        recorder.record({"t1": {"a.py": [2]}})
        combine(data_file)
    here = TEXTS[0][:9] + TEXTS[0][9:]
    with Database(data_file) as database:
        newest, oldest = database.facts("a.py", here)
    assert oldest.text is here
    assert newest.text == TEXTS[1]
    with Database(data_file) as database:
        assert database.facts("a.py") == (newest, oldest)


def test_more_files_than_are_kept(tmp_path, data_file):
    """What is read of many files, one after the other, is not kept of all of them."""
    recorder = Recorder(tmp_path, data_file, {f"m{number}.py": TEXTS[0] for number in range(KEPT_PATHS + 1)})
    recorder.record({"t1": {path: [2, 3] for path in recorder.texts}})
    combine(data_file)
    with Database(data_file) as database:
        first, *others = [database.facts(path)[0] for path in recorder.texts]
        assert [database.facts(facts.path)[0] is facts for facts in others] == [True] * KEPT_PATHS
        assert database.facts(first.path)[0] is not first


def test_a_partial_file_is_read_each_time(tmp_path, data_file):
    """In a file that a process still writes, facts change without a generation."""
    recorder = Recorder(tmp_path, data_file, {"a.py": TEXTS[0]})
    partial = recorder.record({"t1": {"a.py": [2, 3]}})
    with Database(partial) as database:
        (path,) = database.files()
        assert database.facts(path)[0] is not database.facts(path)[0]


def test_counts_that_are_replaced(tmp_path, data_file):
    """Where a run that begins anew takes counts away, or brings others, the version has changed, and no other has."""
    recorder = Recorder(tmp_path, data_file, dict.fromkeys(["a.py", "b.py"], TEXTS[0]))
    ran = {"t1": {path: [2, 3] for path in recorder.texts}}
    recorder.record(ran, counts={"a.py": {2: 5, 3: 5}})
    combine(data_file)
    with Database(data_file) as database:
        for counts in ({2: 1, 3: 1}, {}):
            (untouched,) = database.facts("b.py")
            generation = database.generation()
            recorder.record(ran, counts={"a.py": counts} if counts else None)
            combine(data_file, append=False)
            assert database.facts("a.py")[0].counts == counts
            assert database.files_changed_since(generation) == ("a.py",)
            assert database.facts("b.py")[0] is untouched


RUN = st.tuples(
    st.just("run"),
    st.sampled_from(PATHS),
    st.sampled_from(TEXTS),
    st.sampled_from(["t1", "t2"]),
    st.frozensets(st.integers(1, 8)),
    st.booleans(),
    st.sampled_from([{}, {2: 1}, {2: 1, 3: 4}]),
    st.booleans(),
)
PRUNE = st.tuples(st.just("prune"), st.sampled_from(TEXTS))


@settings(max_examples=30, deadline=None)
@given(st.lists(RUN | PRUNE, min_size=2, max_size=6))
def test_whatever_happens_to_the_data(steps):
    """Tests run, are counted, replace, or begin anew; texts change and change back; what is gone is forgotten."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data_file = folder / ".coverage.db"
        recorder = Recorder(folder, data_file, dict.fromkeys(PATHS, TEXTS[0]))
        recorder.record({"t0": {path: [1, 2, 3, 8] for path in PATHS}})
        combine(data_file)
        with Database(data_file) as open_all_along:
            for number, (what, *how) in enumerate(steps):
                if what == "run":
                    path, text, label, lines, replaces, counts, anew = how
                    recorder.texts[path] = text
                    recorder.record(
                        {label: {path: lines}}, run=f"run{number}", replaces=replaces, counts={path: counts}
                    )
                    combine(data_file, append=not anew)
                else:
                    prune(data_file, lambda path, text=how[0]: text)
                with Database(data_file) as fresh:
                    for path in fresh.files():
                        assert open_all_along.facts(path) == fresh.facts(path)
                        for text in TEXTS:
                            assert open_all_along.facts_of_text(path, text) == fresh.facts_of_text(path, text)
