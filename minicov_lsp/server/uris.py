"""The URIs of a client, which may be anything."""

from __future__ import annotations

from pygls import uris


def to_fs_path(uri: str) -> str | None:
    """The name of the file that a URI stands for; None for what is no file, or no URI."""
    try:
        path = uris.to_fs_path(uri)
    except ValueError:  # "http://[::1"
        return None
    return path if path is None or "\0" not in path else None
