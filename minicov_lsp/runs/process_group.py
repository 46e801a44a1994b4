"""A program and all its children: started together, ended together."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import functools
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from minicov_lsp.errors import RunError

GRACE = 2.0
"""Seconds between asking a group to end and making it end."""
OUTPUT_LIMIT = 1024 * 1024
"""Characters of output that are passed on; the rest is read and dropped."""
OUTPUT_PAUSE = 0.05
"""Seconds for which output is gathered before it is passed on."""
_DRAIN = 1.0
"""Seconds to wait for the end of the output once the program has ended; a daemon it left may hold it open."""
_POLL = 0.02


class ProcessGroup:
    """One program in a process group of its own; used on the event loop that started it."""

    def __init__(self, process: asyncio.subprocess.Process, output: int, told: Callable[[str], None]) -> None:
        self._process = process
        self._output = _Output(told)
        self._output_ended = asyncio.Event()
        # A thread, because no event loop reads such a pipe on every system.
        reading = functools.partial(self._read, asyncio.get_running_loop(), output)
        threading.Thread(target=reading, name="minicov-run-output", daemon=True).start()

    @classmethod
    async def start(
        cls, command: Sequence[str], folder: Path, environment: Mapping[str, str], told: Callable[[str], None]
    ) -> ProcessGroup:
        """Start a command; `told` gets what it writes to standard output and error, as it comes.

        Raises RunError when it can't be started.
        """
        # asyncio's own pipe would keep `wait` waiting for a daemon that the program left behind.
        reading, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=folder,
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
            )
        except BaseException as error:
            os.close(reading)
            if isinstance(error, OSError | ValueError):
                reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                raise RunError(f"{command[0]} could not be started in {folder}: {reason}") from error
            raise
        finally:
            os.close(writing)
        return cls(process, reading, told)

    @property
    def pid(self) -> int:
        """The program's process id, which is its group's too."""
        return self._process.pid

    async def wait(self) -> int:
        """The program's exit status (-N for signal N), after all its output was told."""
        status = await self._process.wait()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._output_ended.wait(), _DRAIN)
        self._output.end()
        return status

    async def end(self, grace: float = GRACE) -> None:
        """End every process of the group: by SIGTERM, after `grace` seconds by SIGKILL."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + grace
        try:
            self._signal(signal.SIGTERM)
            while self._is_alive() and loop.time() < deadline:
                await asyncio.sleep(_POLL)
        finally:
            self.kill()

    def kill(self) -> None:
        """End every process of the group at once."""
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def _is_alive(self) -> bool:
        """Whether any process of the group is left (one that nobody reaps counts)."""
        if not hasattr(os, "killpg"):
            return self._process.returncode is None
        return self._signal(0)

    def _signal(self, number: int) -> bool:
        """Whether there was anybody to send it to."""
        try:
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, number)
            elif self._process.returncode is None:
                self._process.send_signal(number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _read(self, loop: asyncio.AbstractEventLoop, output: int) -> None:
        """Read in a thread until nobody can write any more."""
        with contextlib.suppress(RuntimeError), open(output, "rb", buffering=0) as pipe:
            while data := pipe.read(65536):
                loop.call_soon_threadsafe(self._output.add, data)
            loop.call_soon_threadsafe(self._output_ended.set)


class _Output:
    """Decodes output, gathers it for a moment and cuts it off where it is too much."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._gathered: list[str] = []
        self._left = OUTPUT_LIMIT
        self._timer: asyncio.TimerHandle | None = None

    def add(self, data: bytes) -> None:
        """Take bytes as they come."""
        self._gather(self._decoder.decode(data))

    def end(self) -> None:
        """Tell all there is; what comes later is nobody's."""
        self._gather(self._decoder.decode(b"", final=True))
        self._tell()
        self._left = 0

    def _tell(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        text, self._gathered = "".join(self._gathered), []
        if text:
            self._told(text)

    def _gather(self, text: str) -> None:
        if not text or self._left <= 0:
            return
        if len(text) > self._left:
            notice = f"[minicov: more than {OUTPUT_LIMIT} characters of output; the rest is left out]"
            text = f"{text[: self._left]}\n{notice}\n"
            self._left = 0
        else:
            self._left -= len(text)
        self._gathered.append(text)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(OUTPUT_PAUSE, self._tell)
