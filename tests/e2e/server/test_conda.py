"""Environments that a tool of conda's made, from a package of the Python that runs these tests."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the package is one for Linux")

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
FULL = ".".join(map(str, sys.version_info[:3]))
ARCHIVE = f"python-{FULL}-0.tar.bz2"
LEFT_OUT = {"test", "tests", "idlelib", "ensurepip", "lib2to3", "site-packages", "dist-packages", "__pycache__"}

TESTS = """\
import subprocess
import sys

from signs import sign


def test_of_this_environment():
    assert sign(1) == 1
    found = subprocess.run(["python", "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True)
    assert (sys.prefix, found.stdout.strip()) == ({prefix!r}, {prefix!r})
"""


def files_of_python() -> Iterator[tuple[Path, str]]:
    """(file here, its place in an environment): the interpreter, its library, and pytest."""
    yield Path(sys.base_prefix, "bin", f"python{VERSION}"), f"bin/python{VERSION}"
    standard = Path(sysconfig.get_path("stdlib"))
    for folder, folders, names in os.walk(standard):
        folders[:] = [name for name in folders if name not in LEFT_OUT and not name.startswith("config-")]
        inside = Path(folder).relative_to(standard)
        for name in names:
            if not name.startswith("_test"):
                yield Path(folder, name), str(f"lib/python{VERSION}" / inside / name)
    site = Path(pytest.__file__).parents[1]
    needed = ("pytest/*", "_pytest/**/*", "pluggy*/*", "iniconfig*/*", "packaging*/*", "pygments*/**/*", "py.py")
    for file in (file for pattern in needed for file in site.glob(pattern) if file.suffix != ".pyc"):
        if file.is_file():
            yield file, f"lib/python{VERSION}/site-packages/{file.relative_to(site)}"


def add_text(package: tarfile.TarFile, name: str, text: str) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(text.encode())
    package.addfile(info, io.BytesIO(text.encode()))


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A channel with one package, `python`, that is the Python of these tests."""
    folder = tmp_path_factory.mktemp("channel")
    for subfolder in ("linux-64", "linux-aarch64", "noarch"):
        (folder / subfolder).mkdir()
    index = {"name": "python", "version": FULL, "build": "0", "build_number": 0, "depends": [], "subdir": "noarch"}
    paths = []
    archive = folder / "noarch" / ARCHIVE
    with tarfile.open(archive, "w:bz2", compresslevel=1) as package:
        for file, place in files_of_python():
            data = file.read_bytes()
            package.add(file.resolve(), place)
            digest = hashlib.sha256(data).hexdigest()
            paths.append({"_path": place, "path_type": "hardlink", "sha256": digest, "size_in_bytes": len(data)})
        link = tarfile.TarInfo("bin/python")
        link.type, link.linkname = tarfile.SYMTYPE, f"python{VERSION}"
        package.addfile(link)
        paths.append({**paths[0], "_path": "bin/python", "path_type": "softlink"})
        add_text(package, "info/index.json", json.dumps(index))
        add_text(package, "info/files", "".join(f"{path['_path']}\n" for path in paths))
        add_text(package, "info/paths.json", json.dumps({"paths": paths, "paths_version": 1}))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    packages = {ARCHIVE: {**index, "sha256": digest, "size": archive.stat().st_size}}
    for subfolder in folder.iterdir():
        listed = packages if subfolder.name == "noarch" else {}
        text = json.dumps({"info": {"subdir": subfolder.name}, "packages": listed, "packages.conda": {}})
        (subfolder / "repodata.json").write_text(text)
    return folder


@pytest.fixture
def make_environment(channel: Path) -> Callable[[Path], Path]:
    """Makes an environment as pixi and conda do, by the library that they share; gives its interpreter."""
    import rattler

    async def make(prefix: Path) -> None:
        records = await rattler.solve(sources=[channel.as_uri()], specs=["python"], virtual_packages=[])
        await rattler.install(records, prefix, cache_dir=channel / "cache", show_progress=False)

    def run(prefix: Path) -> Path:
        asyncio.run(make(prefix))
        assert list((prefix / "conda-meta").glob("python-*.json"))
        return prefix / "bin" / "python"

    return run


WAYS = {
    "pixi": ".pixi/envs/default",
    "conda": "../else where/shop",
    "CONDA_PREFIX": "../active",
    "setting `python`": "../chosen",
}
"""What chooses the environment, and where in relation to the project it is."""


@pytest.mark.parametrize("way", WAYS)
def test_tests_run_in_an_environment_of_conda(start, project, tmp_path, make_environment, way):
    """Runs and pytest's own listing use it, a test finds it as `python`, and the doctor names it."""
    python = make_environment(Path(os.path.normpath(project / WAYS[way])))
    prefix = str(python.parent.parent)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".condarc").write_text(f"channels: []\nenvs_dirs:\n  - {tmp_path / 'else where'}\n")
    (project / "environment.yml").write_text("name: shop\ndependencies:\n  - python\n")
    (project / "tests" / "test_signs.py").write_text(TESTS.format(prefix=prefix))
    setting = prefix if way == "setting `python`" else ""
    active = prefix if way == "CONDA_PREFIX" else ""
    environment = {"HOME": str(tmp_path / "home"), "VIRTUAL_ENV": "", "CONDA_PREFIX": active}
    client = start(project, **environment)
    client.initialize(initializationOptions={"minicov": {"gutters": True, "testRuns": True, "python": setting}})
    client.open("signs.py")
    told = client.finish(client.command("minicov.runAll"))
    assert (told[-1]["outcome"], told[-1]["counts"]["passed"]) == ("passed", 1), told
    assert [3, 3, "covered"] in client.shown("signs.py", "fresh")["runs"]
    assert client.request("minicov/tests", {"exact": True})[0]["children"][0]["label"] == "test_of_this_environment"

    if setting:
        with (project / "pyproject.toml").open("a") as file:
            file.write(f'[tool.minicov]\npython = "{setting}"\n')
    command = [sys.executable, "-m", "minicov_lsp", "doctor"]
    ran = subprocess.run(command, cwd=project, env={**os.environ, **environment}, capture_output=True, text=True)
    told = next(line for line in ran.stdout.splitlines() if "interpreter" in line)
    assert str(python) in told
    assert way.rstrip("`") in told
