"""The frame of the command line: which command, what is whose option, and what becomes of errors."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from minicov_lsp import cli
from minicov_lsp.commands.lsp import address
from minicov_lsp.errors import DataError
from minicov_tracer.version import VERSION


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    """A parser with an option that has a value and one that has none."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--value", "-w")
    parser.add_argument("--flag", action="store_true")
    return parser


@pytest.mark.parametrize(
    ("argv", "ours", "program"),
    [
        ("run prog.py --flag", "run", "prog.py --flag"),
        ("run --flag prog.py -m x", "run --flag", "prog.py -m x"),
        ("run --value v -m pytest -- x", "run --value v", "-m pytest -- x"),
        ("run --value=v prog.py", "run --value=v", "prog.py"),
        ("run -w v prog.py", "run -w v", "prog.py"),
        ("run -- --odd-name.py -x", "run", "--odd-name.py -x"),
        ("run --unknown prog.py", "run --unknown", "prog.py"),
        ("run - x", "run", "- x"),
        ("run --flag", "run --flag", ""),
        ("run --value", "run --value", ""),
    ],
)
def test_a_program_begins_where_options_end(parser, argv, ours, program):
    """What follows the program's name is its own, whatever it looks like."""
    assert cli.split_program(argv.split(), parser) == (ours.split(), program.split())


class Failing:
    """A command that fails as it is told."""

    name = "doctor"
    help = "fail"
    takes_program = False

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """None."""

    def run(self, options: argparse.Namespace) -> int:
        """Fail."""
        raise self._error


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (DataError("data: damaged;\n  erase it"), 1, "minicov: data: damaged; erase it\n"),
        (PermissionError(13, "Permission denied", "x"), 1, "minicov: x: Permission denied\n"),
        (cli.UsageError("a and b don't go together"), 2, "minicov: a and b don't go together\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_are_one_line_and_a_status(monkeypatch, capsys, error, status, message):
    """What a command raises becomes one line on standard error and an exit status."""
    monkeypatch.setattr(cli, "load", lambda _: Failing(error))
    assert cli.main(["doctor"]) == status
    assert capsys.readouterr().err == message


def test_bugs_are_not_hidden(monkeypatch):
    """What nobody foresaw keeps its traceback."""
    monkeypatch.setattr(cli, "load", lambda _: Failing(ZeroDivisionError("a bug")))
    with pytest.raises(ZeroDivisionError):
        cli.main(["doctor"])


def test_commands_are_listed(capsys):
    """--help lists every command with its line."""
    with pytest.raises(SystemExit) as left:
        cli.main(["--help"])
    assert left.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    for command in cli.all_commands():
        assert f"{command.name} {command.help}" in shown


@pytest.mark.parametrize("command", cli.all_commands(), ids=lambda command: command.name)
def test_every_command_takes_the_shared_options(command, capsys):
    """--config, --rcfile, --data, -q and -v are options of every command."""
    with pytest.raises(SystemExit):
        cli.main([command.name, "--help"])
    shown = capsys.readouterr().out
    for option in ("--config", "--rcfile", "--data", "-q", "-v"):
        assert option in shown


@pytest.mark.parametrize("argv", [[], ["nonsense"], ["report", "--nonsense"], ["report", "--dat", "x"]])
def test_bad_usage(argv, capsys):
    """No command, an unknown one, an unknown or shortened option: status 2."""
    with pytest.raises(SystemExit) as left:
        cli.main(argv)
    assert left.value.code == 2


def test_version(capsys):
    """--version tells it."""
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"minicov {VERSION}\n"


def test_modules_of_the_project_are_not_ours(tmp_path):
    """A project's own json.py or argparse.py in the current folder doesn't stop us."""
    for name in ("json", "argparse", "logging", "rich", "sqlite3", "tomli"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong one')\n")
    for argv in (["report"], ["--version"], ["doctor"]):
        ran = subprocess.run([sys.executable, "-m", "minicov_lsp", *argv], cwd=tmp_path, capture_output=True, text=True)
        assert "the wrong one" not in ran.stderr
        assert ran.returncode == (argv == ["report"])


def test_reader_that_goes_away(tmp_path):
    """`minicov report | head -0` ends without a word, however little there was to say."""
    (tmp_path / "x.py").write_text("x = 1\n")
    subprocess.run([sys.executable, "-m", "minicov_lsp", "run", "x.py"], cwd=tmp_path, check=True)
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "minicov_lsp", "report"]
    ran = subprocess.run(command, cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert ran.stderr == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [("localhost:80", ("localhost", 80)), (":2087", ("127.0.0.1", 2087)), ("[::1]:5", ("::1", 5))],
)
def test_address(text, expected):
    """HOST:PORT, the host being this machine unless it is named."""
    assert address(text) == expected


@pytest.mark.parametrize("text", ["localhost", "localhost:", "localhost:x", "a:70000"])
def test_bad_address(text):
    """What isn't HOST:PORT is bad usage."""
    with pytest.raises(argparse.ArgumentTypeError):
        address(text)


def test_server_has_a_command_of_its_own(monkeypatch):
    """`minicov-lsp` is `minicov lsp`."""
    served = []
    monkeypatch.setattr(cli, "SERVER", served_by(served))
    assert cli.main_lsp(["--tcp", "localhost:1", "--log-file", "x"]) == 7
    assert served == [(("localhost", 1), Path("x"))]


@pytest.mark.parametrize("word", ["lsp", "json", "erase"])
def test_a_command_starts_without_the_others(word):
    """Nobody waits for what wasn't asked for."""
    script = (
        f"import sys, minicov_lsp.cli as c; c._parse([{word!r}])\n"
        "print({module for module, _ in c.PLACES.values() if f'minicov_lsp.commands.{module}' in sys.modules})"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    own = {cli.PLACES[word][0]} if word in cli.PLACES else set()
    assert shown.stdout == f"{own}\n"


@pytest.mark.parametrize("word", cli.PLACES)
def test_a_word_means_the_command_of_that_name(word):
    """What is loaded for a word is what is listed under it."""
    assert cli.load(word).name == word


def served_by(served: list[tuple[object, object]]):
    """The lsp command with a server that only remembers."""
    from minicov_lsp.commands.lsp import Lsp

    def serve(where: tuple[str, int] | None, log_file: Path | None) -> int:
        served.append((where, log_file))
        return 7

    return Lsp(serve)


@pytest.mark.parametrize(("main", "argv"), [(cli.main_lsp, ["--version"]), (cli.main, ["lsp", "--version"])])
def test_the_server_tells_its_version(capsys, main, argv):
    """Editors ask it for it, by either name."""
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"minicov {VERSION}\n"
