"""Which code is measured, decided once per file name.

The rules are coverage.py's: with `source` (folders or packages) only what lies
in it; else everything that isn't the standard library, an installed package or
this tracer; `include` and `omit` narrow that further.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from types import CodeType

from minicov_tracer.globs import glob_regex
from minicov_tracer.settings import Settings

_SELF = os.path.dirname(os.path.realpath(__file__))


class Scope:
    """Decides whether a code object is measured, and under which path it is known."""

    def __init__(self, settings: Settings) -> None:
        self._root = os.getcwd()
        self._has_source = bool(settings.source or settings.source_packages)
        self.source_folders: tuple[str, ...] = _folders([*map(os.path.realpath, settings.source)])
        """Folders of `source`, and of those packages that were found; absolute, each with a separator at its end."""
        self._source_files: set[str] = set()
        for package in settings.source_packages:
            self._find(package)
        self._include = glob_regex(settings.include, self._root) if not self._has_source else None
        self._omit = glob_regex(settings.omit, self._root)
        self._installed = _installed_folders()
        self._paths: dict[str, str] = {}

    def path(self, code: CodeType) -> str:
        """The absolute real path of the file a code object comes from, "" where it is not measured."""
        name = code.co_filename
        found = self._paths.get(name)
        if found is None:
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
            path = os.path.realpath(os.path.join(self._root, name))
        except (OSError, ValueError):
            return ""
        return path if self._is_measured(path) else ""

    def _is_measured(self, path: str) -> bool:
        if path.startswith(_SELF + os.sep):
            return False
        if self._has_source:
            if not (path in self._source_files or path.startswith(self.source_folders)):
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

    def _find(self, package: str) -> None:
        """Add what an import of `package` would load, without importing more than its parents."""
        from importlib.util import find_spec

        try:
            spec = find_spec(package)
        except (ImportError, AttributeError, ValueError):
            return
        if spec is None:
            return
        if spec.submodule_search_locations is not None:
            self.source_folders += _folders([*map(os.path.realpath, spec.submodule_search_locations)])
        elif spec.origin:
            self._source_files.add(os.path.realpath(spec.origin))


def _folders(paths: list[str]) -> tuple[str, ...]:
    """Folders as prefixes that str.startswith can test: each ends with a separator."""
    return tuple(path.rstrip(os.sep) + os.sep for path in paths)


def _installed_folders() -> tuple[str, ...]:
    """Where the standard library and installed packages are, as prefixes."""
    found = {os.path.realpath(os.path.dirname(os.__file__))}
    found |= {os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {
        os.path.realpath(entry)
        for entry in sys.path
        if entry.rstrip(os.sep).endswith(("site-packages", "dist-packages"))
    }
    return _folders(sorted(found))
