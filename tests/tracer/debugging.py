"""A client of the Debug Adapter Protocol (microsoft.github.io/debug-adapter-protocol), for what a breakpoint needs."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any


class Debugger:
    """One session with a debug adapter that listens on this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._stream = self._socket.makefile("rwb")
        self._count = 0
        self.seen: list[dict[str, Any]] = []
        """All that came, oldest first."""

    def ask(self, command: str, **arguments: object) -> int:
        """Send a request; its number."""
        self._count += 1
        message = {"seq": self._count, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self._stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._stream.flush()
        return self._count

    def answer(self, number: int) -> dict[str, Any]:
        """The body of the answer to a request, which must have succeeded."""
        found = self._wait("response", "request_seq", number)
        assert found["success"], found
        return dict(found.get("body") or {})

    def heard(self, event: str) -> dict[str, Any]:
        """The body of the next event of a kind, or of the first that came already."""
        return dict(self._wait("event", "event", event).get("body") or {})

    def _wait(self, kind: str, key: str, value: object) -> dict[str, Any]:
        while True:
            for message in self.seen:
                if message["type"] == kind and message.get(key) == value:
                    self.seen.remove(message)
                    return message
            length = 0
            while header := self._stream.readline().strip():
                length = int(header.partition(b":")[2]) if header.lower().startswith(b"content-length") else length
            assert length, "the adapter has gone"
            self.seen.append(json.loads(self._stream.read(length)))

    def attach(self, program: Path, line: int) -> None:
        """Attach to the program with a breakpoint on a line."""
        self.answer(self.ask("initialize", adapterID="tests", linesStartAt1=True, pathFormat="path"))
        attached = self.ask("attach", justMyCode=True)
        self.heard("initialized")
        self.answer(self.ask("setBreakpoints", source={"path": str(program)}, breakpoints=[{"line": line}]))
        self.answer(self.ask("configurationDone"))
        self.answer(attached)

    def place(self) -> tuple[int, int]:
        """The thread that stopped, and the line that it stands at."""
        thread = self.heard("stopped")["threadId"]
        frames = self.answer(self.ask("stackTrace", threadId=thread))["stackFrames"]
        return thread, frames[0]["line"]

    def close(self) -> None:
        """End the connection."""
        self._stream.close()
        self._socket.close()
