"""What was read of the versions of a few files, for as long as each stays as it is.

A file that is edited and run again and again has many versions, of which a commit changes one or two.
"""

from __future__ import annotations

import hashlib
import sqlite3
from typing import NamedTuple

from minicov_lsp.model import FileFacts
from minicov_lsp.store.names import Names
from minicov_lsp.store.rows import StoredCode, read_codes, read_counts
from minicov_lsp.store.soundness import unpacked

_TEXT = "SELECT substr(p.texts, s.place, s.size) FROM source s JOIN pack p ON p.id = s.pack_id WHERE s.digest = ?"
KEPT_PATHS = 8
"""Files whose versions are kept: those that were asked about last."""


class Version(NamedTuple):
    """A version of a file."""

    generation: int
    """In which its facts became what they are; 0 in a partial file, where they still may change."""
    facts: FileFacts
    codes: tuple[StoredCode, ...]
    """Those that `facts` has, in the same order."""


class KeptVersions:
    """Reads the versions of files by one connection, and again only those that changed; for one thread at a time.

    A version of another generation has changed, and each may have when something was pruned (pruning.py).
    """

    def __init__(self, names: Names) -> None:
        """Take the names of contexts of that connection."""
        self._names = names
        self._paths: dict[str, dict[int, Version]] = {}
        self._prunes: object = None

    def read(self, connection: sqlite3.Connection, path: str, here: str | None = None) -> tuple[Version, ...]:
        """The versions of the file recorded under `path`, the one that changed last first.

        `here` is a text that need not be unpacked where it is the one that ran. In a transaction. Raises sqlite3.Error,
        and ValueError, TypeError, KeyError or IndexError where a row isn't what it should be.
        """
        prunes = connection.execute("SELECT value FROM meta WHERE key = 'prunes'").fetchone()
        if prunes != self._prunes:
            self._paths, self._prunes = {}, prunes
        kept = self._paths.pop(path, {})
        found: dict[int, Version] = {}
        rows = connection.execute(
            "SELECT id, generation FROM file WHERE path = ? ORDER BY generation DESC, id DESC", (path,)
        )
        for row, generation in rows.fetchall():
            version = kept.get(row)
            if version is None or not generation or version.generation != generation:
                version = self._read(connection, path, row, generation, here)
            found[row] = version
        self._paths[path] = found
        if len(self._paths) > KEPT_PATHS:
            del self._paths[next(iter(self._paths))]
        return tuple(found.values())

    def _read(self, connection: sqlite3.Connection, path: str, row: int, generation: int, here: str | None) -> Version:
        (digest,) = connection.execute("SELECT digest FROM file WHERE id = ?", (row,)).fetchone()
        text = here if here is not None and _digest(here) == digest else _text(connection, digest)
        codes = read_codes(connection, row, self._names)
        facts = FileFacts(path, digest.hex(), text, tuple(code.facts for code in codes), read_counts(connection, row))
        return Version(generation, facts, codes)


def _digest(text: str) -> bytes:
    """What `minicov_tracer.sources.digest` says of a normalized text, as it is stored."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _text(connection: sqlite3.Connection, digest: bytes) -> str | None:
    """The text with a digest, None where it isn't kept."""
    row = connection.execute(_TEXT, (digest,)).fetchone()
    return None if row is None else unpacked(row[0]).decode("utf-8", "surrogatepass")
