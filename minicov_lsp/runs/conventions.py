"""How a project names its tests: pytest's defaults, or what its configuration says. Nothing is imported or run."""

from __future__ import annotations

import configparser
import fnmatch
import shlex
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any

_GLOB = "*?["


@dataclass(frozen=True, slots=True)
class Conventions:
    """pytest's `python_files`, `python_classes`, `python_functions`, `testpaths`, `norecursedirs`."""

    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")
    python_classes: tuple[str, ...] = ("Test",)
    python_functions: tuple[str, ...] = ("test",)
    testpaths: tuple[str, ...] = ()
    norecursedirs: tuple[str, ...] = ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}")

    def is_test_file(self, path: str) -> bool:
        """Whether a file, relative to the folder with `/`, holds tests by its name."""
        pure = PurePosixPath(path)
        return any(
            fnmatch.fnmatch(path, f"*{pattern}") if "/" in pattern else fnmatch.fnmatch(pure.name, pattern)
            for pattern in self.python_files
        )

    def is_test_class(self, name: str) -> bool:
        """Whether a class holds tests by its name."""
        return _begins(name, self.python_classes)

    def is_test_function(self, name: str) -> bool:
        """Whether a function is a test by its name."""
        return _begins(name, self.python_functions)

    def is_skipped_folder(self, name: str) -> bool:
        """Whether pytest would not look into a folder of this name."""
        return any(fnmatch.fnmatch(name, pattern) for pattern in self.norecursedirs)


def _begins(name: str, patterns: tuple[str, ...]) -> bool:
    """What pytest does: a pattern is a prefix, or a glob if it looks like one."""
    return any(
        fnmatch.fnmatch(name, pattern) if any(sign in pattern for sign in _GLOB) else name.startswith(pattern)
        for pattern in patterns
    )


def read_conventions(folder: Path) -> Conventions:
    """The conventions of a project; a file that can't be read or understood says nothing."""
    for name, read in _SOURCES:
        try:
            section = read((folder / name).read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, configparser.Error):
            continue
        if section is not None:
            return Conventions(**_known(section))
    return Conventions()


def _known(section: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The settings that we know, each as a list of words."""
    found = {}
    for field in fields(Conventions):
        value = section.get(field.name)
        if isinstance(value, str):
            try:
                found[field.name] = tuple(shlex.split(value))
            except ValueError:
                continue
        elif isinstance(value, list) and all(isinstance(word, str) for word in value):
            found[field.name] = tuple(value)
    return found


def _ini(*sections: str) -> Callable[[str], Mapping[str, Any] | None]:
    """A reader of the first of these sections that an ini file has."""

    def read(text: str) -> Mapping[str, Any] | None:
        parser = configparser.RawConfigParser(strict=False)
        parser.read_string(text)
        return next((dict(parser.items(section)) for section in sections if parser.has_section(section)), None)

    return read


def _pytest_ini(text: str) -> Mapping[str, Any]:
    """A pytest.ini counts even when it is empty."""
    return _ini("pytest")(text) or {}


def _toml(text: str) -> Mapping[str, Any] | None:
    pytest = tomllib.loads(text).get("tool", {}).get("pytest")
    if not isinstance(pytest, dict):
        return None
    found = pytest.get("ini_options", pytest)
    return found if isinstance(found, dict) else None


# The order in which pytest looks.
_SOURCES: tuple[tuple[str, Callable[[str], Mapping[str, Any] | None]], ...] = (
    ("pytest.ini", _pytest_ini),
    (".pytest.ini", _pytest_ini),
    ("pyproject.toml", _toml),
    ("tox.ini", _ini("pytest")),
    ("setup.cfg", _ini("tool:pytest")),
)
