"""The URIs of a client, which may be anything."""

from __future__ import annotations

import re

from pygls import uris

_THIS_MACHINE = re.compile(r"(?i)\Afile://localhost(?=/)")
"""RFC 8089: the same as no host."""


def to_fs_path(uri: str) -> str | None:
    """The name of the file that a URI stands for; None for what is no file, or no URI."""
    try:
        path = uris.to_fs_path(_THIS_MACHINE.sub("file://", uri))
    except ValueError:  # "http://[::1"
        return None
    return path if path is None or "\0" not in path else None
