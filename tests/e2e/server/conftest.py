"""A language client that can misbehave, and projects for it; the server is a process of its own, as in an editor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 60.0
"""Seconds of silence after which something must be wrong; other work may share the machine."""

Message = dict[str, Any]


class Client:
    """One server process and all that it said."""

    def __init__(
        self, folder: Path, environment: dict[str, str], arguments: tuple[str, ...] = (), by: tuple[str, ...] = ()
    ) -> None:
        """Start a server; `by` is what starts it in our place."""
        self.folder = folder
        self.process = subprocess.Popen(
            [*by, sys.executable, "-m", "minicov_lsp", "lsp", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.received: list[Message] = []
        self.errors: list[bytes] = []
        self.answers: dict[str, Any] = {"workspace/configuration": lambda params: [None] * len(params["items"])}
        self._changed = threading.Condition()
        self._ids = 0
        for read in (self._read, self._read_errors):
            threading.Thread(target=read, daemon=True).start()

    # Sending

    def send_bytes(self, data: bytes) -> None:
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: Any = None) -> int:
        """Send a request; its id."""
        self._ids += 1
        self.send({"id": self._ids, "method": method, "params": params})
        return self._ids

    def request(self, method: str, params: Any = None) -> Any:
        """The result; an error fails the test."""
        answer = self.answer(self.ask(method, params))
        assert "error" not in answer, answer
        return answer["result"]

    def error(self, method: str, params: Any = None) -> Message:
        """The error that a request is answered with."""
        return self.answer(self.ask(method, params))["error"]

    def command(self, command: str, *arguments: Any) -> Any:
        return self.request("workspace/executeCommand", {"command": command, "arguments": list(arguments)})

    # Hearing

    def answer(self, number: int | None) -> Message:
        return self.wait(lambda message: "method" not in message and message.get("id") == number)

    def wait(self, accept: Callable[[Message], bool], after: int = 0) -> Message:
        """The first accepted message, from the `after`th on; while others come, it may come too."""
        with self._changed:
            while True:
                for message in self.received[after:]:
                    if accept(message):
                        return message
                after = len(self.received)
                if not self._changed.wait(PATIENCE):
                    raise AssertionError(f"it did not come; {self.received[-12:]}\n{b''.join(self.errors).decode()}")

    def told(self, method: str, after: int = 0) -> list[Any]:
        """The params of all notifications of one kind so far."""
        with self._changed:
            return [message.get("params") for message in self.received[after:] if message.get("method") == method]

    def heard(self, method: str, accept: Callable[[Any], bool] = lambda _: True, after: int = 0) -> Any:
        """The params of the first accepted notification or request of one kind."""
        found = self.wait(lambda message: message.get("method") == method and accept(message.get("params")), after)
        return found.get("params")

    def asked_again(self, told: str, ask: Callable[[], Any], accept: Callable[[Any], bool]) -> Any:
        """The first accepted answer to a question that is asked again whenever the server says so, as editors do."""
        while True:
            after = self.now
            answer = ask()
            if accept(answer):
                return answer
            self.heard(told, after=after)

    @property
    def now(self) -> int:
        """How many messages came so far."""
        with self._changed:
            return len(self.received)

    def _read(self) -> None:
        while header := self.process.stdout.readline():
            length = int(header.partition(b":")[2])
            while self.process.stdout.readline().strip():
                pass
            message = json.loads(self.process.stdout.read(length))
            with self._changed:
                self.received.append(message)
                self._changed.notify_all()
            if "method" in message and "id" in message:
                answer = self.answers.get(message["method"])
                self.send({"id": message["id"], "result": answer(message.get("params")) if answer else None})

    def _read_errors(self) -> None:
        while data := self.process.stderr.readline():
            self.errors.append(data)

    # What editors do

    def initialize(self, capabilities: Message | None = None, **more: Any) -> Any:
        params = {
            "processId": os.getpid(),
            "rootUri": self.folder.as_uri(),
            "workspaceFolders": [{"uri": self.folder.as_uri(), "name": self.folder.name}],
            "capabilities": {
                "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}},
                **(capabilities or {}),
            },
            "initializationOptions": {"minicov": {"gutters": True, "testRuns": True, "python": sys.executable}},
            **more,
        }
        result = self.request("initialize", params)
        self.notify("initialized", {})
        return result

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str | None = None, version: int = 1) -> str:
        uri = self.uri(name)
        text = text if text is not None else (self.folder / name).read_text("utf-8")
        self.notify(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": "python", "version": version, "text": text}},
        )
        return uri

    def change(self, name: str, version: int, *changes: Message) -> None:
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": self.uri(name), "version": version}, "contentChanges": list(changes)},
        )

    def gutters(self, name: str) -> Any:
        return self.request("minicov/gutters", {"textDocument": {"uri": self.uri(name)}})

    def shown(self, name: str, state: str, after: int = 0) -> Any:
        """The first picture of a document in some state."""
        uri = self.uri(name)
        return self.heard("minicov/gutters", lambda told: told["uri"] == uri and told["state"] == state, after)

    def finish(self, run: Message) -> list[Any]:
        """Wait for the end of a run; all that was told of it."""
        self.heard("minicov/testRun", lambda told: told["runId"] == run["runId"] and told["event"] == "finished")
        return [told for told in self.told("minicov/testRun") if told["runId"] == run["runId"]]

    def messages(self) -> list[str]:
        """What the user was shown."""
        return [told["message"] for told in self.told("window/showMessage")]

    def leave(self) -> int:
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(PATIENCE)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Starts servers in a folder; whatever is left of them ends with the test."""
    clients: list[Client] = []

    def begin(folder: Path | None = None, *arguments: str, by: tuple[str, ...] = (), **environment: str) -> Client:
        clients.append(Client(folder or tmp_path, {**os.environ, **environment}, arguments, by))
        return clients[-1]

    yield begin
    for client in clients:
        if client.process.poll() is None:
            client.process.stdin.close()
            client.process.wait(PATIENCE)


SOURCE = """\
def sign(number):
    if number < 0:
        return -1
    return 1


def unused():
    return "never"
"""

TESTS = """\
import pytest
from signs import sign


@pytest.mark.parametrize("number", [1, 2])
def test_positive(number):
    assert sign(number) == 1


class TestMore:
    def test_large(self):
        assert sign(10**9) == 1
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with its tests."""
    folder = tmp_path / "project with spaces"
    (folder / "tests").mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\ntestpaths = ["tests"]\n')
    (folder / "signs.py").write_text(SOURCE)
    (folder / "tests" / "test_signs.py").write_text(TESTS)
    return folder


@pytest.fixture
def client(start: Callable[..., Client], project: Path) -> Client:
    """A client whose server is initialized in the project."""
    made = start(project)
    made.initialize()
    return made
