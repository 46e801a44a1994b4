"""`minicov run` where nothing can be kept: one warning, and the program runs on to its own exit status."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from minicov_lsp.store.database import Database
from minicov_lsp.store.partials import find_partials
from tests.commands.conftest import clean_environment


def test_where_nothing_can_be_kept_the_program_runs(tmp_path, write, minicov):
    """A folder that can't be made is one warning before it, and the program has its own output and status."""
    write({"program.py": "print('ran')\nraise SystemExit(7)\n", "file": ""})
    ran = minicov("run", "--data", "file/.coverage.db", "program.py")
    assert (ran.returncode, ran.stdout) == (7, "ran\n")
    (line,) = ran.stderr.splitlines()
    assert line.startswith(f"minicov: {tmp_path / 'file'}: this folder can't be made")
    assert line.endswith("nothing is measured")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="has no folder where nobody may write")
def test_unwritable_folder_is_told_once(write, minicov):
    """Nor do the program's processes tell of a folder that takes no files, or the merge after them."""
    write({"program.py": "print('ran')\nraise SystemExit(7)\n"})
    ran = minicov("run", "--data", "/proc/self/.coverage.db", "program.py")
    assert (ran.returncode, ran.stdout) == (7, "ran\n")
    (line,) = ran.stderr.splitlines()
    assert line.startswith("minicov: /proc/self: can't be written to")
    assert line.endswith("so nothing is measured; name a data file with --data")


@pytest.mark.parametrize(
    ("arguments", "output", "status", "advice"),
    [
        (["run", "../program.py"], "ran\n", 7, ", so nothing is measured"),
        (["report"], "", 1, "; change into the project's"),
    ],
)
def test_removed_current_folder(tmp_path, write, arguments, output, status, advice):
    """A program runs as it would without us, unmeasured; all else is told where to go."""
    write({"program.py": "print('ran')\nraise SystemExit(7)\n", "gone/file": ""})
    program, *others = arguments
    command = [sys.executable, "-m", "minicov_lsp", program, *(str(tmp_path / Path(one).name) for one in others)]
    ran = subprocess.run(
        ["sh", "-c", 'rm -r "$PWD"; exec "$@"', "sh", *command],
        cwd=tmp_path / "gone",
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (status, output)
    assert ran.stderr == f"minicov: the current folder is not there any more{advice}\n"


def test_without_room_to_merge_nothing_is_lost(tmp_path, write, minicov):
    """A merge that finds no room says so, keeps all that was recorded, and never advises to erase it."""
    write({"program.py": "x = 1\n"})
    assert minicov("run", "--parallel", "-q", "program.py").returncode == 0
    (partial,) = find_partials(tmp_path / ".coverage.db")
    held = partial.read_bytes()
    for command in ("combine", "report"):
        ran = subprocess.run(
            ["sh", "-c", 'ulimit -f 16; exec "$@"', "sh", sys.executable, "-m", "minicov_lsp", command],
            cwd=tmp_path,
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (ran.returncode, ran.stdout) == (1, "")
        assert re.fullmatch(r"minicov: .*: can't be used \(.*\); make room .* nothing was lost\n", ran.stderr)
        assert partial.read_bytes() == held
    assert minicov("combine").returncode == 0


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="has no folder where nobody may write")
def test_merging_where_nobody_may_write_loses_nothing(tmp_path, write, minicov):
    """That the data file can't be made there is said; the partial file stays, and nothing is to be erased."""
    write({"program.py": "x = 1\n"})
    assert minicov("run", "--parallel", "-q", "program.py").returncode == 0
    (partial,) = find_partials(tmp_path / ".coverage.db")
    ran = minicov("combine", "--data", "/proc/self/data.db", partial.name)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert re.fullmatch(
        r"minicov: /proc/\w+/data.db\S*: can't be used \(.*\); make room .* nothing was lost\n", ran.stderr
    )
    assert partial.exists()


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="has no way to give up the rights of root")
def test_what_may_not_be_read_is_not_taken_for_damaged(tmp_path, write, minicov):
    """A partial file of another user stays as it is, is named, and is merged when it can be read."""
    write({"one.py": "x = 1\n", "two.py": "x = 1\n"})
    for program in ("one.py", "two.py"):
        assert minicov("run", "--parallel", "-q", program).returncode == 0
    partial = find_partials(tmp_path / ".coverage.db")[0]
    partial.chmod(0)
    rights = "-dac_override,-dac_read_search"
    without_rights = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"] if os.geteuid() == 0 else []
    ran = subprocess.run(
        [*without_rights, sys.executable, "-m", "minicov_lsp", "combine"],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert f"minicov: {partial}: can't be read (Permission denied); it was not merged" in ran.stderr
    assert "merged 1 partial file into" in ran.stderr
    partial.chmod(0o600)
    assert minicov("combine", "--append").returncode == 0
    with Database(tmp_path / ".coverage.db") as database:
        assert database.files() == ("one.py", "two.py")
