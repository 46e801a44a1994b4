"""Where nothing can be written: one warning, and the program runs on to its own exit status."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from minicov_lsp.store.combine import combine
from minicov_lsp.store.database import Database
from minicov_tracer.recorder import LOG_SIZE

from .test_lives import KEEPS_LOG

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="uses Linux's limits and mounts")

PROGRAM = textwrap.dedent("""\
    import sys
    def work(n):
        return n + 1
    print(sum(work(n) for n in range(100)))
    sys.exit(7)
    """)


def run(
    folder: Path, *options: str, before: Callable[[], None] | None = None, program: str = PROGRAM, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the program under the tracer alone; a core in Python is asked for by name, or else it is told of."""
    (folder / "program.py").write_text(program)
    core = [] if KEEPS_LOG else ["--core", "python"]
    command = [sys.executable, "-m", "minicov_tracer", "run", *core, *options, str(folder / "program.py")]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        preexec_fn=before,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_one_warning(ended: subprocess.CompletedProcess[str]) -> None:
    """One line from us, naming the data file and the reason; else all is as the program has it."""
    assert (ended.returncode, ended.stdout) == (7, "5050\n"), ended.stderr
    (line,) = ended.stderr.splitlines()
    assert line.startswith("minicov: ")
    assert ".coverage.db: " in line
    assert "Error: " in line


def limit(size: int) -> Callable[[], None]:
    """Lets no file grow beyond so many bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    """Nor can it be made."""
    assert_one_warning(run(tmp_path, "--data", str(tmp_path / "gone" / ".coverage.db")))


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    """Another reason, the same behaviour."""
    (tmp_path / "file").touch()
    assert_one_warning(run(tmp_path, "--data", str(tmp_path / "file" / ".coverage.db")))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_unwritable_folder(tmp_path: Path) -> None:
    """No right to write there."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    assert_one_warning(run(tmp_path, "--data", str(folder / ".coverage.db")))


@pytest.mark.parametrize("size", [0, 4096, 100_000])
@pytest.mark.parametrize("core", ["", "python"] if KEEPS_LOG else ["python"])
def test_no_room(tmp_path: Path, size: int, core: str) -> None:
    """A full disk, before anything is written or in the middle of it."""
    assert_one_warning(run(tmp_path, "--core", core, before=limit(min(size, 4096 if core else size))))
    assert list(tmp_path.glob(".coverage.db.*.hits")) == []


@pytest.mark.skipif(not KEEPS_LOG, reason="without a hit log nothing is written before the end")
def test_room_that_ends(tmp_path: Path) -> None:
    """The map of the log fits, what explains it does not: that is said once."""
    many = "\n".join(f"def f{n}():\n    return {'x' * 3000!r}\nf{n}()" for n in range(1500))
    ended = run(tmp_path, before=limit(LOG_SIZE), program=f"{many}\n{PROGRAM}")
    assert_one_warning(ended)
    assert "no hit log can be kept" in ended.stderr


@pytest.mark.skipif(not KEEPS_LOG or sys.version_info >= (3, 12), reason="of the core that tells of arcs by itself")
def test_room_that_ends_with_arcs(tmp_path: Path) -> None:
    """The map of the log and all code objects fit, the arcs of one of them do not: that is said once."""
    many = "\n".join(["    n += 1"] * 80_000)
    ended = run(tmp_path, before=limit(LOG_SIZE), program=f"def f(n):\n{many}\nf(1)\n{PROGRAM}")
    assert_one_warning(ended)
    assert "no hit log can be kept" in ended.stderr


@pytest.mark.parametrize("options", ["ro", "size=8k"])
def test_other_file_systems(tmp_path: Path, options: str) -> None:
    """A file system that is read-only, or really full."""
    place = tmp_path / "mounted"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("nothing can be mounted here")
    try:
        assert_one_warning(run(tmp_path, "--data", str(place / ".coverage.db")))
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_share_that_maps_nothing(tmp_path: Path) -> None:
    """Where files can't be mapped it is measured without a hit log, as the warning says."""
    patches = tmp_path / "patches"
    patches.mkdir()
    (patches / "sitecustomize.py").write_text(
        "import errno, mmap\ndef refuse(*_): raise OSError(errno.ENODEV, 'No such device')\nmmap.mmap = refuse\n"
    )
    ended = run(tmp_path, PYTHONPATH=str(patches))
    if KEEPS_LOG:
        assert_one_warning(ended)
        assert "no hit log" in ended.stderr
    combine(tmp_path / ".coverage.db")
    with Database(tmp_path / ".coverage.db") as database:
        assert database.facts("program.py")[0].lines() == {1, 2, 3, 4, 5}


def test_deleted_folder(tmp_path: Path) -> None:
    """The folder of the data file goes while the program runs."""
    program = f"import shutil\nshutil.rmtree({str(tmp_path / 'data')!r})\n{PROGRAM}"
    (tmp_path / "data").mkdir()
    assert_one_warning(run(tmp_path, "--data", str(tmp_path / "data" / ".coverage.db"), program=program))
