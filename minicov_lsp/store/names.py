"""The names of contexts, by the characters that stand for them in footprints."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

_NAMES = """
    SELECT char(c.id), p.label || c.label
    FROM json_each(?) j CROSS JOIN context c ON c.id = j.value CROSS JOIN prefix p ON p.id = c.prefix_id
"""


def split(name: str) -> tuple[str, str]:
    """(its prefix, the rest) of a context's name, as `prefix` and `context` have them."""
    start = name.rfind("::") + 2 if "::" in name else 0
    return name[:start], name[start:]


class Names:
    """Those that one connection was asked for, for as long as its data file stays as it is; for one thread at a time.

    Files are mostly run by the same tests, and a character that is free again may come to stand for another name.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._version: object = None

    def of(self, connection: sqlite3.Connection, contexts: str) -> Mapping[str, str]:
        """{character: name} of at least these contexts, if they are there. In a transaction. Raises sqlite3.Error."""
        version = connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._known, self._version = {}, version
        lacking = set(contexts).difference(self._known)
        if lacking:
            self._known.update(connection.execute(_NAMES, (json.dumps(sorted(map(ord, lacking))),)))
        return self._known
