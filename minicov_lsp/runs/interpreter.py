"""Which Python a project's tests run in. Only looks at files; nothing is started."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from minicov_lsp.errors import RunError
from minicov_lsp.runs.environments import managed_environments

_IN_ENVIRONMENT = ("Scripts/python.exe", "python.exe") if os.name == "nt" else ("bin/python", "bin/python3")
_FOLDERS = (".venv", "venv")
_ON_PATH = ("python3", "python")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python to run tests with, and why it is this one."""

    path: Path
    """Absolute; symbolic links are kept, because a virtual environment is known by them."""
    origin: str
    """Where it was found: "setting `python`", "VIRTUAL_ENV", ".venv", "Poetry", "CONDA_PREFIX", "PATH", …"""


def choose_interpreter(folder: Path, setting: str, environment: Mapping[str, str]) -> Interpreter:
    """The interpreter for the tests of `folder`: the setting, VIRTUAL_ENV, the folder's environment, a tool's, PATH.

    A setting can be a path (relative to the folder, `~` allowed) or a command
    name. Raises RunError when the setting names none, or there is none at all.
    """
    if setting:
        return Interpreter(_configured(folder, setting, environment), "setting `python`")
    for path, origin in _candidates(folder, environment):
        if _is_executable(path):
            return Interpreter(path, origin)
    if sys.executable:
        return Interpreter(Path(sys.executable), "minicov's own")
    raise RunError(f"{folder}: no Python to run its tests with; set `minicov.python` to one")


def _configured(folder: Path, setting: str, environment: Mapping[str, str]) -> Path:
    given = Path(os.path.expanduser(setting))  # noqa: PTH111  # Path.expanduser raises for an unknown user
    if given.parent == Path() and not (folder / given).is_dir():
        found = shutil.which(setting, path=environment.get("PATH"))
        if found is not None:
            return Path(found)
    path = folder / given
    candidates = [path] if not path.is_dir() else [path / name for name in _IN_ENVIRONMENT]
    for candidate in candidates:
        if _is_executable(candidate):
            return candidate
    raise RunError(f"{setting}: there is no Python there; correct the setting `minicov.python`")


def _candidates(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    active = environment.get("VIRTUAL_ENV")
    if active:
        yield from ((Path(active) / name, "VIRTUAL_ENV") for name in _IN_ENVIRONMENT)
    for own in _FOLDERS:
        yield from ((folder / own / name, own) for name in _IN_ENVIRONMENT)
    for place, tool in managed_environments(folder, environment):
        yield place, tool  # PDM names the interpreter itself
        yield from ((place / name, tool) for name in _IN_ENVIRONMENT)
    for command in _ON_PATH:
        found = shutil.which(command, path=environment.get("PATH"))
        if found is not None:
            yield Path(found), "PATH"


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def activated(python: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment as a virtual environment's activation makes it, if the interpreter is of one.

    Tests that start `python` or a tool by its name get those of the same place.
    """
    found = dict(environment)
    path = os.pathsep.join([str(python.parent), *filter(None, [environment.get("PATH")])])
    conda = python.parent if os.name == "nt" else python.parent.parent
    if (conda / "conda-meta").is_dir():
        found |= {"CONDA_PREFIX": str(conda), "PATH": path}
        found.pop("VIRTUAL_ENV", None)
    if (python.parent.parent / "pyvenv.cfg").is_file():
        found |= {"VIRTUAL_ENV": str(python.parent.parent), "PATH": path}
        found.pop("PYTHONHOME", None)
    return found
