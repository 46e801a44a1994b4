"""Scripts of SQL within a transaction of the caller's, which executescript would end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator


def statements(script: str) -> Iterator[str]:
    """The statements of a script with at most one to a line."""
    gathered = ""
    for line in script.splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            yield gathered
            gathered = ""


def run(connection: sqlite3.Connection, script: str) -> None:
    """Run the statements of a script one by one."""
    for statement in statements(script):
        connection.execute(statement)
