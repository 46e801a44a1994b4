"""A client of the language server that looks at the clock: what it says, and when the server said what."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from residence import Residence

PATIENCE = 180.0
"""Seconds after which the server won't say it any more."""
_SHORT = 4096
"""Bytes; no request of the server has more, and pictures have."""


class Said:
    """A message, read when it is first looked at: it is the server's time that counts, not that of reading JSON."""

    def __init__(self, came: float, body: bytes) -> None:
        self.came = came
        """Seconds since the epoch."""
        self.body = body

    @cached_property
    def message(self) -> dict[str, Any]:
        """What the body says."""
        said: dict[str, Any] = json.loads(self.body)
        return said

    def answers(self, request: int | str) -> bool:
        """Whether it is the answer to a request."""
        named = f'"id": {json.dumps(request)}'.encode() in self.body
        return named and self.message.get("id") == request and "method" not in self.message

    def tells_of_an_end(self) -> bool:
        """Whether it says that a run of tests has ended."""
        return b'"minicov/testRun"' in self.body and self.message["params"]["event"] == "finished"


class Client:
    """A server process, and when it said what."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "minicov_lsp", "lsp"]
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.said: list[Said] = []
        self.memory = Residence(self.process.pid)
        self._changed = threading.Condition()
        self._ids = 0
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, **message: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def request(self, method: str, params: Any = None) -> tuple[float, dict[str, Any]]:
        """The answer, and the milliseconds that it took."""
        self._ids += 1
        number, after, sent = self._ids, len(self.said), time.time()
        self.send(id=number, method=method, params=params)
        answer = self.wait(lambda said: said.answers(number), after)
        return 1000 * (answer.came - sent), answer.message

    def wait(self, accept: Callable[[Said], bool], after: int = 0) -> Said:
        """The first accepted message from the `after`th on."""
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            while True:
                for said in self.said[after:]:
                    if accept(said):
                        return said
                after = len(self.said)
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError("the server did not say it")

    def gutters(self, name: str, after: int = 0, mark: Callable[[dict[str, Any]], bool] = lambda _: True) -> float:
        """When the first picture of a file came that is as wanted."""
        uri = (self.folder / name).as_uri()
        wanted = "minicov/gutters"

        def is_wanted(said: Said) -> bool:
            params = said.message.get("params")
            return said.message.get("method") == wanted and params["uri"] == uri and mark(params)

        return self.wait(is_wanted, after).came

    def initialize(self) -> float:
        """Say hello once the process is up; when that was."""
        self.request("bench/areYouThere")
        sent = time.time()
        self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": self.folder.as_uri(),
                "workspaceFolders": [{"uri": self.folder.as_uri(), "name": "bench"}],
                "capabilities": {},
                "initializationOptions": {"minicov": {"gutters": True, "testRuns": True, "python": sys.executable}},
            },
        )
        self.send(method="initialized", params={})
        return sent

    def open(self, name: str) -> None:
        text = (self.folder / name).read_text("utf-8")
        item = {"uri": (self.folder / name).as_uri(), "languageId": "python", "version": 1, "text": text}
        self.send(method="textDocument/didOpen", params={"textDocument": item})

    def type(self, name: str, line: int, version: int) -> None:
        """Put a letter before what a line ends with, which leaves it Python."""
        at = {"line": line, "character": 16}
        params = {
            "textDocument": {"uri": (self.folder / name).as_uri(), "version": version},
            "contentChanges": [{"range": {"start": at, "end": at}, "text": "x"}],
        }
        self.send(method="textDocument/didChange", params=params)

    def cpu(self) -> float:
        """Milliseconds that all of the server's threads have run."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return 1000 * (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def loop(self) -> float:
        """Milliseconds that the thread of the event loop has run; waiting for a core is not in it."""
        return int(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/schedstat").read_text().split()[0]) / 1e6

    def close(self) -> None:
        self.request("shutdown")
        self.send(method="exit")
        self.process.wait(60)

    def _read(self) -> None:
        while header := self.process.stdout.readline():
            while self.process.stdout.readline().strip():
                pass
            body = self.process.stdout.read(int(header.partition(b":")[2]))
            said = Said(time.time(), body)
            with self._changed:
                self.said.append(said)
                self._changed.notify_all()
            if len(body) < _SHORT and "method" in said.message and "id" in said.message:
                self.send(id=said.message["id"], result=None)
