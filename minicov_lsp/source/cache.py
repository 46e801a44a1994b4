"""Static analyses kept on disk by content, so that a text is analysed once and not each time it is looked at.

An entry is a file named after all that its content follows from: the text's digest, the exclusion rules, the Python
whose compiler was asked, and the code of the analysis itself.

    bytes 0-7     b"mcmodel1"
    bytes 8-39    the entry's name, raw: SHA-256
    bytes 40-55   BLAKE2b, 16 bytes, of what follows
    bytes 56-     the model, zlib-compressed (see `packing`)

Entries are only ever replaced whole and never trusted: what is damaged is analysed anew. All of it can be deleted at
any time; what was used least recently goes by itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import secrets
import sys
import time
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from minicov_lsp.model import SourceModel
from minicov_lsp.source import text
from minicov_lsp.source.exclusion import ExclusionRules
from minicov_lsp.source.parser import parse
from minicov_tracer import sources
from minicov_tracer.version import VERSION

log = logging.getLogger(__name__)

FOLDER_VARIABLE = "MINICOV_CACHE_DIR"
"""Names the folder; set to nothing it means that nothing is kept."""
MOST_BYTES = 256 * 1024 * 1024
_KEPT_SHARE = 0.75
"""How much of the bound is left when it was passed: not every write shall have to look."""
_WRITES_BETWEEN_LOOKS = 200
_USED_EVERY = 3600.0
"""Seconds after which using an entry is noted again."""
_ABANDONED_AFTER = 3600.0
"""Seconds after which a temporary file belongs to nobody."""
_MAGIC = b"mcmodel1"
_KEY_END = len(_MAGIC) + 32
_CONTENT = _KEY_END + 16
_TEMPORARY = ".new"
_DAMAGE = (ValueError, TypeError, KeyError, IndexError, OverflowError)


class ModelCache:
    """Models by content in a folder; without one it keeps nothing. May be used from several threads and processes."""

    def __init__(self, folder: Path | None, most_bytes: int = MOST_BYTES) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._writes = 0

    def model(self, source_text: str, rules: ExclusionRules, *, path: str = "<text>") -> SourceModel:
        """What `parse` says of a text, and raises; from the cache if it is there."""
        if self.folder is None:
            return parse(source_text, rules, path=path)
        from minicov_lsp.source import packing

        shown = text.shown(source_text)
        digest = sources.digest(shown)
        key = _key(digest, rules)
        entry = self.folder / key[:2] / key[2:]
        found = _read(entry, bytes.fromhex(key))
        if found is not None:
            try:
                return packing.unpack(found, digest, text.lines_of(shown))
            except _DAMAGE as error:
                log.info("%s is damaged and is made anew: %s", entry, error)
        made = parse(source_text, rules, path=path)
        self._write(entry, bytes.fromhex(key), packing.pack(made))
        return made

    def _write(self, entry: Path, key: bytes, content: bytes) -> None:
        compressed = zlib.compress(content, 1)
        whole = _MAGIC + key + _checksum(compressed) + compressed
        if len(whole) > self._most_bytes:
            return
        temporary = entry.with_name(f"{entry.name}.{os.getpid()}.{secrets.token_hex(4)}{_TEMPORARY}")
        try:
            entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary.write_bytes(whole)
            temporary.replace(entry)
        except OSError as error:
            # A full or read-only disk costs time, nothing else.
            log.debug("%s can't be written: %s", entry, error)
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
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


def user_cache(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> ModelCache:
    """The cache of whoever runs this; it keeps nothing where there is no place for it."""
    # Reports need nothing that is not in Python; where msgpack is missing they take longer.
    return ModelCache(_folder(environment, platform) if find_spec("msgpack") is not None else None)


def _folder(environment: Mapping[str, str], platform: str) -> Path | None:
    """Where the platform wants caches."""
    if FOLDER_VARIABLE in environment:
        named = environment[FOLDER_VARIABLE]
        return Path(named).expanduser().absolute() if named else None
    try:
        if platform == "win32":
            local = environment.get("LOCALAPPDATA")
            base = Path(local) if local else Path.home() / "AppData" / "Local"
            return base / "minicov" / "Cache" / "models"
        if platform == "darwin":
            return Path.home() / "Library" / "Caches" / "minicov" / "models"
        # By the XDG base directory specification a relative path counts as none.
        named = environment.get("XDG_CACHE_HOME", "")
        base = Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # no home
        return None
    return base / "minicov" / "models"


def _key(digest: str, rules: ExclusionRules) -> str:
    """The name of an entry, hexadecimal."""
    ruled = (rules.exclude, rules.partial, rules.partial_always)
    return hashlib.sha256(json.dumps([digest, ruled, _analysis()]).encode()).hexdigest()


@cache
def _analysis() -> list[str]:
    """What an analysis depends on besides the text and the rules: our own code and the compiler."""
    folder = Path(__file__).parent
    ours = [*sorted(folder.glob("*.py")), folder.parent / "model.py", *_tracer_files()]
    code = hashlib.sha256()
    for file in ours:
        with contextlib.suppress(OSError):  # in an archive: then the version alone must do
            code.update(file.read_bytes())
    compiler = f"{sys.implementation.cache_tag} {sys.version} {sys.flags.optimize}"
    return [VERSION, code.hexdigest(), compiler]


def _tracer_files() -> list[Path]:
    folder = Path(sources.__file__).parent
    return [folder / "decisions.py", folder / "sources.py"]


def _read(entry: Path, key: bytes) -> bytes | None:
    """The content of an entry, None where there is none or where it isn't what was written."""
    try:
        with entry.open("rb") as file:
            whole = file.read()
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


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All entries and temporary files."""
    with contextlib.suppress(OSError), os.scandir(folder) as shelves:
        for shelf in shelves:
            with contextlib.suppress(OSError), os.scandir(shelf) as entries:
                yield from entries
