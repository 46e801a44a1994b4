"""From initialize to the end, whatever the client does."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.server.test_peers import NOBODY, acting_as, needs_root, needs_table

ENDS_WITHIN = 5.0


def ends(client) -> int:
    """The exit status, which must come in time."""
    started = time.monotonic()
    status = client.process.wait(60)
    assert time.monotonic() - started < ENDS_WITHIN
    return status


def test_goodbye_in_the_protocols_way_is_status_0(client):
    """The request is answered, `exit` ends the process."""
    assert client.leave() == 0
    assert client.errors == []


def test_exit_without_shutdown_is_status_1(client):
    """As the protocol has it."""
    client.notify("exit")
    assert ends(client) == 1


def test_exit_before_initialize_ends_it(start):
    """A client may think better of it; how long the server takes to start is not counted."""
    client = start()
    client.error("minicov/files", {})
    client.notify("exit")
    assert ends(client) == 1


def test_a_closed_standard_input_ends_it(client):
    """A client that is gone needs no server."""
    client.process.stdin.close()
    assert ends(client) == 1


def test_a_client_process_that_is_gone_ends_it(start, project):
    """Even if something else holds the pipes open."""
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    client = start(project)
    client.initialize(processId=other.pid)
    other.communicate(b"\n")
    assert ends(client) == 1


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_sigterm_ends_it(client):
    """Politely asked, it goes."""
    client.process.send_signal(signal.SIGTERM)
    assert ends(client) == 1


def test_nothing_is_served_before_initialize_or_after_shutdown(start, project):
    """Each with the error that the protocol names."""
    client = start(project)
    assert client.error("textDocument/hover", {})["code"] == -32002
    client.initialize()
    assert client.error("initialize", {"processId": None, "rootUri": None, "capabilities": {}})["code"] == -32600
    client.request("shutdown")
    assert client.error("minicov/files", {})["code"] == -32600
    client.notify("exit")
    assert ends(client) == 0


MALFORMED = [
    ("textDocument/hover", {"textDocument": {"uri": "file:///a.py"}}),
    ("textDocument/hover", {"textDocument": {"uri": 5}, "position": {"line": 0, "character": 0}}),
    ("textDocument/hover", {"textDocument": {"uri": "file:///a.py"}, "position": {"line": "0", "character": 0}}),
    ("textDocument/hover", {"textDocument": {"uri": "file:///a.py"}, "position": {"line": -1, "character": 0}}),
    ("textDocument/hover", []),
    ("textDocument/hover", None),
    ("textDocument/codeAction", {"textDocument": {}, "range": {}, "context": {}}),
    ("minicov/gutters", {}),
    ("minicov/gutters", {"textDocument": "file:///a.py"}),
    ("minicov/gutters", 7),
    ("minicov/coveringTests", {"textDocument": {"uri": "file:///a.py"}}),
    ("minicov/coveringTests", {"textDocument": {"uri": "file:///a.py"}, "range": {"start": 1, "end": 2}}),
    ("minicov/tests", {"textDocument": 3}),
    ("workspace/executeCommand", {"command": "minicov.noSuchCommand"}),
    ("workspace/executeCommand", {"command": "minicov.runTest"}),
    ("workspace/executeCommand", {"command": "minicov.runTest", "arguments": ["tests/t.py::test_a"]}),
    ("workspace/executeCommand", {"command": "minicov.runTest", "arguments": [[]]}),
    ("workspace/executeCommand", {"command": "minicov.runTest", "arguments": [["a"], "file:///elsewhere"]}),
    ("workspace/executeCommand", {"command": "minicov.runCoveringTests", "arguments": ["file:///a.py", 3]}),
    ("workspace/executeCommand", {"command": "minicov.cancel", "arguments": [None]}),
    ("workspace/executeCommand", {"command": "minicov.runAll", "arguments": [1, 2, 3]}),
]


def test_malformed_params_are_answered_and_never_shown(client):
    """InvalidParams with a sentence; no pop-up, no traceback, and the server goes on."""
    for method, params in MALFORMED:
        error = client.error(method, params)
        assert (error["code"], bool(error["message"])) == (-32602, True), (method, params, error)
        assert "Traceback" not in str(error)
    client.notify("textDocument/didChange", {"textDocument": 5})
    client.notify("workspace/didChangeWatchedFiles", None)
    client.notify("$/cancelRequest", {"id": {}})
    assert client.request("minicov/files", {}) == []
    assert client.messages() == []
    assert b"Traceback" not in b"".join(client.errors)


def test_unknown_methods(client):
    """A request is answered with MethodNotFound, a notification is passed over."""
    assert client.error("minicov/noSuchThing", {})["code"] == -32601
    client.notify("minicov/noSuchThing", {})
    client.notify("$/setTrace", {"value": "off"})
    assert client.request("minicov/files", {}) == []


def test_what_is_no_message_is_answered_too(client):
    """Broken JSON, no object, another version: an error, with the id where there is one; the next message is served."""
    for body, number, code in [
        (b"{nonsense", None, -32700),
        (b"[]", None, -32600),
        (b'"text"', None, -32600),
        (b'{"id": 71, "method": "shutdown"}', 71, -32600),
        (b'{"jsonrpc": "2.0", "id": 72, "method": 5}', 72, -32600),
        (b"\xff\xfe", None, -32700),
        (b"[" * 100_000, None, -32700),
    ]:
        after = client.now
        client.send_bytes(b"content-length:%d\r\nContent-Type: x\r\n\r\n%s" % (len(body), body))
        answer = client.wait(lambda message: "error" in message, after)
        assert (answer["id"], answer["error"]["code"]) == (number, code), body[:40]
    assert client.request("minicov/files", {}) == []


def test_a_stream_that_is_not_the_protocol_ends_it(client):
    """Where the next message begins nobody knows."""
    client.send_bytes(b"GET / HTTP/1.1\r\n\r\n")
    assert ends(client) == 1


def test_messages_may_arrive_in_pieces(client):
    """Bytes come as the pipe has them."""
    body = b'{"jsonrpc":"2.0","id":900,"method":"minicov/files","params":{}}'
    for byte in b"Content-Length: %d\r\n\r\n%s" % (len(body), body):
        client.send_bytes(bytes([byte]))
    assert client.answer(900)["result"] == []


def test_nothing_is_imported_from_the_project(start, project):
    """A project's own modules must not become ours, also when the server is started in its folder with `-m`."""
    marker = project / "imported"
    for name in (
        "json",
        "typing",
        "asyncio",
        "logging",
        "sqlite3",
        "pygls",
        "watchdog",
        "sitecustomize",
        "minicov_tracer",
    ):
        (project / f"{name}.py").write_text(f"open({str(marker)!r}, 'a').write({name!r})\n")
    client = start(project)
    client.initialize()
    client.open("signs.py")
    client.open("tests/test_signs.py")
    client.request("minicov/tests", {})
    client.gutters("signs.py")
    client.request(
        "textDocument/hover", {"textDocument": {"uri": client.uri("signs.py")}, "position": {"line": 1, "character": 0}}
    )
    assert client.leave() == 0
    assert not marker.exists()


def listening_at(client) -> int:
    """The port that a server tells on standard error."""
    deadline = time.monotonic() + 30
    while not (found := re.search(rb"127\.0\.0\.1:(\d+)", b"".join(client.errors))) and time.monotonic() < deadline:
        time.sleep(0.01)
    return int(found[1])


def initialized_by_tcp(port: int) -> bytes:
    """All that a server says to a client that comes and goes."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for message in (
            {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
            {"id": 2, "method": "shutdown"},
            {"method": "exit"},
        ):
            body = json.dumps({"jsonrpc": "2.0", **message}).encode()
            connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        said = b""
        while data := connection.recv(65536):
            said += data
    return said


def test_tcp_serves_one_client_of_this_machine(start, project):
    """For debugging: the port is told on standard error."""
    client = start(project, "--tcp", "127.0.0.1:0")
    assert b'"capabilities"' in initialized_by_tcp(listening_at(client))
    assert ends(client) == 0


@needs_table
@needs_root
def test_other_users_are_not_served(start, project):
    """A client of another user is turned away, and the one after it is served."""
    client = start(project, "--tcp", "127.0.0.1:0")
    port = listening_at(client)
    with acting_as(NOBODY):
        connection = socket.create_connection(("127.0.0.1", port))
    with connection:
        assert connection.recv(1) == b""
    assert b'"capabilities"' in initialized_by_tcp(port)
    assert ends(client) == 0


def test_other_machines_are_not_served(start, project):
    """Whoever reaches the server can start programs through it."""
    client = start(project, "--tcp", "0.0.0.0:0")
    assert client.process.wait(60) == 1
    client.process.stdin.close()
    deadline = time.monotonic() + 30
    while b"loopback" not in b"".join(client.errors) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(client.errors) == 1
