"""Where recorded files are here: what `[paths]` means, in coverage.py's sense."""

import ntpath
import os
import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from minicov_lsp.config.values import pattern_key
from minicov_lsp.errors import ConfigError
from minicov_tracer.globs import prefix_regex


class _Alias(NamedTuple):
    begins: re.Pattern[str]
    """Matches the part of a path that is replaced."""
    separator: str
    """The separator of the paths that it matches."""
    result: str
    """What that part is here, with a separator at its end."""


class PathAliases:
    """Maps recorded paths to the files here."""

    def __init__(
        self, paths: Mapping[str, tuple[str, ...]], root: Path, origins: Mapping[str, object] = MappingProxyType({})
    ) -> None:
        """Take `[paths]`, of which each list begins with the folder here; `origins` are those of `Config`.

        Raises ConfigError for a bad pattern, with file and line where they are known.
        """
        self._root = root
        self._origins = origins
        self._aliases = [
            self._alias(name, pattern, wanted[0]) for name, wanted in paths.items() for pattern in wanted[1:]
        ]

    def __bool__(self) -> bool:
        return bool(self._aliases)

    def rename(self, path: str, exists: Callable[[Path], bool] = Path.exists) -> str:
        """The path of the file here; `path` itself where no pattern matches or there is no such file.

        Paths are relative to the root with `/`, or absolute (perhaps another system's), and so is the result.
        """
        if not self._aliases:
            return path
        whole = path if _is_absolute(path) else str(self._root / path)
        for alias in self._aliases:
            found = alias.begins.match(whole)
            if found is None:
                continue
            here = whole.replace(found[0], alias.result, 1).replace(_separator(whole), os.sep)
            file = (self._root / here).resolve()
            if exists(file):
                return self._recorded(file)
        return path

    def _alias(self, name: str, pattern: str, result: str) -> _Alias:
        separator = _separator(pattern)
        begin = pattern.rstrip("/\\") if len(pattern) > 1 else pattern
        if begin.endswith("*"):
            problem = f"{pattern!r} ends with a wildcard; name the folder that it stands for"
            raise ConfigError(f"{self._where(name, pattern)}: {problem}")
        if "*" in result or "?" in result:
            problem = f"{result!r} has a wildcard; name the folder here first, then patterns of where it was"
            raise ConfigError(f"{self._where(name, result)}: {problem}")
        if not begin.startswith("*") and not _is_absolute(begin + separator):
            begin = str((self._root / Path(begin).expanduser()).resolve())
        try:
            begins = prefix_regex(begin.rstrip(separator) + separator)
        except (ValueError, re.error) as error:
            raise ConfigError(f"{self._where(name, pattern)}: {error}") from error
        here = str(Path(result).expanduser()) + os.sep
        return _Alias(begins, separator, here)

    def _where(self, name: str, pattern: str) -> object:
        return self._origins.get(pattern_key(f"paths.{name}", pattern), f"[paths] {name}")

    def _recorded(self, file: Path) -> str:
        return file.relative_to(self._root).as_posix() if file.is_relative_to(self._root) else str(file)


def _is_absolute(path: str) -> bool:
    """On any system."""
    return posixpath.isabs(path) or ntpath.isabs(path)


def _separator(path: str) -> str:
    """The one that a path uses."""
    found = re.search(r"[\\/]", path)
    return found[0] if found else os.sep
