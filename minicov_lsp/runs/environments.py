"""Where the tools that manage projects keep their environments. Only looks at files; no tool and no Python is started.

| tool | environment of a project |
|---|---|
| uv | `.venv` in its workspace's root, which has `uv.lock`, or in the project; or UV_PROJECT_ENVIRONMENT |
| PDM | the interpreter that `.pdm-python` names |
| Poetry | `NAME-HASH-pyX.Y` among its virtual environments; HASH is of the project's path |
| Hatch | `env/virtual/NAME/HASH/NAME` in its data folder, or where its `path` or the user's `dirs` say; for tests
`env/.internal/ENV/NAME/HASH/ENV` with an ENV of `hatch-test.pyX.Y`, or that beside the others |
| Pipenv | the one of `WORKON_HOME` whose file `.project` names the project |
| pixi | `.pixi/envs/NAME` in the project; one with `test` in its name first, then `default` |
| conda | a folder with `conda-meta` in the project, or the environment that `environment.yml` names: listed in
`~/.conda/environments.txt`, or in a folder where conda and micromamba put what has a name |

The names are those that Poetry 2 (`EnvManager.generate_env_name`) and Hatch 1.18 (`VirtualEnvironment`) make.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_CONDA_FOLDERS = (".conda", "conda", "env", "envs")
_CONDA_FILES = ("environment.yml", "environment.yaml")


def managed_environments(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """(folder of an environment, the tool that made it), likelier ones first; PDM names an interpreter instead.

    Those that are named may not be there.
    """
    project = _toml(folder / "pyproject.toml")
    tools = _table(project, "tool")
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or os.path.expanduser("~"))  # noqa: PTH111
    name = _name(project, tools, folder)
    yield from ((path, "uv") for path in _uv(folder, tools, environment))
    yield from ((path, "PDM") for path in _pdm(folder))
    if "poetry" in tools or (folder / "poetry.lock").exists():
        yield from ((path, "Poetry") for path in _poetry(folder, name, environment, home))
    if "hatch" in tools or (folder / "hatch.toml").exists():
        yield from ((path, "Hatch") for path in _hatch(folder, name, tools, environment, home))
    if (folder / "Pipfile").exists():
        yield from ((path, "Pipenv") for path in _pipenv(folder, environment, home))
    yield from ((path, "pixi") for path in _pixi(folder))
    yield from ((path, "conda") for path in _conda(folder, environment, home))
    active = environment.get("CONDA_PREFIX")
    if active and environment.get("CONDA_DEFAULT_ENV") != "base":
        yield Path(active), "CONDA_PREFIX"


def _name(project: Mapping[str, Any], tools: Mapping[str, Any], folder: Path) -> str:
    """What the project calls itself."""
    names = (_table(project, "project").get("name"), _table(tools, "poetry").get("name"), folder.name)
    return next(name for name in names if isinstance(name, str))


def _uv(folder: Path, tools: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[Path]:
    own = environment.get("UV_PROJECT_ENVIRONMENT")
    locked = next((root for root in (folder, *folder.parents) if (root / "uv.lock").exists()), None)
    roots = [root for root in (locked, folder if "uv" in tools else None) if root is not None]
    yield from (root / (own or ".venv") for root in roots)


def _pdm(folder: Path) -> Iterator[Path]:
    named = _text(folder / ".pdm-python").strip()
    if named:
        yield folder / named


def _poetry(folder: Path, name: str, environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    own = Path(environment.get("POETRY_CONFIG_DIR") or _user_folder("config", home, environment) / "pypoetry")
    files = (folder / "poetry.toml", own / "config.toml")
    configured = next(filter(None, (_text_of(_table(_toml(file), "virtualenvs"), "path") for file in files)), "")
    cache = Path(environment.get("POETRY_CACHE_DIR") or _user_folder("cache", home, environment) / "pypoetry")
    where = environment.get("POETRY_VIRTUALENVS_PATH") or configured
    virtualenvs = Path(str(where).replace("{cache-dir}", str(cache))) if where else cache / "virtualenvs"
    clean = re.sub(r'[ $`!*@"\\\r\n\t]', "_", _normal(name))[:42]
    prefix = f"{clean}-{_short_hash(os.path.normcase(folder.resolve()))}"
    yield from _newest(
        path for path in _entries(virtualenvs) if re.fullmatch(rf"{re.escape(prefix)}-py[\d.]+", path.name)
    )


def _hatch(
    folder: Path, name: str, tools: Mapping[str, Any], environment: Mapping[str, str], home: Path
) -> Iterator[Path]:
    envs = {**_table(tools, "hatch", "envs"), **_table(_toml(folder / "hatch.toml"), "envs")}
    for env in ("hatch-test", "test", "default"):
        path = _table(envs, env).get("path")
        if isinstance(path, str):
            yield folder / path
    named = environment.get("HATCH_CONFIG")
    file = Path(named) if named else _user_folder("config", home, environment) / "hatch" / "config.toml"
    dirs = _table(_toml(file), "dirs")
    data = Path(
        environment.get("HATCH_DATA_DIR") or _text_of(dirs, "data") or _user_folder("data", home, environment) / "hatch"
    )
    where = _text_of(_table(dirs, "env"), "virtual")
    root = folder / re.sub(r"\A~(?=/)", lambda _: str(home), where) if where else data / "env" / "virtual"
    normal = _normal(name)
    of_project = Path(normal, _short_hash(str(folder)))
    found = _entries(root / of_project)
    if root.is_relative_to(folder) or root == home / ".virtualenvs":  # then nothing is between
        found += _entries(root)
    internal = [path / of_project / path.name for path in _entries(data / "env" / ".internal")]
    yield from _newest(path for path in (*internal, *found) if path.name.startswith("hatch-test"))
    yield from (path for path in found if path.name in ("test", normal))


def _pipenv(folder: Path, environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    where = environment.get("WORKON_HOME") or _user_folder("data", home, environment) / "virtualenvs"
    named = (path for path in _entries(Path(where)) if path.name.startswith(f"{folder.name}-"))
    yield from (path for path in named if _text(path / ".project").strip() == str(folder))


def _pixi(folder: Path) -> Iterator[Path]:
    made = _entries(folder / ".pixi" / "envs")
    yield from sorted(made, key=lambda path: ("test" not in path.name, path.name != "default"))


def _conda(folder: Path, environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    inside = [folder / name for name in _CONDA_FOLDERS]
    yield from (path for path in (*inside, *_entries(folder / "envs")) if (path / "conda-meta").is_dir())
    names = {found[1] for file in _CONDA_FILES for found in _NAME.finditer(_text(folder / file))}
    # conda lists every environment that it ever made, a path a line; those from before version 4.4 did not.
    known = [Path(line.strip()) for line in _text(home / ".conda" / "environments.txt").splitlines() if line.strip()]
    yield from (path for path in known if path.name in names)
    yield from (path / name for path in _named_environments(environment, home) for name in sorted(names))


def _named_environments(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    """The folders in which conda, mamba and micromamba make an environment that is given a name."""
    for variable in ("CONDA_ENVS_DIRS", "CONDA_ENVS_PATH"):
        yield from (Path(path) for path in environment.get(variable, "").split(os.pathsep) if path)
    for listed in _ENVS_DIRS.findall(_text(home / ".condarc")):
        yield from (home / path.removeprefix("~/") for path in _LISTED.findall(listed))
    if root := environment.get("MAMBA_ROOT_PREFIX"):
        yield Path(root, "envs")
    if program := environment.get("CONDA_EXE"):  # its own environment's bin/conda
        yield Path(program).parent.parent / "envs"
    yield home / ".conda" / "envs"


_ENVS_DIRS = re.compile(r"^envs_(?:dirs|path):[ \t]*\n((?:[ \t]*-.*\n?)+)", re.MULTILINE)
_LISTED = re.compile(r"-[ \t]*[\"']?(.*?)[\"']?[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"^name:[ \t]*[\"']?([\w.\-]+)", re.MULTILINE)


def _normal(name: str) -> str:
    """A project's name as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _short_hash(path: str) -> str:
    """What Poetry and Hatch put into names, so that two projects of the same name get different ones."""
    return base64.urlsafe_b64encode(hashlib.sha256(path.encode()).digest()).decode()[:8]


def _user_folder(kind: str, home: Path, environment: Mapping[str, str]) -> Path:
    """Where programs keep a user's `data`, `cache` or `config`."""
    if sys.platform == "win32":
        variable, name = ("APPDATA", "Roaming") if kind == "config" else ("LOCALAPPDATA", "Local")
        return Path(environment.get(variable) or home / "AppData" / name)
    if sys.platform == "darwin":
        return home / "Library" / ("Caches" if kind == "cache" else "Application Support")
    usual = {"data": ".local/share", "cache": ".cache", "config": ".config"}[kind]
    return Path(environment.get(f"XDG_{kind.upper()}_HOME") or home / usual)


def _newest(paths: Iterator[Path]) -> list[Path]:
    """By the version in their names, newest first."""
    return sorted(paths, key=lambda path: [int(part) for part in re.findall(r"\d+", path.name[-8:])], reverse=True)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _table(within: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A table in a table; an empty one where there is none."""
    found: Any = within
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, dict) else {}


def _text_of(table: Mapping[str, Any], name: str) -> str:
    found = table.get(name)
    return found if isinstance(found, str) else ""


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError:
        return {}
