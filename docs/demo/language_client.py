"""The smallest language client that can hold a session with a server on its standard input and output."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

Message = dict[str, Any]

ANSWERS: dict[str, Callable[[Any], Any]] = {
    "workspace/configuration": lambda params: [None] * len(params["items"]),
    "workspace/applyEdit": lambda params: {"applied": False},
}
"""What the server may ask; every other question is answered with null."""


class ServerEndedError(RuntimeError):
    """The server closed its output while something was awaited."""


class LanguageClient:
    """One server process; everything happens on the event loop that started it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._input, self._output = process, process.stdin, process.stdout
        self._requests: dict[int, asyncio.Future[Any]] = {}
        self._notifications: list[Message] = []
        self._changed = asyncio.Condition()
        self._has_ended = False
        self._reading = asyncio.create_task(self._read())

    async def request(self, method: str, params: Any = None) -> Any:
        """The server's result; its error is a RuntimeError."""
        number = len(self._requests) + 1
        answer = self._requests[number] = asyncio.get_running_loop().create_future()
        self._send({"id": number, "method": method, "params": params})
        return await answer

    def notify(self, method: str, params: Any = None) -> None:
        """Tell the server something that needs no answer."""
        self._send({"method": method, "params": params})

    async def wait_for(self, method: str, accept: Callable[[Any], bool], after: int = 0) -> tuple[int, Any]:
        """The first accepted notification from position `after` on: (the position behind it, its params)."""
        while True:
            for position, message in enumerate(self._notifications[after:], start=after + 1):
                after = position
                if message["method"] == method and accept(message.get("params")):
                    return position, message.get("params")
            if self._has_ended:
                raise ServerEndedError(f"the server ended before {method} came")
            async with self._changed:
                if len(self._notifications) == after and not self._has_ended:
                    await self._changed.wait()

    async def shut_down(self) -> None:
        """End the server in the protocol's way. Raises RuntimeError where its exit status is not 0."""
        await self.request("shutdown")
        self.notify("exit")
        status = await self._process.wait()
        if status:
            raise RuntimeError(f"the server ended with status {status}")

    async def abandon(self) -> None:
        """Close the server's input: that ends it, whatever it was doing, if it hasn't ended already."""
        self._input.close()
        await self._process.wait()
        await self._reading

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._input.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def _read(self) -> None:
        """Take the server's messages until it ends; then nothing that is awaited can come any more."""
        try:
            while header := await self._output.readuntil(b"\r\n\r\n"):
                fields = dict(line.lower().split(b":", 1) for line in header.split(b"\r\n") if line)
                body = await self._output.readexactly(int(fields[b"content-length"]))
                await self._take(json.loads(body))
        except asyncio.IncompleteReadError:
            for answer in self._requests.values():
                if not answer.done():
                    answer.set_exception(ServerEndedError("the server ended before it answered"))
        finally:
            self._has_ended = True
            await self._wake()

    async def _take(self, message: Message) -> None:
        if "method" not in message:
            answer = self._requests[message["id"]]
            if "error" in message:
                answer.set_exception(RuntimeError(message["error"]["message"]))
            else:
                answer.set_result(message.get("result"))
        elif "id" in message:
            answer_to = ANSWERS.get(message["method"])
            self._send({"id": message["id"], "result": answer_to(message.get("params")) if answer_to else None})
        else:
            self._notifications.append(message)
            await self._wake()

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def language_server(
    command: list[str], folder: Path, environment: dict[str, str]
) -> AsyncIterator[LanguageClient]:
    """A client of a server in `folder` that ends with the block; its standard error stays the caller's."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=folder, env=environment)
    client = LanguageClient(process)
    try:
        yield client
    finally:
        await client.abandon()
