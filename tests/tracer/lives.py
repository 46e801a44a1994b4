"""Ways to start, to go on and to die, and what must be found of each; as a program it prints a table of all of them.

python -m tests.tracer.lives        (in the environment of the Python that is to be looked at)
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import NamedTuple

from minicov_lsp.store.database import Database


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
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
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
    "a child that ends a little later": Life("""\
        import os, subprocess, sys
        if len(sys.argv) > 1:
            print(flush=True)  # hit
            sys.stdin.read()  # hit
        else:
            ours, other = os.pipe()  # the other end is closed when this process has ended
            child = subprocess.Popen([sys.executable, __file__, "again"], stdin=ours, stdout=subprocess.PIPE)  # hit
            child.stdout.readline()  # hit
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


class Ended(NamedTuple):
    """What became of a program that was run under coverage."""

    status: int
    messages: str
    expected: frozenset[int]
    """Lines that ran."""
    found: frozenset[int]
    """Lines that the merged data file has."""
    left: tuple[str, ...]
    """Files that nobody merged."""


def live(life: Life, folder: Path) -> Ended:
    """Run a program in an empty folder, as `minicov run` does."""
    source = textwrap.dedent(life.source)
    (folder / "program.py").write_text(source)
    command = [sys.executable, "-m", "minicov_lsp", "run", "program.py"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    expected = frozenset(number for number, line in enumerate(source.splitlines(), 1) if line.endswith("# hit"))
    with Database(folder / ".coverage.db") as database:
        found = frozenset(line for facts in database.facts("program.py") for line in facts.lines())
    left = [path.name for path in folder.glob(".coverage.db.*") if not path.name.endswith(("-wal", "-shm"))]
    return Ended(ended.returncode, ended.stderr, expected, found, tuple(left))


def main() -> int:
    """Print the table; 1 if anything is missing."""
    missing = 0
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    print(f"| {version} | status | lines to find | found |\n| --- | --: | --: | --: |")
    for name, life in LIVES.items():
        with tempfile.TemporaryDirectory() as folder:
            ended = live(life, Path(folder))
        found = len(ended.expected & ended.found)
        print(f"| {name} | {ended.status} | {len(ended.expected)} | {found} |", flush=True)
        missing += found < len(ended.expected) or ended.status != life.status
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main())
