"""How quick the language server is on a workspace of 2,000 files with 10,000 contexts of data.

    python tests/bench/server.py                       everything; the workspace is made first, which takes minutes
    python tests/bench/server.py --folder DIR          keeps the workspace there, and uses it again
    python tests/bench/server.py --files 200 --tests 1000 --seconds 10

A client of our own talks to a real server over its standard streams and looks at the clock. Figures are medians, 95th
percentiles and largest values, in milliseconds; they are of the machine as it is, so say what else ran on it. CPU
times are what remains on a machine that does nothing else, but for the 100 ms that a commit is waited for.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType

from client import Client, Said
from suite import Shape, Suite, make_code, make_suite, write_partials

from minicov_lsp.store.combine import combine
from minicov_tracer.naming import RunInfo
from minicov_tracer.partial import PartialFile

OPENED = "package0/module0.py"
LIVE = "live/steps.py"
LARGE = "large_module.py"


def make_workspace(folder: Path, shape: Shape) -> None:
    """Files, data, a test that runs for a while, and a file of 5,000 lines."""
    suite = make_suite(shape, root=str(folder))
    for file in suite.files:
        Path(file.path).parent.mkdir(parents=True, exist_ok=True)
        Path(file.path).write_text(file.text, "utf-8")
    _merge(suite, folder)
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["live"]\npythonpath = ["live"]\n')
    (folder / "live").mkdir(exist_ok=True)


def make_large(folder: Path, name: str) -> None:
    """A file of 5,000 lines, and data of a fifth of its functions."""
    text = f"# {name}\n" + "".join(
        f"def f{n}(x, y):\n    if x and y:\n        return [each for each in x if each or y]\n    return x or y\n\n"
        for n in range(1000)
    )
    (folder / name).write_text(text)
    _record(folder, name, range(0, 1000, 5))


def _record(folder: Path, name: str, numbers: Sequence[int]) -> None:
    combine(folder / ".coverage.db", [calls_of(folder, name, numbers)], append=True, root=folder)


def _merge(suite: Suite, folder: Path) -> None:
    data_file = folder / ".coverage.db"
    combine(data_file, write_partials(suite, 8, data_file), root=folder)


def make_live_test(folder: Path, seconds: int) -> None:
    """A test that runs another function every second, and writes down when; nothing of it ran before."""
    new = time.time_ns()
    steps = "".join(f"def step_{n}_of_{seconds}():\n    return {new + n}\n\n\n" for n in range(seconds))
    (folder / LIVE).write_text(steps)
    (folder / "live" / "test_live.py").write_text(
        "import time\nimport steps\n\n\ndef test_live():\n    with open('times', 'w') as times:\n"
        f"        for n in range({seconds}):\n            time.sleep(1)\n"
        "            getattr(steps, f'step_{n}_of_"
        f"{seconds}')()\n            print(time.time(), file=times, flush=True)\n"
    )


def first_gutter(folder: Path, times: int) -> tuple[list[float], list[float]]:
    """From initialize to the first picture of a document that is opened at once, and what the server ran for it.

    The first session warms up.
    """
    found, ran = [], []
    for _ in range(times + 1):
        client = Client(folder)
        client.request("bench/areYouThere")
        before = client.cpu()
        sent = client.initialize()
        client.open(OPENED)
        found.append(1000 * (client.gutters(OPENED, mark=lambda told: told["state"] == "fresh") - sent))
        ran.append(client.cpu() - before)
        client.close()
    return found[1:], ran[1:]


def commit_to_gutters(client: Client, times: int) -> tuple[list[float], list[float]]:
    """From a commit of the data file, by another process, to the open document's new picture, and what it cost.

    The file is a new one, of which nothing but its last function ran.
    """
    folder, name = client.folder, f"commits_{time.time_ns()}.py"
    data_file = folder / ".coverage.db"
    (folder / name).write_text("".join(f"def f{n}(x):\n    return x + {n}\n\n\n" for n in range(times + 1)))
    _record(folder, name, [times])
    client.open(name)
    client.request("minicov/gutters", {"textDocument": {"uri": (folder / name).as_uri()}})
    found, ran = [], []
    for number in range(times):
        after, before = len(client.said), client.cpu()
        _record(folder, name, [number])
        ends = [Path(f"{data_file}{end}") for end in ("", "-wal")]
        committed = max(end.stat().st_mtime for end in ends if end.exists())
        found.append(1000 * (client.gutters(name, after) - committed))
        ran.append(client.cpu() - before)
        time.sleep(0.3)
    return found, ran


def calls_of(folder: Path, name: str, numbers: Sequence[int]) -> Path:
    """A partial file in which some functions of a file were called, each in a test of its own."""
    text = (folder / name).read_text("utf-8")
    module = compile(text, str(folder / name), "exec", dont_inherit=True)
    codes = [each for each in module.co_consts if isinstance(each, CodeType)]
    path = folder / f".coverage.db.bench.{os.getpid()}.{numbers[0]:08x}"
    partial = PartialFile(str(path), RunInfo(str(folder), "bench", False))
    with partial.transaction():
        file = partial.file(str(folder / name), text)
        for number in numbers:
            context = partial.context(f"tests/test_bench.py::test_{number}")
            made = make_code(codes[number], text.split("\n"), random.Random(number))
            signature = partial.signature(partial.code(made.row.replaced(file=file)), made.ways[0].bits, "[]")
            partial.hits([(context, signature)])
    partial.close()
    return path


def keystrokes(client: Client, times: int) -> tuple[list[float], list[float], list[float]]:
    """What a question that costs nothing takes, alone and right behind a change of a document of 5,000 lines.

    And for how long the event loop's thread ran for both: the rest is waiting for a core, the server's threads or ours.
    """
    if not (client.folder / LARGE).exists():
        make_large(client.folder, LARGE)
    client.open(LARGE)
    client.gutters(LARGE, mark=lambda told: told["state"] == "fresh")
    alone, behind, ran = [], [], []
    for number in range(times):
        alone.append(client.request("bench/nothing")[0])
        sent, before = time.time(), client.loop()
        client.type(LARGE, 50 * number % 5000 + 3, number + 2)
        client.request("bench/nothing")
        behind.append(1000 * (time.time() - sent))
        ran.append(client.loop() - before)
        time.sleep(0.05)
    return alone, behind, ran


def stalls(client: Client, shape: Shape) -> list[float]:
    """What a question that costs nothing takes while a merge, an analysis of all files and a run go on.

    At the same time someone opens a document of 5,000 lines that was never analysed, and types in it.
    """
    folder = client.folder
    again = make_suite(Shape(files=shape.files // 10, tests=shape.tests // 10), 2, str(folder))
    partials = write_partials(again, 4, folder / ".coverage.db")
    make_live_test(folder, 3)
    unseen = f"unseen_{time.time_ns()}.py"
    make_large(folder, unseen)
    client.send(id="files", method="minicov/files", params={})
    client.send(id="run", method="workspace/executeCommand", params={"command": "minicov.runAll"})
    # In a process of its own, as wherever it is not the server's: this one looks at the clock.
    merge = [sys.executable, "-m", "minicov_lsp", "combine", "-q", "--append", *map(str, partials)]
    with subprocess.Popen(merge, cwd=folder) as merging:
        client.open(unseen)
        found: list[float] = []
        ended = False
        while not ended or merging.poll() is None:
            found.append(client.request("bench/nothing")[0])
            time.sleep(0.005)
            if len(found) % 20 == 0:
                client.type(unseen, 5 * len(found) % 5000 + 3, len(found))
            ended = any(said.tells_of_an_end() for said in client.said)
    client.send(method="$/cancelRequest", params={"id": "files"})
    client.wait(lambda said: said.answers("files"))
    return found


def hits_to_client(client: Client, seconds: int) -> list[float]:
    """From a call in a test that goes on to the picture in which its line is covered."""
    make_live_test(client.folder, seconds)
    client.open(LIVE)
    after = len(client.said)
    client.request("workspace/executeCommand", {"command": "minicov.runAll"})
    client.wait(Said.tells_of_an_end, after)
    called = [float(line) for line in (client.folder / "times").read_text().split()]
    seen = []
    for number, when in enumerate(called):
        line = 4 * number + 1
        came = client.gutters(
            LIVE, after, lambda told, line=line: any(a <= line <= b and m == "covered" for a, b, m in told["runs"])
        )
        seen.append(1000 * (came - when))
    return seen


def figures(values: list[float]) -> str:
    """Median, 95th percentile (the nearest rank above) and largest."""
    ordered = sorted(values)
    late = ordered[math.ceil(0.95 * len(ordered)) - 1]
    return f"median {statistics.median(ordered):7.1f}   p95 {late:7.1f}   max {ordered[-1]:7.1f}"


def report(folder: Path, shape: Shape, seconds: int, times: int) -> Iterator[str]:
    """A line for each question, with its goal."""
    found, ran = first_gutter(folder, times)
    yield f"initialize → first gutter, warm   (≤ 500)        {figures(found)}"
    yield f"  CPU time of the server for it                  {figures(ran)}"
    client = Client(folder)
    client.initialize()
    found, ran = commit_to_gutters(client, 4 * times)
    yield f"commit → minicov/gutters          (p95 ≤ 200)    {figures(found)}"
    yield f"  CPU time of the server for it                  {figures(ran)}"
    alone, behind, ran = keystrokes(client, 10 * times)
    yield f"a question that costs nothing                    {figures(alone)}"
    yield f"didChange at 5,000 lines, with it (≤ 5)          {figures(behind)}"
    yield f"  of that the thread of the event loop ran       {figures(ran)}"
    yield f"the same while all goes on        (max ≤ 50)     {figures(stalls(client, shape))}"
    yield f"hit → minicov/gutters             (≤ 250)        {figures(hits_to_client(client, seconds))}"
    client.close()
    yield f"resident at one moment, both      (≤ 190 MiB)    at most {client.memory.both} MiB"
    yield f"  the server                                     at most {client.memory.server} MiB"
    yield f"  the process that reads texts beside it         at most {client.memory.beside} MiB, gone after 10 s"


def main() -> None:
    """Make the workspace, or take one that was made, and measure."""
    parser = argparse.ArgumentParser(description="measure the language server on a large workspace")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--tests", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=60, help="how long the test runs in which hits are looked for")
    parser.add_argument("--times", type=int, default=10, help="sessions; other questions are asked more often")
    parser.add_argument("--folder", type=Path, help="where the workspace is made, and kept")
    options = parser.parse_args()
    shape = Shape(files=options.files, tests=options.tests)
    with tempfile.TemporaryDirectory(prefix="minicov-bench-") as scratch:
        folder = (options.folder or Path(scratch)).resolve()
        if not (folder / "pyproject.toml").exists():
            folder.mkdir(parents=True, exist_ok=True)
            make_workspace(folder, shape)
        size = (folder / ".coverage.db").stat().st_size >> 20
        print(
            f"{shape.files} files, {shape.tests} contexts, {size} MiB of data, load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        for line in report(folder, shape, options.seconds, options.times):
            print(line, flush=True)


if __name__ == "__main__":
    main()
