"""Which files are asked for the configuration, and in which order."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from minicov_lsp.config.files import ConfigFile, read_file
from minicov_lsp.config.gathering import Gathering
from minicov_lsp.config.values import Config, data_file_of_coverage_py
from minicov_lsp.errors import ConfigError

_SEARCHED = (
    (".coveragerc", True),
    (".coveragerc.toml", True),
    ("setup.cfg", False),
    ("tox.ini", False),
    ("pyproject.toml", False),
)
"""coverage.py's order, and whether the file is its alone: then it is taken even if it is empty."""


def read_config(root: Path, file: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration of the project in `root` (absolute), from `file` alone if it is given.

    Else `[tool.minicov]` in pyproject.toml; where that says nothing that coverage.py's files could say too, the first
    of them that says something. `environment` is os.environ if not given. Raises ConfigError with file, line and key.
    """
    known = os.environ if environment is None else environment
    gathering = Gathering()
    if file is not None:
        _take(gathering, _read_named(root, str(file), known))
    else:
        _search(gathering, root, known)
    if name := known.get("COVERAGE_FILE"):
        gathering.override("data_file", data_file_of_coverage_py(name), "COVERAGE_FILE")
    return gathering.config()


def _search(gathering: Gathering, root: Path, environment: Mapping[str, str]) -> None:
    """Take what counts where no file was named."""
    project = read_file(root / "pyproject.toml", root, environment, is_own=False)
    if project is not None and project.ours is not None:
        gathering.take_ours(project.name, project.ours)
        if gathering.is_complete:
            return
    if named := environment.get("COVERAGE_RCFILE"):
        found = _read_named(root, named, environment)
        gathering.take_coverage_py(found.name, found.coverage_py, is_own=True)
        return
    for name, is_own in _SEARCHED:
        found_here = read_file(root / name, root, environment, is_own=is_own)
        if found_here is None:
            continue
        said = gathering.take_coverage_py(found_here.name, found_here.coverage_py, is_own=is_own)
        if said or is_own:
            return


def _read_named(root: Path, name: str, environment: Mapping[str, str]) -> ConfigFile:
    found = read_file(root / name, root, environment, is_own=True)
    if found is None:
        raise ConfigError(f"{name}: no such configuration file; check --config or COVERAGE_RCFILE")
    return found


def _take(gathering: Gathering, file: ConfigFile) -> None:
    """Take what a named file says: for us, or else for coverage.py."""
    if file.ours is not None:
        gathering.take_ours(file.name, file.ours)
    if not gathering.is_complete:
        gathering.take_coverage_py(file.name, file.coverage_py, is_own=file.ours is None)
