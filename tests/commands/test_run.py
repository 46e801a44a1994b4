"""`minicov run` runs a program as Python would, and leaves what ran of it in the data file."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from minicov_lsp.store.database import Database
from minicov_lsp.store.partials import find_partials
from tests.commands.conftest import clean_environment

NATIVE = f"minicov_tracer.{'_monitoring' if sys.version_info >= (3, 12) else '_settrace'}"
"""The core in C, which keeps a hit log."""

TELL = """\
import json, os, sys
print(json.dumps({
    "argv": sys.argv, "path": sys.path[:2], "name": __name__, "file": __file__,
    "package": __package__, "spec": __spec__ and __spec__.name, "flags": str(sys.flags),
    "modules": sorted(m for m in sys.modules if m.startswith(("minicov_lsp", "coverage", "rich"))),
    "stdin": sys.stdin.read(),
    "environment": sorted(k for k in os.environ if "MINICOV" in k and k != "MINICOV_SETTINGS"),
}))
"""


def files_of(folder: Path) -> dict[str, set[int]]:
    """{file: lines that ran} of the data file in a folder."""
    with Database(folder / ".coverage.db") as database:
        return {path: {n for facts in database.facts(path) for n in facts.lines() if n} for path in database.files()}


@pytest.mark.parametrize(
    "program",
    [
        ["tell.py", "a", "-m", "--", "--data", "x y"],
        ["-m", "pkg.tell", "-v", "--branch", "--"],
        ["-m", "pkg", "z"],
        ["pkg"],
        ["./pkg/tell.py"],
        ["-", "from", "stdin"],
    ],
)
def test_program_sees_what_it_would_without_us(tmp_path, write, minicov, program):
    """argv, sys.path, `__main__`, standard input: all as `python PROGRAM` has them."""
    write({"tell.py": TELL, "pkg/__init__.py": "", "pkg/__main__.py": TELL, "pkg/tell.py": TELL})
    bare = subprocess.run(
        [sys.executable, *program],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    ours = minicov("run", *program)
    assert ours.stdout == bare.stdout
    assert ours.returncode == bare.returncode
    if program[0] != "-":
        assert json.loads(ours.stdout)["modules"] == []


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("pass", 0),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit('why')", 1),
        ("1 / 0", 1),
        ("import os; os._exit(7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("import os; os.abort()", -signal.SIGABRT),
        ("raise KeyboardInterrupt", -signal.SIGINT),
    ],
)
def test_status_is_the_programs(write, minicov, code, status):
    """The exit status is the program's; killed by a signal, we end by the same."""
    write({"program.py": code})
    assert minicov("run", "program.py").returncode == status


def test_script_that_is_not_there(minicov):
    """Python says so, and its status is ours."""
    ran = minicov("run", "gone.py")
    assert ran.returncode == 2
    assert "can't open file" in ran.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signal_is_passed_on(tmp_path, write, number):
    """A signal that is sent to us reaches the program, which may do with it what it likes."""
    write(
        {
            "program.py": f"""\
import signal, sys, time
signal.signal({int(number)}, lambda *_: sys.exit(40))
print("ready", flush=True)
while True:
    time.sleep(0.01)  # a signal just before signal.pause() would not end it
"""
        }
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "minicov_lsp", "run", "program.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    assert process.wait(timeout=60) == 40
    process.stdout.close()
    assert files_of(tmp_path)["program.py"] >= {1, 2, 3}


def test_interrupt_key_reaches_the_program_once(tmp_path, write):
    """Ctrl-C goes to every process of the terminal's foreground group: we don't add another to it."""
    write(
        {
            "program.py": """\
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
print("ready", flush=True)
signal.sigwait({signal.SIGINT})
raise SystemExit(41 if signal.sigtimedwait({signal.SIGINT}, 0.3) is None else 42)
"""
        }
    )
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        os.execve(sys.executable, [sys.executable, "-m", "minicov_lsp", "run", "program.py"], clean_environment())
    shown = b""
    while b"ready" not in shown:
        shown += os.read(terminal, 1024)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 41


def test_another_interpreter(tmp_path, write, minicov):
    """--python names the interpreter, by path or by name; nothing of ours is installed there."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    write({"program.py": "import sys\nprint(sys.prefix)\n"})
    ran = minicov("run", "--python", "venv/bin/python", "program.py")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == f"{tmp_path / 'venv'}\n"
    assert files_of(tmp_path)["program.py"] == {1, 2}


def test_interpreter_that_is_not_there(minicov, write):
    """An interpreter that can't be started is one line."""
    write({"program.py": ""})
    ran = minicov("run", "--python", "no-such-python", "program.py")
    assert (ran.returncode, ran.stderr) == (
        1,
        "minicov: no-such-python: no such program; name an interpreter with --python\n",
    )


START = """\
import runpy, sys
sys.path[:0] = sys.argv.pop(1).split(":")
runpy.run_module("minicov_lsp", run_name="__main__", alter_sys=True)
"""
"""`python -m minicov_lsp`, also where -I hides it."""


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["-X", "dev", "-W", "error"], "True ['default', 'error'] 0"),
        (["-I"], "False [] 0"),
        (["-E", "-s"], "False [] 0"),
    ],
)
def test_flags_of_our_interpreter_are_the_programs(tmp_path, write, flags, expected):
    """`python -W error -m minicov_lsp run` runs the program so; flags that would shut the tracer out are left out."""
    write({"program.py": "import sys\nprint(sys.flags.dev_mode, sys.warnoptions, sys.flags.isolated, sys.path[0])\n"})
    ran = subprocess.run(
        [sys.executable, *flags, "-c", START, ":".join(sys.path), "run", "program.py"],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    assert ran.stdout == f"{expected} {tmp_path}\n", ran.stderr
    assert "program.py" in files_of(tmp_path)


def test_run_replaces_or_appends(tmp_path, write, minicov):
    """A run replaces what the data file held; with --append it adds to it."""
    write({"one.py": "x = 1\n", "two.py": "x = 1\n"})
    minicov("run", "one.py")
    minicov("run", "--append", "two.py")
    assert set(files_of(tmp_path)) == {"one.py", "two.py"}
    minicov("run", "two.py")
    assert set(files_of(tmp_path)) == {"two.py"}


def test_files_that_never_ran_are_in_the_data(tmp_path, write, minicov):
    """With `source` its files are known even if none of them ran."""
    write({"pkg/__init__.py": "", "pkg/a.py": "x = 1\n", "other.py": ""})
    ran = minicov("run", "--source", "pkg", "other.py")
    assert ran.stderr == ""
    assert files_of(tmp_path) == {"pkg/__init__.py": set(), "pkg/a.py": set()}


def test_nothing_to_measure_is_told(tmp_path, write, minicov):
    """A run of which nothing is measured says so; the data file stays as it was."""
    write({"program.py": "x = 1\n"})
    minicov("run", "program.py")
    ran = minicov("run", "--include", "other/*", "program.py")
    assert ran.returncode == 0
    assert ran.stderr.startswith("minicov: no data was collected")
    assert set(files_of(tmp_path)) == {"program.py"}


@pytest.mark.parametrize(("code", "status"), [("x = 1", 1), ("raise SystemExit(5)", 5)])
def test_data_file_that_cannot_be_written(tmp_path, write, minicov, code, status):
    """A damaged data file stays as it is, and so do the partial files; a program that failed still says how."""
    write({"program.py": code, ".coverage.db": "no database " * 1000})
    ran = minicov("run", "program.py")
    assert ran.returncode == status
    assert str(tmp_path / ".coverage.db") in ran.stderr
    assert (tmp_path / ".coverage.db").read_text() == "no database " * 1000
    assert len(find_partials(tmp_path / ".coverage.db")) == 1


def test_parallel_leaves_files_unmerged(tmp_path, write, minicov):
    """With --parallel each run leaves its own files; combine merges them, what never ran included."""
    write({"one.py": "x = 1\n", "two.py": "x = 1\n", "never.py": ""})
    for program in ("one.py", "two.py"):
        ran = minicov("run", "--parallel", "--source", ".", program)
        assert "unmerged" in ran.stderr
    assert not (tmp_path / ".coverage.db").exists()
    assert len(find_partials(tmp_path / ".coverage.db")) == 4
    assert minicov("combine").returncode == 0
    assert files_of(tmp_path) == {"one.py": {1}, "two.py": {1}, "never.py": set()}
    assert find_partials(tmp_path / ".coverage.db") == ()


def test_configuration_says_what_is_measured(tmp_path, write, minicov):
    """Settings of `run` count, and options come before them."""
    write(
        {
            "pyproject.toml": "[tool.minicov]\nsource = ['pkg']\nomit = ['*/skipped.py']\ndata_file = 'out/data'\n"
            "command_line = 'program.py --from-configuration'\ncontext = 'nightly'\n",
            "pkg/__init__.py": "",
            "pkg/a.py": "x = 1\n",
            "pkg/skipped.py": "x = 1\n",
            "program.py": "import sys, pkg.a, pkg.skipped\nprint(sys.argv[1:])\n",
        }
    )
    ran = minicov("run")
    assert ran.stdout == "['--from-configuration']\n", ran.stderr
    with Database(tmp_path / "out" / "data") as database:
        assert database.files() == ("pkg/__init__.py", "pkg/a.py")
        assert database.contexts() == ("nightly",)
    minicov("run", "--source", ".", "--omit", "", "--data", ".coverage.db", "program.py")
    assert "program.py" in files_of(tmp_path)


def test_label_with_newlines_and_nuls(tmp_path, write, minicov):
    """A label may hold what no terminal shows: it is kept as it is, in child processes too, and in reports."""
    write(
        {
            "pyproject.toml": '[tool.minicov]\ncontext = "two\\nlines\\u0000"\n',
            "program.py": "import subprocess, sys\nsubprocess.run([sys.executable, 'child.py'], check=True)\n",
            "child.py": "x = 1\n",
        }
    )
    ran = minicov("run", "program.py")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    with Database(tmp_path / ".coverage.db") as database:
        assert database.contexts() == ("two\nlines\0",)
    assert files_of(tmp_path) == {"program.py": {1, 2}, "child.py": {1}}
    told = minicov("json", "--show-contexts", "-o", "-")
    assert json.loads(told.stdout)["files"]["child.py"]["contexts"] == {"1": ["two\nlines\0"]}


def test_each_test_is_a_context(tmp_path, write, minicov):
    """Under pytest each test is a context of its own, unless that is not wanted."""
    write({"test_x.py": "def test_a():\n    assert 1\n\n\ndef test_b():\n    assert 2\n"})
    options = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert minicov("run", *options).returncode == 0
    with Database(tmp_path / ".coverage.db") as database:
        assert database.contexts() == ("", "test_x.py::test_a", "test_x.py::test_b")
    minicov("run", "--contexts", "none", "--context", "all", *options)
    with Database(tmp_path / ".coverage.db") as database:
        assert database.contexts() == ("all",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "no program to run"),
        (["run", "--append", "--parallel", "x.py"], "--append and --parallel"),
        (["run", "--no-such", "x.py"], "unrecognized arguments: --no-such"),
        (["run", "--core", "fast", "x.py"], "invalid choice: 'fast'"),
    ],
)
def test_bad_usage(minicov, arguments, message):
    """What doesn't go together is told, with status 2, before anything runs."""
    ran = minicov(*arguments)
    assert ran.returncode == 2
    assert message in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--omit", "a["], "minicov: command line: file pattern 'a[': [ without ]\n"),
        (["--config", "gone.toml"], "minicov: gone.toml: no such configuration file"),
    ],
)
def test_mistakes_are_told_before_the_program_runs(write, minicov, arguments, message):
    """A setting that can't be understood is one line, status 1, and the program is not started."""
    write({"program.py": "print('ran')\n"})
    ran = minicov("run", *arguments, "program.py")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(message)
    assert ran.stderr.count("\n") == 1


def test_a_process_that_goes_on_is_told_of_and_merged_later(tmp_path, write, minicov):
    """The run waits for those that are about to end, not for ever; the next report has what the others did."""
    pytest.importorskip(NATIVE, reason="only a hit log tells of a process that it still runs")
    write(
        {
            "go_on.py": "import os, signal\nopen('pid', 'w').write(str(os.getpid()))\nsignal.pause()\n",
            "start.py": "import subprocess, sys, os, time\nnone = subprocess.DEVNULL\n"
            "subprocess.Popen([sys.executable, 'go_on.py'], stdout=none, stderr=none)\n"
            "while not os.path.exists('pid') or not os.path.getsize('pid'):\n    time.sleep(0.01)\n",
        }
    )
    ran = minicov("run", "start.py")
    try:
        assert ran.returncode == 0
        assert "a process that the program started goes on; what is not merged now" in ran.stderr
        assert "go_on.py" not in files_of(tmp_path)
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert "go_on.py" in minicov("report").stdout
