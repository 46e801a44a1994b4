"""Adding many rows to a table."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

_AT_ONCE = 50
"""So many rows are added by one statement: to begin and end it takes as long as to add a row."""


def insert(connection: sqlite3.Connection, head: str, row: str, values: Sequence[object]) -> None:
    """Add rows in their order; `head` is SQL up to VALUES, `row` that of one row, such as "(?, ?)".

    The values of all rows are given one after the other.
    """
    width = row.count("?")
    at_once = width * _AT_ONCE
    whole = len(values) - len(values) % at_once
    some = (values[start : start + at_once] for start in range(0, whole, at_once))
    connection.executemany(f"{head} VALUES {', '.join([row] * _AT_ONCE)}", some)
    left = (values[start : start + width] for start in range(whole, len(values), width))
    connection.executemany(f"{head} VALUES {row}", left)
