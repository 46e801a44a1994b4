"""Whose program is at the other end of a connection within this machine."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from pathlib import Path

Address = tuple[str, int]
"""(IP address, port), as a socket has it."""

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_WORD = 4
"""Bytes; the tables write addresses as numbers of so many, each in the machine's own order."""


def is_of_another_user(peer: Address, own: Address) -> bool:
    """Whether a user other than ours, or root, made the connection to `own` that comes from `peer`.

    Only Linux tells; elsewhere, and of a connection that is not there any more, nothing is known: False.
    """
    return any(user not in (os.getuid(), 0) for user in _owners(_written(peer), _written(own)))


def _owners(local: str, remote: str) -> Iterator[int]:
    """The user ids of the sockets between two addresses (proc(5): the fields of a line, and uid the eighth)."""
    for table in _TABLES:
        try:
            lines = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[1:3] == [local, remote]:
                yield int(fields[7])


def _written(address: Address) -> str:
    packed = ipaddress.ip_address(address[0]).packed
    words = (packed[at : at + _WORD] for at in range(0, len(packed), _WORD))
    digits = "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
    return f"{digits}:{address[1]:04X}"
