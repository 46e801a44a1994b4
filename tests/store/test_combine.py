"""Merging partial files: what is there afterwards, whatever the order, as often as one likes."""

from __future__ import annotations

import itertools
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from minicov_lsp.errors import DataError
from minicov_lsp.store import connection
from minicov_lsp.store.combine import CombineResult, combine
from minicov_lsp.store.database import Database
from minicov_lsp.store.partials import find_partials
from minicov_tracer.naming import RunInfo, host, partial_path
from minicov_tracer.partial import PartialFile

from .recording import lines_by_context

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("holds it", flush=True)
sys.stdin.read()
"""


def logical_content(data_file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that anyone may ask the views for, by labels instead of numbers."""
    columns = {
        "lines": "line_no",
        "arcs": "start_line, end_line",
        "instruction_arcs": "from_offset, to_offset, code, python",
    }
    with closing(sqlite3.connect(data_file)) as found:
        content = {
            view: sorted(found.execute(f"SELECT file_path, label, {of} FROM {view} JOIN contexts ON id = context_id"))
            for view, of in columns.items()
        }
        outcomes = """
            SELECT n.label, c.outcome, c.duration, r.name
            FROM context c JOIN contexts n ON n.id = c.id JOIN run r ON r.id = c.run_id ORDER BY 1
        """
        return {**content, "outcomes": found.execute(outcomes).fetchall()}


def generation_of(data_file: Path) -> int:
    with Database(data_file) as database:
        return database.generation()


def changed_since(data_file: Path, generation: int) -> tuple[str, ...]:
    with Database(data_file) as database:
        return database.files_changed_since(generation)


def test_facts_of_all_partials_are_united(recorder, data_file):
    """What any partial file says is in the data file, under the context that said it."""
    recorder.record({"t1": {"a.py": [2, 3]}})
    recorder.record({"t1": {"a.py": [2, 4]}, "t2": {"pkg/b.py": [8]}})
    assert combine(data_file) == CombineResult(2, ())
    assert lines_by_context(data_file) == {"a.py": {"t1": [2, 3, 4]}, "pkg/b.py": {"t2": [8]}}


def test_order_does_not_matter(recorder, tmp_path):
    """Partial files may come in any order, also those of runs that replace what the same test gave before."""
    partials = [
        recorder.record({"t1": {"a.py": [2, 3]}, "": {"a.py": [1, 7]}}, run="1", outcomes={"t1": ("failed", 0.5)}),
        recorder.record({"t1": {"a.py": [8]}}, run="2", replaces=True, outcomes={"t1": ("passed", 0.25)}),
        recorder.record({"t1": {"pkg/b.py": [8]}}, run="2", replaces=True),
        recorder.record({"": {"pkg/b.py": [1]}, "t2": {"a.py": [2]}}, run="3", outcomes={"t2": ("skipped", 0.0)}),
    ]
    contents = []
    for number, order in enumerate(itertools.permutations(partials)):
        data_file = tmp_path / f"data{number}"
        assert combine(data_file, order, keep=True).merged == 4
        contents.append(logical_content(data_file))
    assert [content for content in contents if content != contents[0]] == []
    assert lines_by_context(tmp_path / "data0") == {
        "a.py": {"": [1, 7], "t1": [8], "t2": [2]},
        "pkg/b.py": {"": [1], "t1": [8]},
    }
    assert ("t1", 0, 250_000, "2") in contents[0]["outcomes"]


def test_merging_again_changes_nothing(recorder, data_file):
    """A partial file that is merged twice is as if it were merged once, and no file counts as changed."""
    recorder.record({"t1": {"a.py": [2, 3]}, "": {"a.py": [1]}}, arcs=[(2, 3)], outcomes={"t1": ("passed", 1.0)})
    combine(data_file, keep=True)
    content, generation = logical_content(data_file), generation_of(data_file)
    for append in (True, False):
        combine(data_file, keep=True, append=append)
        assert logical_content(data_file) == content
        assert generation_of(data_file) == generation


def test_merged_partials_are_deleted_unless_kept(recorder, data_file):
    """A partial file is gone with its journal once it is merged, and stays if that is asked for."""
    partial = recorder.record({"t1": {"a.py": [2]}})
    Path(f"{partial}-journal").touch()
    combine(data_file, keep=True)
    assert partial.exists()
    combine(data_file)
    assert not partial.exists()
    assert not Path(f"{partial}-journal").exists()


def test_partial_of_a_running_process_is_kept(recorder, data_file):
    """What a process still writes is merged as far as it is, stays, and is merged again with what came since."""
    path = Path(partial_path(str(data_file)))
    recorder.record({"t1": {"a.py": [2]}}, name=path.name)
    assert combine(data_file).merged == 1
    assert path.exists()
    path.unlink()
    recorder.record({"t1": {"a.py": [2, 3]}}, name=path.name)
    combine(data_file)
    assert lines_by_context(data_file) == {"a.py": {"t1": [2, 3]}}


def test_running_process_never_waits(recorder, data_file, tmp_path):
    """A process can commit to its partial file at any moment of a merge."""
    path = Path(partial_path(str(data_file)))
    file = PartialFile(str(path), RunInfo(str(tmp_path), "run", False))
    file.connection.execute("PRAGMA busy_timeout = 0")
    with file.transaction():
        file.outcome(file.context("t0"), "passed", 0.0)
    others = [recorder.record({"t1": {"a.py": [2]}}) for _ in range(3)]

    def commit_one_more(done: int, total: int) -> None:
        with file.transaction():
            file.outcome(file.context(f"t{done}"), "passed", 0.0)

    assert combine(data_file, [path, *others], progress=commit_one_more).merged == 4
    file.close()


def test_unfinished_partial_is_not_found(recorder, data_file):
    """A partial file that its process had not made yet has another name, so nothing takes it for one."""
    recorder.record({"t1": {"a.py": [2]}})
    for suffix in (".new", "-journal", ".bad", ".hits", ".probes"):
        data_file.with_name(f"{data_file.name}.elsewhere.1.00000009{suffix}").touch()
    assert len(find_partials(data_file)) == 1


def test_nothing_to_combine_makes_no_data_file(data_file):
    """Without partial files there is nothing to do, and nothing is made."""
    assert combine(data_file) == CombineResult(0, ())
    assert not data_file.exists()


def test_replacing_forgets_what_was_there(recorder, data_file):
    """Without `append` only what the partial files say remains: files, contexts, outcomes."""
    recorder.record({"old": {"a.py": [2], "pkg/b.py": [8]}}, outcomes={"old": ("passed", 1.0)})
    combine(data_file)
    recorder.record({"new": {"a.py": [3]}})
    recorder.record({"new": {"a.py": [4]}})
    combine(data_file, append=False)
    with Database(data_file) as database:
        assert (database.files(), database.contexts(), database.outcomes()) == (("a.py",), ("new",), {})
    assert lines_by_context(data_file) == {"a.py": {"new": [3, 4]}}


def test_replacing_changes_only_what_differs(recorder, data_file):
    """A run that replaces everything with the same facts of a file has not changed that file."""
    recorder.record({"t1": {"a.py": [2]}, "t2": {"pkg/b.py": [8]}})
    combine(data_file)
    generation = generation_of(data_file)
    recorder.record({"t1": {"a.py": [2]}, "t2": {"pkg/b.py": [2]}})
    combine(data_file, append=False)
    assert changed_since(data_file, generation) == ("pkg/b.py",)


def test_file_that_is_gone_has_changed(recorder, data_file):
    """A file that nothing is known of any more is told as changed, until something is known of it again."""
    recorder.record({"t1": {"a.py": [2], "pkg/b.py": [8]}})
    combine(data_file)
    generation = generation_of(data_file)
    recorder.record({"t1": {"a.py": [2]}})
    combine(data_file, append=False)
    assert changed_since(data_file, generation) == ("pkg/b.py",)
    assert changed_since(data_file, generation_of(data_file)) == ()
    recorder.record({"t1": {"pkg/b.py": [8]}})
    combine(data_file)
    assert changed_since(data_file, generation) == ("pkg/b.py",)


def test_replacing_is_seen_all_at_once(recorder, data_file):
    """A reader sees what was there until all partial files are merged, and then all of them."""
    recorder.record({"old": {"a.py": [2]}})
    combine(data_file)
    for _ in range(3):
        recorder.record({"new": {"a.py": [3]}})
    seen = []
    with Database(data_file) as database:
        combine(data_file, append=False, progress=lambda done, total: seen.append((done, total, database.contexts())))
        assert seen == [(1, 3, ("old",)), (2, 3, ("old",)), (3, 3, ("old",))]
        assert database.contexts() == ("new",)


def test_replacing_with_nothing_but_damage_keeps_what_was_there(recorder, data_file):
    """Where no partial file can be merged, the data file stays as it is."""
    recorder.record({"old": {"a.py": [2]}})
    combine(data_file)
    recorder.record({"new": {"a.py": [3]}}).write_bytes(b"no database at all, and rather short")
    assert len(combine(data_file, append=False).damaged) == 1
    assert lines_by_context(data_file) == {"a.py": {"old": [2]}}


def test_killed_between_two_deletions(recorder, data_file):
    """A replacing merge that was killed while it deleted is finished by the next, which counts nothing again."""
    recorder.record({"t1": {"a.py": [2]}})
    recorder.record({"t2": {"a.py": [3]}})
    left = find_partials(data_file)[1]
    held = left.read_bytes()
    combine(data_file, append=False)
    left.write_bytes(held)
    found = left.stat()
    stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
    with closing(sqlite3.connect(data_file)) as changed, changed:
        changed.execute("INSERT INTO merged VALUES (?, ?, ?, ?)", (str(left), *stamp))
    assert combine(data_file, append=False) == CombineResult(0, ())
    assert not left.exists()
    assert lines_by_context(data_file) == {"a.py": {"t1": [2], "t2": [3]}}


def test_what_a_killed_merge_had_gathered_is_removed(recorder, data_file):
    """A merge clears up behind those of this machine that were killed, and behind nobody who may still be at it."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    abandoned = data_file.with_name(f"{data_file.name}.merging-{host()}.{dead.pid}")
    others = [
        data_file.with_name(f"{data_file.name}.merging-{host()}.{os.getppid()}"),
        data_file.with_name(f"{data_file.name}.merging-elsewhere.{dead.pid}"),
    ]
    for path in (abandoned, *others):
        path.touch()
    recorder.record({"t1": {"a.py": [2]}})
    combine(data_file)
    assert [path.exists() for path in (abandoned, *others)] == [False, True, True]


def test_later_file_of_the_same_name_is_not_taken_for_a_merged_one(recorder, data_file):
    """What is to be deleted is known by more than its name."""
    recorder.record({"t1": {"a.py": [2]}})
    combine(data_file)
    later = recorder.record({"t2": {"a.py": [3]}})
    with closing(sqlite3.connect(data_file)) as changed, changed:
        changed.execute("INSERT INTO merged VALUES (?, 1, 2, 3)", (str(later),))
    assert combine(data_file).merged == 1
    assert lines_by_context(data_file) == {"a.py": {"t1": [2], "t2": [3]}}


def test_rerun_of_a_test_replaces_its_facts(recorder, data_file):
    """A test that runs again in a replacing run loses what it gave before; other tests and '' keep theirs."""
    recorder.record({"t1": {"a.py": [2, 3]}, "t2": {"a.py": [2]}, "": {"a.py": [1]}}, run="1")
    recorder.record({"t1": {"a.py": [8]}, "": {"a.py": [7]}}, run="2", replaces=True)
    combine(data_file)
    assert lines_by_context(data_file) == {"a.py": {"": [1, 7], "t1": [8], "t2": [2]}}


def test_rerun_that_adds_keeps_its_facts(recorder, data_file):
    """Without `replaces` a test that runs again only adds."""
    recorder.record({"t1": {"a.py": [2, 3]}}, run="1")
    recorder.record({"t1": {"a.py": [8]}}, run="2")
    combine(data_file)
    assert lines_by_context(data_file) == {"a.py": {"t1": [2, 3, 8]}}


def test_versions_of_a_file_stand_side_by_side(recorder, data_file):
    """Facts belong to a text: another text of the same file is another version, the one that ran last first."""
    recorder.record({"t1": {"a.py": [2]}})
    recorder.texts["a.py"] = "x = 1\n"
    recorder.record({"t1": {"a.py": [1]}})
    combine(data_file)
    with Database(data_file) as database:
        newer, older = database.facts("a.py")
    assert (newer.text, newer.lines()) == ("x = 1\n", {1})
    assert older.lines() == {2}


def test_recorded_paths_can_be_renamed(recorder, data_file):
    """`rename` says what a recorded path is here; two names of one file become one."""
    recorder.record({"t1": {"a.py": [2]}, "t2": {"pkg/b.py": [8]}})
    combine(data_file, rename={"a.py": "src/c.py", "pkg/b.py": "src/c.py"}.__getitem__)
    assert lines_by_context(data_file) == {"src/c.py": {"t1": [2], "t2": [8]}}


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("{root}/sub", "sub/a.py"),
        ("{parent}", "{parent}/a.py"),
        ("/elsewhere/project", "a.py"),
    ],
)
def test_paths_are_relative_to_the_data_files_own_root(recorder, data_file, tmp_path, root, expected):
    """A folder within the project, or around it, names the same files; another machine's has a copy."""
    places = {"root": str(tmp_path), "parent": str(tmp_path.parent)}
    recorder.record({"t1": {"a.py": [2]}}, root=root.format(**places))
    combine(data_file, root=tmp_path)
    assert list(lines_by_context(data_file)) == [expected.format(**places)]


def test_data_file_among_the_partials_is_passed_over(recorder, data_file):
    """`minicov combine .coverage.db*` names the data file itself; it is not merged into itself nor deleted."""
    recorder.record({"t1": {"a.py": [2]}})
    combine(data_file)
    recorder.record({"t2": {"a.py": [3]}})
    assert combine(data_file, [data_file, *find_partials(data_file)]).merged == 1
    assert lines_by_context(data_file) == {"a.py": {"t1": [2], "t2": [3]}}


def test_merged_files_can_be_merged(recorder, data_file, tmp_path):
    """A data file from elsewhere is merged like a partial file."""
    recorder.record({"t1": {"a.py": [2]}}, outcomes={"t1": ("passed", 1.0)})
    combine(tmp_path / "shard", find_partials(data_file))
    recorder.record({"t2": {"a.py": [3]}})
    combine(data_file, [tmp_path / "shard", *find_partials(data_file)])
    assert lines_by_context(data_file) == {"a.py": {"t1": [2], "t2": [3]}}
    assert not (tmp_path / "shard").exists()


@pytest.mark.parametrize(
    "label", ["two\nlines", "a\0b", "\0", "caf\u00e9 \U0001f600", "half \udce9", "x" * 4_000, "'; DROP TABLE hit; --"]
)
def test_any_label_is_kept(recorder, data_file, label):
    """A context may have any label; only half of a surrogate pair, which UTF-8 has not, is written as an escape."""
    recorder.record({label: {"a.py": [2]}}, outcomes={label: ("passed", 1.0)})
    combine(data_file)
    kept = label.replace("\udce9", "\\udce9")
    assert lines_by_context(data_file) == {"a.py": {kept: [2]}}
    with Database(data_file) as database:
        assert database.outcomes() == {kept: ("passed", 1.0)}


def test_very_long_path_is_kept(recorder, data_file):
    """A recorded path may be longer than any that this system would open."""
    path = "/".join(["folder"] * 571) + ".py"
    recorder.texts[path] = "x = 1\n"
    recorder.record({"t1": {path: [1]}})
    combine(data_file)
    assert lines_by_context(data_file) == {path: {"t1": [1]}}


def test_locked_partial_is_left_for_later(recorder, data_file, monkeypatch):
    """A partial file that another program holds is neither merged nor set aside; the rest is merged."""
    monkeypatch.setattr(connection, "BUSY_TIMEOUT", 0.01)
    held = recorder.record({"t1": {"a.py": [2]}})
    recorder.record({"t2": {"a.py": [3]}})
    command = [sys.executable, "-c", HOLDER, held]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "holds it\n"
        result = combine(data_file)
        holder.stdin.close()
    assert (result.merged, result.damaged) == (1, ())
    assert str(held) in result.problems[0].message
    assert combine(data_file).merged == 1


def test_folder_in_place_of_the_data_file(recorder, data_file, tmp_path):
    """Where the data file can't be written nothing is deleted, and the message names it."""
    partial = recorder.record({"t1": {"a.py": [2]}})
    data_file.mkdir()
    with pytest.raises(DataError, match=r"\.coverage\.db: is not a file"):
        combine(data_file)
    assert partial.exists()


def test_contexts_with_gaps_in_their_numbers(recorder, data_file, tmp_path):
    """Contexts of a data file that was merged itself may have any numbers."""
    recorder.record({"t1": {"a.py": [2]}, "t2": {"a.py": [3]}, "t3": {"a.py": [4]}})
    combine(data_file)
    with closing(sqlite3.connect(data_file)) as found, found:
        found.execute("UPDATE context SET id = 70000 WHERE id = 36")
        found.execute("UPDATE footprint SET contexts = replace(contexts, char(36), char(70000))")
    other = tmp_path / "other"
    combine(other, [recorder.record({"t0": {"a.py": [8]}, "t3": {"pkg/b.py": [8]}})])
    assert combine(other, [data_file], keep=True).problems == ()
    combine(other, [recorder.record({f"u{number}": {"pkg/b.py": [7]} for number in range(99)})])
    assert lines_by_context(other)["a.py"] == {"t0": [8], "t1": [2], "t2": [3], "t3": [4]}


def test_footprint_of_a_context_that_is_not_there(recorder, data_file, tmp_path):
    """A data file that tells hits of nobody is damaged: whose they were can't be known."""
    recorder.record({"t1": {"a.py": [2]}, "t2": {"a.py": [3]}})
    combine(data_file)
    with closing(sqlite3.connect(data_file)) as found, found:
        found.execute("DELETE FROM context WHERE label = 't2'")
    other = tmp_path / "other"
    combine(other, [recorder.record({"t0": {"a.py": [8]}})])
    assert [path.name for path in combine(other, [data_file]).damaged] == [f"{data_file.name}.bad"]
    assert lines_by_context(other)["a.py"] == {"t0": [8]}
