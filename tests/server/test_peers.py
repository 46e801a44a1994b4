"""Whose program is at the other end of a connection within this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from minicov_lsp.server.peers import is_of_another_user

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
needs_table = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system doesn't tell")


@contextmanager
def acting_as(user: int) -> Iterator[None]:
    """What is opened meanwhile belongs to that user."""
    own = os.geteuid()
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(own)


@contextmanager
def connected(host: str, user: int) -> Iterator[bool]:
    """Whether a connection that a user makes to a socket of ours is said to be another's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"nothing can listen at {host}")
    with listener:
        with acting_as(user):
            client = socket.create_connection(listener.getsockname()[:2])
        accepted, _ = listener.accept()
        with client, accepted:
            yield is_of_another_user(accepted.getpeername()[:2], accepted.getsockname()[:2])


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_our_own(host):
    """A connection of our user's is not another's."""
    with connected(host, os.geteuid()) as is_anothers:
        assert not is_anothers


@needs_table
@needs_root
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_another_users(host):
    """That of another user is, with each kind of address."""
    with connected(host, NOBODY) as is_anothers:
        assert is_anothers


def test_a_connection_that_is_gone():
    """Of what is in no table nothing is known."""
    assert not is_of_another_user(("127.0.0.1", 1), ("127.0.0.1", 2))
