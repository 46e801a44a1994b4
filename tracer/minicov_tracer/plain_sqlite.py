"""A connection to SQLite without the package `sqlite3`, which adds types for dates to it, and so loads `datetime`."""

from __future__ import annotations

try:
    from _sqlite3 import connect
except ImportError:  # another interpreter than CPython
    from sqlite3 import connect

__all__ = ["connect"]
