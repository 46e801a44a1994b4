"""The language server from its start to its end: wiring, and nothing else."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import sys
import threading
from pathlib import Path

from minicov_lsp.errors import RunError
from minicov_lsp.server.connection import Connection, StandardStreams, TcpStream
from minicov_lsp.server.features import (
    code_actions,
    code_lens,
    commands,
    covering_tests,
    details,
    diagnostics,
    explanations,
    files,
    go_to,
    gutters,
    hover,
    impacted,
    inlay_hints,
    lifecycle,
    open_report,
    renames,
    synchronization,
    test_runs,
    tests,
)
from minicov_lsp.server.frames import FrameError, FrameReader
from minicov_lsp.server.garbage import collect_when_quiet, spare_the_loop
from minicov_lsp.server.language_server import MinicovServer
from minicov_lsp.server.lifetime import end_on_signals, watch_client
from minicov_lsp.server.memory import share_one_pool
from minicov_lsp.server.own_log import log_to
from minicov_lsp.server.peers import is_of_another_user
from minicov_tracer.version import VERSION

log = logging.getLogger(__name__)

FEATURES = (
    lifecycle,
    synchronization,
    renames,
    gutters,
    diagnostics,
    hover,
    code_lens,
    inlay_hints,
    code_actions,
    covering_tests,
    details,
    files,
    tests,
    test_runs,
    commands,
    explanations,
    go_to,
    impacted,
    open_report,
)
"""One line a feature; each registers itself."""

_PATIENCE = 1.0
"""Seconds that threads get to end by themselves."""
_TURN = 0.0002
"""Seconds that a thread that works keeps the interpreter once the event loop wants it: the loop waits as long, several
times for each message. With less than this it waits for a core instead."""


def create() -> MinicovServer:
    """A server with all its features, not yet connected; made on a running event loop."""
    server = MinicovServer()
    for feature in FEATURES:
        feature.register(server)
    server.state.opened.append(server.live.watch)
    server.state.closed.append(server.live.unwatch)
    server.state.changed.append(server.live.rest)
    return server


async def _serve(server: MinicovServer, connection: Connection) -> None:
    """Serve a connected client until it says goodbye or is gone."""
    server.protocol.set_writer(connection)
    end_on_signals(lambda: server.stop(1))
    beside = (
        asyncio.create_task(watch_client(lambda: server.client_pid, lambda: server.stop(1))),
        asyncio.create_task(collect_when_quiet(lambda: server.last_message, lambda: server.state.is_busy)),
    )
    try:
        await server.stopped.wait()
    finally:
        for task in beside:
            task.cancel()
        await server.state.close(lifecycle.SHUTDOWN_TIME)
        server.live.close()
        server.executor.shutdown(wait=False, cancel_futures=True)
        server.texts.close()
        connection.close()


async def _serve_standard_streams() -> int:
    server = create()
    streams = StandardStreams()
    streams.start(_Receiver(server), lambda: server.stop(1))
    await _serve(server, streams)
    return server.status


async def _serve_tcp(host: str, port: int) -> int:
    """Serve the first client of our user that connects: it can start programs in that one's name."""
    connected: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
        asyncio.get_running_loop().create_future()
    )

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer, own = (writer.get_extra_info(name)[:2] for name in ("peername", "sockname"))
        if is_of_another_user(peer, own):
            log.warning("turned away a client that another user of this machine runs")
            writer.close()
        elif connected.done():
            writer.close()
        else:
            connected.set_result((reader, writer))

    listener = await asyncio.start_server(accept, host, port)
    print(f"minicov-lsp: listening on {host}:{listener.sockets[0].getsockname()[1]}", file=sys.stderr, flush=True)  # noqa: T201
    reader, writer = await connected
    listener.close()
    server = create()
    reading = asyncio.create_task(TcpStream.read(reader, _Receiver(server)))
    reading.add_done_callback(lambda _: server.stop(1))
    await _serve(server, TcpStream(writer))
    return server.status


class _Receiver:
    """Takes bytes from a connection and hands their messages to the protocol."""

    def __init__(self, server: MinicovServer) -> None:
        self._server = server
        self._frames = FrameReader()

    def __call__(self, data: bytes) -> None:
        """Some bytes came."""
        self._server.last_message = asyncio.get_running_loop().time()
        try:
            for body in self._frames.feed(data):
                self._server.protocol.receive(body)
        except FrameError as error:
            log.error("the client's stream can't be read on: %s", error)  # noqa: TRY400  # a traceback says nothing more
            self._server.stop(1)


def serve(address: tuple[str, int] | None = None, log_file: Path | None = None) -> int:
    """Run the language server on standard input and output, or for one TCP client; its exit status.

    Raises RunError for an address that other machines could reach, OSError where it can't be listened at.
    """
    if address is not None and not _is_loopback(address[0]):
        raise RunError(
            f"{address[0]} is not this machine's loopback interface: whoever reaches the server can start programs"
            " through it; use 127.0.0.1"
        )
    _leave_current_folder_alone()
    if log_file is not None:
        log_to(log_file)
    log.info("minicov %s on Python %s, process %d", VERSION, sys.version.split()[0], os.getpid())
    spare_the_loop()
    share_one_pool()
    sys.setswitchinterval(_TURN)
    return _run(address)


def _run(tcp: tuple[str, int] | None) -> int:
    status = asyncio.run(_serve_tcp(*tcp) if tcp is not None else _serve_standard_streams())
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(_PATIENCE)
            if thread.is_alive():
                # A worker that still parses or merges would hold up the end; a merge may be killed anywhere.
                log.warning("%s did not end in time", thread.name)
                logging.shutdown()
                os._exit(status)
    return status


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _leave_current_folder_alone() -> None:
    """Import nothing from the folder that the server was started in: `python -m` puts it on sys.path.

    It stays where minicov itself is run from its checkout.
    """
    here = Path.cwd()
    own = Path(__file__).resolve().parents[2]
    if here.resolve() != own:
        sys.path[:] = [entry for entry in sys.path if entry not in ("", str(here), str(here.resolve()))]
