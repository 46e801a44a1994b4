"""Entries kept on disk by content: bytes under a key that says all that they follow from.

An entry is a file named after its key:

    bytes 0-7     b"mcentry1"
    bytes 8-39    the key, raw: SHA-256
    bytes 40-55   BLAKE2b, 16 bytes, of what follows
    bytes 56-     the content, zlib-compressed

Entries are only ever replaced whole and never trusted: what is damaged is made anew. All of it can be deleted at any
time; what was used least recently goes by itself.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import sys
import time
import zlib
from collections.abc import Iterator
from functools import cache
from io import FileIO
from pathlib import Path

from minicov_lsp.log import Log
from minicov_tracer import sources
from minicov_tracer.version import VERSION

log = Log(__name__)

MOST_BYTES = 256 * 1024 * 1024
_KEPT_SHARE = 0.75
"""How much of the bound is left when it was passed: not every write shall have to look."""
_WRITES_BETWEEN_LOOKS = 200
_USED_EVERY = 3600.0
"""Seconds after which using an entry is noted again."""
_ABANDONED_AFTER = 3600.0
"""Seconds after which a temporary file belongs to nobody."""
_MAGIC = b"mcentry1"
_CONTENT = len(_MAGIC) + 32 + 16
_TEMPORARY = ".new"


class Entries:
    """Bytes by key in a folder; without one it keeps nothing. May be used from several threads and processes."""

    def __init__(self, folder: Path | None, most_bytes: int = MOST_BYTES) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._writes = 0

    def read(self, key: bytes) -> bytes | None:
        """The content of an entry, None where there is none or where it isn't what was written."""
        if self.folder is None:
            return None
        entry = _place(self.folder, key)
        try:
            with FileIO(entry) as file:
                whole = file.readall()
                if time.time() - os.fstat(file.fileno()).st_mtime > _USED_EVERY:
                    os.utime(entry)
        except OSError:
            return None
        compressed = whole[_CONTENT:]
        if whole[:_CONTENT] != _MAGIC + key + _checksum(compressed):
            log.info("%s is damaged and is made anew", entry)
            return None
        try:
            return zlib.decompress(compressed)
        except zlib.error:
            return None

    def write(self, key: bytes, content: bytes) -> None:
        """Keep the content of an entry, if there is a place for it."""
        compressed = zlib.compress(content, 1)
        whole = _MAGIC + key + _checksum(compressed) + compressed
        if self.folder is None or len(whole) > self._most_bytes:
            return
        entry = _place(self.folder, key)
        temporary = f"{entry}.{os.getpid()}.{os.urandom(4).hex()}{_TEMPORARY}"
        try:
            _write(temporary, whole)
            os.replace(temporary, entry)  # noqa: PTH105  # see _place
        except OSError as error:
            # A full or read-only disk costs time, nothing else.
            log.debug("%s can't be written: %s", entry, error)
            with contextlib.suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
            return
        if self._writes % _WRITES_BETWEEN_LOOKS == 0:
            self.trim()
        self._writes += 1

    def trim(self) -> None:
        """Remove what was used least recently, if there is more than the bound, and what interrupted writes left."""
        if self.folder is None:
            return
        used: list[tuple[float, int, str]] = []
        now = time.time()
        for entry in _entries(self.folder):
            with contextlib.suppress(OSError):  # another process may have removed it
                found = entry.stat()
                if entry.name.endswith(_TEMPORARY) and now - found.st_mtime > _ABANDONED_AFTER:
                    Path(entry).unlink()
                else:
                    used.append((found.st_mtime, found.st_size, entry.path))
        total = sum(size for _, size, _ in used)
        if total <= self._most_bytes:
            return
        for _, size, name in sorted(used):
            if total <= self._most_bytes * _KEPT_SHARE:
                break
            with contextlib.suppress(OSError):
                Path(name).unlink()
            total -= size


def key_of(*parts: object) -> bytes:
    """The key of what follows from some parts, which JSON can write."""
    return hashlib.sha256(json.dumps(parts).encode()).digest()


@cache
def code_identity() -> str:
    """What tells this code, and this Python, from others whose results may differ: of its files no more than stats."""
    found = [f"{VERSION} {sys.implementation.cache_tag} {sys.version} {sys.flags.optimize}"]
    for package in (Path(__file__).parents[1], Path(sources.__file__).parent):
        for folder, _, names in os.walk(package):
            for name in names:
                if name.endswith((".py", ".so", ".pyd")):
                    with contextlib.suppress(OSError):
                        stat = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118  # many, at each start
                        found.append(f"{name} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(found)).encode("utf-8", "surrogateescape")).hexdigest()


def _place(folder: Path, key: bytes) -> str:
    """The file of an entry; no `Path`, for one takes as long as to look whether there is a file."""
    name = key.hex()
    return f"{folder}/{name[0]}/{name[1:]}"


def _write(file: str, content: bytes) -> None:
    """Write a file, whose folder is mostly there. Raises OSError."""
    try:
        opened = FileIO(file, "w")
    except FileNotFoundError:
        Path(file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = FileIO(file, "w")
    with opened:
        written = opened.write(content)
        if written != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), file)


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All entries and temporary files."""
    with contextlib.suppress(OSError), os.scandir(folder) as shelves:
        for shelf in shelves:
            with contextlib.suppress(OSError), os.scandir(shelf) as entries:
                yield from entries
