"""Packages that are to be measured are known once the program itself has imported them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from minicov_lsp.store.database import Database
from minicov_lsp.store.partials import find_partials
from minicov_tracer.launch import environment
from minicov_tracer.scope import Scope
from minicov_tracer.settings import Settings

FILES = {
    "top/__init__.py": "import os\n",
    "top/inner/__init__.py": "x = 1\n",
    "top/inner/deep.py": "x = 1\n",
    "top/other.py": "x = 1\n",
    "namespace/part.py": "x = 1\n",
    "single.py": "x = 1\n",
    "program.py": "import top.inner.deep, top.other, namespace.part, single\n",
}


def measured(folder: Path, packages: tuple[str, ...], *arguments: str) -> set[str]:
    """The files that were measured of a program in a subfolder, so that only its own sys.path leads to them."""
    inside = folder / "code"
    for name, text in FILES.items():
        (inside / name).parent.mkdir(parents=True, exist_ok=True)
        (inside / name).write_text(text)
    data = folder / ".coverage.db"
    settings = Settings(data_file=str(data), root=str(inside), run_id="r", source_packages=packages)
    base = {k: v for k, v in os.environ.items() if not k.startswith("MINICOV_")}
    subprocess.run([sys.executable, *arguments], cwd=inside, env=environment(settings, base), check=True)
    found: set[str] = set()
    for partial in find_partials(data):
        with Database(partial) as database:
            found.update(database.files())
    return found


@pytest.mark.parametrize(
    ("packages", "files"),
    [
        (("top",), {"top/__init__.py", "top/inner/__init__.py", "top/inner/deep.py", "top/other.py"}),
        (("top.inner",), {"top/inner/__init__.py", "top/inner/deep.py"}),
        (("top.inner.deep", "single"), {"top/inner/deep.py", "single.py"}),
        (("namespace",), {"namespace/part.py"}),
        (("program",), {"program.py"}),
        (("nothing", "single"), {"single.py"}),
        (("nothing",), set()),
    ],
)
def test_package_is_what_its_name_means_to_the_program(tmp_path, packages, files):
    """A package is measured from its first line, with what lies in it; its parents are not imported for it."""
    assert measured(tmp_path, packages, "program.py") == files


def test_module_that_is_run_is_known_by_its_name(tmp_path):
    """With `-m` the main module is measured under the name that it was asked for by."""
    assert measured(tmp_path, ("top.other",), "-m", "top.other") == {"top/other.py"}


@pytest.mark.skipif(os.name != "posix", reason="makes symbolic links")
def test_file_is_known_by_its_real_path(tmp_path, monkeypatch):
    """However a file is named, through links to it or to folders above it, it is the one that it really is."""
    inside = tmp_path / "real" / "package"
    inside.mkdir(parents=True)
    (inside / "one.py").write_text("x = 1\n")
    (inside / "two.py").symlink_to("one.py")
    (tmp_path / "real" / "circle.py").symlink_to("circle.py")
    (tmp_path / "link").symlink_to(inside)
    monkeypatch.chdir(tmp_path)
    scope = Scope(Settings(data_file="", root=str(tmp_path), run_id="r", source=(str(tmp_path),)))

    def path(name: str) -> str:
        return scope.path(compile("x = 1", "", "exec").replace(co_filename=name))

    names = ["real/package/one.py", "real/package/two.py", "link/one.py", "link/two.py", "link/../package/one.py"]
    names += ["./link/./one.py", f"{tmp_path}/link/../package/two.py", f"{inside}/one.py"]
    assert {path(name) for name in names} == {str((inside / "one.py").resolve())}
    assert {path(name) for name in ("real/circle.py", "link", "link/", "link/..", "link/none.py", "real/\0.py")} == {""}
