"""Every way to start, to go on and to die: what ran is in the merged data file, and the program notices nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from minicov_lsp.store.database import Database

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and fork are POSIX's")

KEEPS_LOG = find_spec(f"minicov_tracer.{'_monitoring' if sys.version_info >= (3, 12) else '_settrace'}") is not None
"""Whether the core keeps a hit log: those in C do."""
TRACES_IN_PYTHON = sys.version_info < (3, 12) and not KEEPS_LOG
"""Whether the core is a trace function in Python, which CPython switches off when it has no stack left to run on."""


class Life(NamedTuple):
    """A program whose last lines say what must be found."""

    source: str
    status: int = 0
    """What `minicov run` ends with; a signal is negative."""


LIVES = {
    "returns": Life("""\
        x = 1  # hit
    """),
    "raises": Life(
        """\
        x = 1  # hit
        raise SystemExit(3)  # hit
        """,
        3,
    ),
    "os._exit": Life(
        """\
        import os
        x = 1  # hit
        os._exit(4)  # hit
        """,
        4,
    ),
    "killed": Life(
        """\
        import os, signal
        x = 1  # hit
        os.kill(os.getpid(), signal.SIGKILL)  # hit
        """,
        -9,
    ),
    "terminated": Life(
        """\
        import os, signal
        x = 1  # hit
        os.kill(os.getpid(), signal.SIGTERM)  # hit
        """,
        -15,
    ),
    "segmentation fault": Life(
        """\
        import ctypes
        x = 1  # hit
        ctypes.string_at(0)  # hit
        """,
        -11,
    ),
    "interrupted": Life(
        """\
        import os, signal
        try:
            os.kill(os.getpid(), signal.SIGINT)  # hit
            for _ in range(100): pass
        except KeyboardInterrupt:
            x = 1  # hit
        """
    ),
    "fork": Life("""\
        import os
        child = os.fork()
        if child == 0:
            x = 1  # hit
            os._exit(0)  # hit
        os.waitpid(child, 0)  # hit
        y = 2  # hit
    """),
    "fork that ends by itself": Life("""\
        import os, sys
        child = os.fork()
        if child == 0:
            x = 1  # hit
            sys.exit(0)  # hit
        os.waitpid(child, 0)  # hit
    """),
    "exec": Life("""\
        import os, sys
        if len(sys.argv) > 1:
            x = 1  # hit
        else:
            y = 2  # hit
            os.execv(sys.executable, [sys.executable, __file__, "again"])  # hit
    """),
    "spawned by path": Life("""\
        import subprocess, sys
        if len(sys.argv) > 1:
            x = 1  # hit
        else:
            subprocess.run([sys.executable, __file__, "again"], check=True)  # hit
            y = 2  # hit
    """),
    "spawned by -c": Life("""\
        import subprocess, sys
        def called():
            x = 1  # hit
        if __name__ == "__main__":
            subprocess.run([sys.executable, "-c", "import program; program.called()"], check=True)  # hit
    """),
    "spawned by -m": Life("""\
        import subprocess, sys
        if len(sys.argv) > 1:
            x = 1  # hit
        else:
            subprocess.run([sys.executable, "-m", "program", "again"], check=True)  # hit
    """),
    "spawned by shebang": Life("""\
        import os, subprocess, sys
        if len(sys.argv) > 1:
            x = 1  # hit
        else:
            text = open(__file__).read()
            with open("copy.py", "w") as file:
                file.write(f"#!{sys.executable}\\nimport sys; sys.argv = ['', 'again']; import program")
            os.chmod("copy.py", 0o755)
            subprocess.run(["./copy.py"], check=True)  # hit
    """),
    "multiprocessing by fork": Life("""\
        import multiprocessing
        def work(n):
            return n + 1  # hit
        if __name__ == "__main__":
            process = multiprocessing.get_context("fork").Process(target=work, args=(1,))
            process.start()
            process.join()  # hit
    """),
    "multiprocessing by spawn": Life("""\
        import multiprocessing
        def work(n):
            return n + 1  # hit
        if __name__ == "__main__":
            process = multiprocessing.get_context("spawn").Process(target=work, args=(1,))
            process.start()
            process.join()  # hit
    """),
    "multiprocessing by forkserver": Life("""\
        import multiprocessing
        def work(n):
            return n + 1  # hit
        if __name__ == "__main__":
            process = multiprocessing.get_context("forkserver").Process(target=work, args=(1,))
            process.start()
            process.join()  # hit
    """),
    "pool that is terminated": Life("""\
        import multiprocessing
        def work(n):
            return n + 1  # hit
        if __name__ == "__main__":
            with multiprocessing.get_context("fork").Pool(2) as pool:
                pool.map(work, range(10))  # hit
    """),
    "process pool executor": Life("""\
        from concurrent.futures import ProcessPoolExecutor
        def work(n):
            return n + 1  # hit
        if __name__ == "__main__":
            with ProcessPoolExecutor(2) as pool:
                list(pool.map(work, range(4)))  # hit
    """),
    "thread pool executor": Life("""\
        from concurrent.futures import ThreadPoolExecutor
        def work(n):
            return n + 1  # hit
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, range(4)))  # hit
    """),
    "daemon thread at exit": Life("""\
        import threading
        started = threading.Event()
        def work():
            started.set()  # hit
            threading.Event().wait()  # hit
        threading.Thread(target=work, daemon=True).start()
        started.wait()  # hit
    """),
    "exit handlers": Life("""\
        import atexit
        def last():
            x = 1  # hit
        atexit.register(last)  # hit
    """),
    "asyncio": Life("""\
        import asyncio
        async def main():
            await asyncio.gather(work(1), work(2))  # hit
        async def work(n):
            await asyncio.sleep(0)  # hit
            return n  # hit
        asyncio.run(main())  # hit
    """),
    "end of the recursion": Life("""\
        import sys
        def deeper(n):
            return deeper(n + 1)  # hit
        def at_the_end(x):
            return x.attribute  # hit
        try:
            deeper(0)  # hit
        except RecursionError:
            x = 1  # hit
        def fill(n):
            if n:
                return fill(n - 1)  # hit
            return last()  # hit
        def last():
            return 5  # hit
        for depth in range(sys.getrecursionlimit() - 60, sys.getrecursionlimit()):
            try:
                fill(depth)
            except RecursionError:
                pass
        def after():
            return 6  # hit
        try:
            at_the_end(5)
        except AttributeError:
            after()  # hit
    """),
    "changed directory": Life("""\
        import os, tempfile
        os.chdir(tempfile.mkdtemp())
        x = 1  # hit
    """),
    "deleted directory": Life("""\
        import os, tempfile
        where = tempfile.mkdtemp()
        os.chdir(where)
        os.rmdir(where)
        x = 1  # hit
    """),
}

NEEDS_LOG = {"os._exit", "killed", "terminated", "segmentation fault", "fork", "pool that is terminated", "exec"}
"""What only the hit log can know; a core that keeps none loses it."""


@pytest.mark.parametrize("name", LIVES)
def test_what_ran_is_found(name: str, tmp_path: Path) -> None:
    """Each line that ran before the end is in the data file, and the status is the program's own."""
    if name in NEEDS_LOG and not KEEPS_LOG:
        pytest.skip("this core keeps no hit log")
    if name == "end of the recursion" and TRACES_IN_PYTHON:
        pytest.skip("a trace function in Python is switched off at the end of the recursion")
    life = LIVES[name]
    source = textwrap.dedent(life.source)
    (tmp_path / "program.py").write_text(source)
    ended = subprocess.run(
        [sys.executable, "-m", "minicov_lsp", "run", "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == life.status, ended.stderr
    expected = {number for number, line in enumerate(source.splitlines(), 1) if re.search(r"# hit$", line)}
    with Database(tmp_path / ".coverage.db") as database:
        found = {line for facts in database.facts("program.py") for line in facts.lines()}
    assert expected - found == set()
    assert [path.name for path in tmp_path.glob(".coverage.db.*") if not path.name.endswith(("-wal", "-shm"))] == []


@pytest.mark.skipif(not KEEPS_LOG, reason="only what the hit log has survives a kill")
def test_a_kill_costs_nothing(tmp_path: Path) -> None:
    """Lines, arcs and exceptions of a killed process are those that it would have written itself."""
    source = textwrap.dedent("""\
        import os, signal, sys
        def work(n):
            for i in range(n):
                try:
                    if i % 2:
                        raise ValueError
                except ValueError:
                    continue
                yield i
        print(list(work(4)))
        os.kill(os.getpid(), signal.SIGKILL) if "die" in sys.argv else 0
        """)
    (tmp_path / "program.py").write_text(source)
    found = []
    for argument, status in (("live", 0), ("die", -9)):
        command = [sys.executable, "-m", "minicov_lsp", "run", "program.py", argument]
        assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, timeout=60).returncode == status
        with Database(tmp_path / ".coverage.db") as database:
            (facts,) = database.facts("program.py")
            found.append((facts.lines(), facts.arcs() - {(11, -1)}))
    assert found[0] == found[1]
    assert (8, 3) in found[0][1]
