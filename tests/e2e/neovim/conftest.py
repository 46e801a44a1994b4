"""A real Neovim, driven over its own protocol or through a terminal, on a real project.

Nothing is faked: the plugin of this repository, the installed `minicov-lsp`, and
more-itertools from its pinned source archive. NVIM names the editor; without one the
tests are skipped.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE
from typing import Any, TypeVar

import msgpack
import pytest

T = TypeVar("T")

REPOSITORY = Path(__file__).resolve().parents[3]
PLUGIN = REPOSITORY / "editors" / "neovim"
PATIENCE = 60.0
"""Seconds after which something must be wrong, also on a busy machine."""


INIT = """\
vim.opt.runtimepath:prepend({plugin!r})
vim.opt.swapfile = false
vim.opt.shadafile = "NONE"
vim.opt.termguicolors = false
vim.opt.background = "dark"
vim.opt.signcolumn = "yes:1"
vim.opt.statusline = "%t %= %{{%v:lua.require'minicov'.statusline()%}}"
require("minicov").setup({{
  cmd = {{ {server!r} }},
  settings = {{ python = {python!r} }},
  notify = "all",
}})
"""


def until(get: Callable[[], T], good: Callable[[T], object], describe: Callable[[], str] = str) -> T:
    """Look again and again until what is seen is good; fail with the last seen and more after `PATIENCE`."""
    end = time.monotonic() + PATIENCE
    while True:
        seen = get()
        if good(seen):
            return seen
        if time.monotonic() > end:
            pytest.fail(f"waited {PATIENCE:.0f} s; last seen: {seen!r}\n{describe()}")
        time.sleep(0.05)


def children(pid: int) -> set[int]:
    """The processes that descend from one, as Linux tells."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(OSError):  # it ended just now
            for child in map(int, (task / "children").read_text().split()):
                found |= {child} | children(child)
    return found


def is_running(pid: int) -> bool:
    """Whether a process is there and not just waiting to be buried."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def wait_for_end(processes: set[int]) -> None:
    """Wait until none of these processes runs."""
    until(lambda: [*filter(is_running, processes)], lambda running: not running)


class Editor:
    """A Neovim without a screen, on its msgpack-RPC over standard input and output."""

    def __init__(self, argv: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(argv, cwd=folder, env=environment, stdin=PIPE, stdout=PIPE)
        self.unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
        self.serial = 0

    def call(self, method: str, *arguments: object) -> Any:
        """The result of a function of Neovim's API; its error is a RuntimeError."""
        self.serial += 1
        self.process.stdin.write(msgpack.packb([0, self.serial, method, list(arguments)]))
        self.process.stdin.flush()
        while True:
            for message in self.unpacker:
                if message[:2] == [1, self.serial]:
                    if message[2]:
                        raise RuntimeError(message[2][1])
                    return message[3]
            assert select.select([self.process.stdout], [], [], PATIENCE)[0], f"Neovim does not answer to {arguments}"
            received = os.read(self.process.stdout.fileno(), 1 << 16)
            assert received, "Neovim ended"
            self.unpacker.feed(received)

    def lua(self, code: str, *arguments: object) -> Any:
        """What a piece of Lua returns."""
        return self.call("nvim_exec_lua", code, list(arguments))

    def command(self, command: str) -> None:
        """Run an Ex command; what it prints goes to the messages."""
        self.call("nvim_exec2", command, {})

    def keys(self, keys: str) -> None:
        """Type keys and have them processed."""
        self.lua("vim.api.nvim_feedkeys(vim.keycode(...), 'xt', false)", keys)

    def line(self, text: str) -> int:
        """The number of the first line that is this text but for its indentation."""
        return [line.strip() for line in self.call("nvim_buf_get_lines", 0, 0, -1, False)].index(text) + 1

    def signs(self) -> dict[int, str]:
        """The highlight group of the sign that the plugin has drawn on each line (from 1) of the buffer."""
        marks = self.lua(
            "return vim.api.nvim_buf_get_extmarks(0, require('minicov.signs').namespace, 0, -1, { details = true })"
        )
        return {row + 1: details["sign_hl_group"] for _, row, _, details in marks if not details.get("invalid")}

    def go_to(self, text: str) -> None:
        """Put the cursor on the first line that is this text but for its indentation."""
        self.call("nvim_win_set_cursor", 0, [self.line(text), 0])

    def function_signs(self, start: str) -> dict[str, str]:
        """The marks of a function, given its first line: {line's text without indentation: "missed"…}."""
        texts = self.call("nvim_buf_get_lines", 0, 0, -1, False)
        first = texts.index(start) if start in texts else len(texts)
        signs = self.signs()
        marks = {}
        for number, text in enumerate(texts[first:], first + 1):
            if number > first + 1 and text and not text[0].isspace():
                break
            if number in signs:
                marks[text.strip()] = signs[number].removeprefix("Minicov").lower()
        return marks

    def messages(self) -> str:
        """All messages since the editor was started."""
        return str(self.call("nvim_exec2", "messages", {"output": True})["output"])

    def until(self, code: str, good: Callable[[Any], object], *arguments: object) -> Any:
        """Wait until what a piece of Lua returns is good."""
        return until(lambda: self.lua(code, *arguments), good, self.messages)

    def until_function_signs(self, start: str, marks: dict[str, str]) -> None:
        """Wait until these lines of a function, given its first, have these marks."""

        def seen() -> dict[str, str | None]:
            found = self.function_signs(start)
            return {text: found.get(text) for text in marks}

        until(seen, lambda found: found == marks, self.messages)

    def finished_run(self) -> Any:
        """Wait for the end of the run; what the plugin knows of it."""
        return self.until("return require('minicov.runs').latest()", lambda run: run and run.get("outcome"))

    def until_signs(self, good: Callable[[dict[int, str]], object]) -> None:
        """Wait for a state of the sign column."""
        until(self.signs, good, self.messages)

    def close(self) -> set[int]:
        """End the editor as a user does, and wait for all that it started to end; gives those processes."""
        started = children(self.process.pid)
        if self.process.poll() is None:
            self.process.stdin.write(msgpack.packb([2, "nvim_command", ["qall!"]]))
            self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
        wait_for_end(started)
        return started


class Terminal:
    """A Neovim on a terminal of 100 by 40 cells, which tmux holds."""

    def __init__(self, argv: list[str], folder: Path, environment: dict[str, str], socket: Path) -> None:
        self.socket = str(socket)
        command = ["env", "-i", *(f"{name}={value}" for name, value in environment.items()), *argv]
        self.tmux("new-session", "-d", "-x", "100", "-y", "40", "-c", str(folder), *command)

    def tmux(self, *arguments: str) -> str:
        """What a command of tmux prints, on a server of our own."""
        return subprocess.run(
            ["tmux", "-u", "-f", os.devnull, "-S", self.socket, *arguments],
            check=True,
            capture_output=True,
            text=True,
            encoding="utf-8",
        ).stdout

    def keys(self, *keys: str) -> None:
        """Type keys, by tmux's names for them."""
        self.tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type text as it is."""
        self.tmux("send-keys", "-l", text)

    def text(self) -> str:
        """The characters on the screen."""
        return self.tmux("capture-pane", "-p")

    def cells(self) -> list[list[tuple[str, str]]]:
        """The screen as rows of character and foreground colour (an SGR code).

        tmux writes a colour only where it changes, also across rows, so it is carried on.
        """
        rows, colour = [], ""
        for line in self.tmux("capture-pane", "-p", "-e").split("\n"):
            row = []
            for escape, character in re.findall(r"\x1b\[([0-9;]*)m|([^\x1b])", line):
                if character:
                    row.append((character, colour))
                else:
                    colour = foreground(escape, colour)
            rows.append(row)
        return rows

    def gutter(self) -> dict[str, tuple[str, str]]:
        """The sign and its colour of each row, by the row's text without its indentation."""
        seen = {}
        for row in self.cells():
            text = "".join(character for character, _ in row[2:]).strip()
            if text and row[0][0] != "~":
                seen[text] = row[0]
        return seen

    def until_text(self, pattern: str) -> str:
        """Wait until a regular expression matches somewhere on the screen."""
        return until(self.text, lambda text: re.search(pattern, text), self.text)

    def until_gutter(self, wanted: dict[str, tuple[str, str]]) -> None:
        """Wait until the rows with these texts have these signs in these colours."""
        until(
            lambda: {text: sign for text, sign in self.gutter().items() if text in wanted},
            lambda seen: seen == wanted,
            self.text,
        )

    def close(self) -> None:
        """End the terminal, and wait for all that ran in it to end."""
        started = children(int(self.tmux("display-message", "-p", "#{pid}")))
        self.tmux("kill-server")
        wait_for_end(started)


def foreground(escape: str, colour: str) -> str:
    """The foreground colour after an SGR sequence."""
    codes = (escape or "0").split(";")
    while codes:
        code = codes.pop(0)
        if code in ("38", "48"):  # 38;5;N or 38;2;R;G;B
            size = 2 if codes[0] == "5" else 4
            if code == "38":
                colour = ";".join(codes[:size])
            del codes[:size]
        elif code in ("0", "39"):
            colour = ""
        elif 30 <= int(code) <= 37 or 90 <= int(code) <= 97:
            colour = code
    return colour


@pytest.fixture(scope="session")
def nvim() -> str:
    """The path of Neovim."""
    found = os.environ.get("NVIM") or shutil.which("nvim")
    if not found:
        pytest.skip("no Neovim: NVIM does not name one and none is on PATH")
    return str(Path(found).absolute())


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Only what is named: no configuration, history or plugin of the person who runs this."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "NVIM_LOG_FILE": str(tmp_path / "nvim.log"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "TERM": "screen-256color",
    }


def record(folder: Path, environment: dict[str, str], test: str) -> None:
    """Run one test under `minicov run`: all that ran before the editor starts."""
    ran = subprocess.run(
        [Path(sys.executable).with_name("minicov"), "run", "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture
def more_itertools(unpack_more_itertools: Callable[[Path], Path], environment: dict[str, str], tmp_path: Path) -> Path:
    """more-itertools' folder, in which a test of `chunked()` without `strict` ran: a part of the function."""
    folder = unpack_more_itertools(tmp_path)
    record(folder, environment, "tests/test_more.py::ChunkedTests::test_even")
    return folder


@pytest.fixture
def basket(environment: dict[str, str], tmp_path: Path) -> Path:
    """A copy of the sample project, in which one of its tests ran."""
    folder = tmp_path / "basket"
    shutil.copytree(REPOSITORY / "tests" / "projects" / "demo", folder)
    record(folder, environment, "tests/test_basket.py::test_shipping_is_added")
    return folder


@pytest.fixture
def arguments(nvim: str, tmp_path: Path) -> list[str]:
    """The command line of a Neovim that has the plugin and the server, and nothing else."""
    server = Path(sys.executable).with_name("minicov-lsp")
    init = tmp_path / "init.lua"
    init.write_text(INIT.format(plugin=str(PLUGIN), server=str(server), python=sys.executable), "utf-8")
    return [nvim, "--clean", "-u", str(init)]


@pytest.fixture
def bare_editor(arguments: list[str], tmp_path: Path, environment: dict[str, str]) -> Iterator[Editor]:
    """Neovim with no file open: no server runs."""
    editor = Editor([*arguments, "--embed", "--headless"], tmp_path, environment)
    yield editor
    editor.close()


@pytest.fixture
def editor(arguments: list[str], basket: Path, environment: dict[str, str]) -> Iterator[Editor]:
    """Neovim without a screen, in the sample project, with `basket.py` open."""
    editor = Editor([*arguments, "--embed", "--headless", "basket.py"], basket, environment)
    yield editor
    editor.close()


@pytest.fixture
def more_editor(arguments: list[str], more_itertools: Path, environment: dict[str, str]) -> Iterator[Editor]:
    """Neovim without a screen, in more-itertools, with `more.py` open."""
    editor = Editor([*arguments, "--embed", "--headless", "more_itertools/more.py"], more_itertools, environment)
    yield editor
    editor.close()


@pytest.fixture
def more_terminal(
    arguments: list[str], more_itertools: Path, environment: dict[str, str], tmp_path: Path
) -> Iterator[Terminal]:
    """Neovim on a terminal, in more-itertools, with `more.py` open."""
    if not shutil.which("tmux"):
        pytest.skip("no tmux")
    terminal = Terminal([*arguments, "more_itertools/more.py"], more_itertools, environment, tmp_path / "tmux")
    yield terminal
    print(terminal.text())
    terminal.close()
