"""Adding many rows to a table."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import chain

_AT_ONCE = 50
"""So many rows are added by one statement: to begin and end it takes as long as to add a row."""


def insert(connection: sqlite3.Connection, head: str, row: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Add rows in their order; `head` is SQL up to VALUES, `row` that of one row, such as "(?, ?)"."""
    whole = len(rows) - len(rows) % _AT_ONCE
    some = (list(chain.from_iterable(rows[start : start + _AT_ONCE])) for start in range(0, whole, _AT_ONCE))
    connection.executemany(f"{head} VALUES {', '.join([row] * _AT_ONCE)}", some)
    connection.executemany(f"{head} VALUES {row}", rows[whole:])
