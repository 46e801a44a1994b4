"""Which code is measured, decided once per file name.

The rules are coverage.py's: with `source` (folders or packages) only what lies
in it; else everything that isn't the standard library, an installed package or
this tracer; `include` and `omit` narrow that further.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from types import CodeType, ModuleType
    from typing import Any

    from minicov_tracer.settings import Settings

_MANY_NAMES = 1024
"""So many names of files that aren't measured may be remembered: a program may make up names for ever."""
_SELF = os.path.dirname(os.path.realpath(__file__))


class Scope:
    """Decides whether a code object is measured, and under which path it is known."""

    def __init__(self, settings: Settings) -> None:
        self._root = _current_folder(settings)
        self._has_source = bool(settings.source or settings.source_packages)
        self.source_folders: tuple[str, ...] = _folders([*map(os.path.realpath, settings.source)])
        """Folders of `source`, and of those packages that were imported; absolute, each with a separator at its end."""
        self._source_files: set[str] = set()
        self._awaited = list(settings.source_packages)
        self._include = _matcher(settings.include, self._root) if not self._has_source else None
        self._omit = _matcher(settings.omit, self._root)
        self._installed = _installed_folders()
        self._paths: dict[str, str] = {}
        self._room = _MANY_NAMES
        self._folders: dict[str, str] = {}  # folder -> its real path

    def path(self, code: CodeType) -> str:
        """The absolute real path of the file a code object comes from, "" where it is not measured."""
        name = code.co_filename
        found = self._paths.get(name)
        if found is None:
            if len(self._paths) >= self._room:
                self._paths = {name: path for name, path in self._paths.items() if path}
                self._room = len(self._paths) + _MANY_NAMES
            found = self._paths[name] = self._decide(name)
        return found

    def contains(self, code: CodeType) -> bool:
        """Whether a code object is measured."""
        return bool(self.path(code))

    def _decide(self, name: str) -> str:
        """The path for a new file name, "" where it is out of scope."""
        if not name or (name.startswith("<") and name.endswith(">")):
            return ""
        try:
            path = self._real_path(os.path.join(self._root, name))
        except (OSError, ValueError):
            return ""
        return path if self._is_measured(path) and _has_source(path) else ""

    def _real_path(self, path: str) -> str:
        """os.path.realpath of an absolute path, which looks at each folder in it, for files that share folders."""
        folder, base = os.path.split(path)
        if os.name != "posix" or base in ("", ".", "..") or os.path.islink(path):
            return os.path.realpath(path)
        real = self._folders.get(folder)
        if real is None:
            if len(self._folders) >= _MANY_NAMES:
                self._folders.clear()
            real = self._folders[folder] = os.path.realpath(folder)
        return os.path.join(real, base)

    def _is_measured(self, path: str) -> bool:
        if path.startswith(_SELF + os.sep):
            return False
        if self._has_source:
            if not self._is_source(path):
                self._find_packages()
                if not self._is_source(path):
                    return False
            # A virtual environment inside the source folder is not the project's own code.
            inner = max((folder for folder in self._installed if path.startswith(folder)), key=len, default="")
            if (
                inner
                and not any(len(folder) >= len(inner) and path.startswith(folder) for folder in self.source_folders)
                and path not in self._source_files
            ):
                return False
        elif self._include is not None:
            if not self._include.match(path):
                return False
        elif path.startswith(self._installed):
            return False
        return not (self._omit is not None and self._omit.match(path))

    def _is_source(self, path: str) -> bool:
        return path in self._source_files or path.startswith(self.source_folders)

    def _find_packages(self) -> None:
        """Add those packages that have been imported by now: a module is in sys.modules before its first line runs.

        Looking for them earlier would import their parents unmeasured, with a sys.path that isn't the program's yet.
        """
        for package in list(self._awaited):
            names = _names(sys.modules.get(package)) or _main_named(package)
            folders, file = names.get("__path__"), names.get("__file__")
            if folders is not None:
                self.source_folders += _folders([os.path.realpath(folder) for folder in folders])
            elif isinstance(file, str):
                self._source_files.add(os.path.realpath(os.path.join(self._root, file)))
            else:
                continue
            self._awaited.remove(package)


def _has_source(path: str) -> bool:
    """Whether there is a text to show: a notebook's cell, or code made up by the program, has none."""
    if os.path.isfile(path):
        return True
    inside = path
    while inside != (inside := os.path.dirname(inside)):
        if os.path.isfile(inside):
            return path.endswith(".py")  # a module in an archive
    return False


def _current_folder(settings: Settings) -> str:
    """The folder that relative names start from; the project's where the process has none any more."""
    try:
        return os.getcwd()
    except OSError:
        return settings.root


def _matcher(patterns: tuple[str, ...], root: str) -> re.Pattern[str] | None:
    """A regex for glob patterns, None without any."""
    if not patterns:
        return None
    from minicov_tracer.globs import glob_regex

    return glob_regex(patterns, root)


def _names(module: ModuleType | None) -> dict[str, Any]:
    """A module's names; asking for an attribute could run code of the program's, or load what is to be loaded later."""
    return object.__getattribute__(module, "__dict__") if isinstance(module, type(sys)) else {}


def _main_named(name: str) -> dict[str, Any]:
    """The names of the program's main module if that is called `name`: by `-m`, or by its file."""
    names = _names(sys.modules.get("__main__"))
    spec, file = names.get("__spec__"), names.get("__file__")
    if spec is not None:
        called = getattr(spec, "name", "")
    else:
        called = os.path.splitext(os.path.basename(file))[0] if isinstance(file, str) else ""
    return names if called == name else {}


def _folders(paths: list[str]) -> tuple[str, ...]:
    """Folders as prefixes that str.startswith can test: each ends with a separator."""
    return tuple(path.rstrip(os.sep) + os.sep for path in paths)


def _installed_folders() -> tuple[str, ...]:
    """Where the standard library and installed packages are, as prefixes."""
    # Without sysconfig, whose import would cost every child process milliseconds of start-up.
    found = {os.path.realpath(os.path.dirname(os.__file__))}
    found |= {
        os.path.realpath(entry)
        for entry in sys.path
        if entry.rstrip(os.sep).endswith(("site-packages", "dist-packages"))
    }
    return _folders(sorted(found))
