"""Symbolic links on the way to what is measured: a file has one name, wherever it was reached from."""

from __future__ import annotations

import json
import os

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="making links takes rights elsewhere")

MODULE = """\
def f(x):
    if x:
        return 1
    return 2
"""


def lines_of(minicov) -> dict[str, list[int]]:
    """{file: lines that ran}, as `minicov json` has them."""
    told = json.loads(minicov("json", "-q", "-o", "-").stdout)
    return {name: file["executed_lines"] for name, file in told["files"].items()}


def test_a_project_that_is_opened_through_a_link(tmp_path, write, minicov):
    """As below macOS's /tmp: names are those in the project, also where the working directory is told by the link."""
    write({"real/pkg/__init__.py": "", "real/pkg/m.py": MODULE, "real/prog.py": "import pkg.m\npkg.m.f(1)\n"})
    (tmp_path / "link").symlink_to("real")
    ran = minicov("run", "--source=.", "prog.py", folder="link", PWD=str(tmp_path / "link"))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert lines_of(lambda *words: minicov(*words, folder="link")) == {
        "pkg/__init__.py": [],
        "pkg/m.py": [1, 2, 3],
        "prog.py": [1, 2],
    }
    assert lines_of(lambda *words: minicov(*words, folder="real"))["pkg/m.py"] == [1, 2, 3]


def test_a_source_folder_that_is_a_link(tmp_path, write, minicov):
    """What it leads to is measured, under the name of where it really is; the link's name finds it, too."""
    write({"out/m.py": MODULE, "in/prog.py": "import sys\nsys.path.insert(0, 'src')\nimport m\nm.f(0)\n"})
    (tmp_path / "in" / "src").symlink_to("../out")
    assert minicov("run", "--source=src", "prog.py", folder="in").stderr == ""
    assert lines_of(lambda *words: minicov(*words, folder="in")) == {str(tmp_path / "out" / "m.py"): [1, 2, 4]}
    told = minicov("doctor", "src/m.py", folder="in").stdout
    assert "has coverage: this very text of it ran" in told


def test_a_module_that_is_imported_by_two_names(tmp_path, write, minicov):
    """It is one file, and what ran of it under either name counts together."""
    write({"pkg/__init__.py": "", "pkg/m.py": MODULE})
    write({"prog.py": "import alias, other.m, pkg.m\nalias.f(1)\nother.m.f(0)\n"})
    (tmp_path / "alias.py").symlink_to("pkg/m.py")
    (tmp_path / "other").symlink_to("pkg")
    assert minicov("run", "prog.py").returncode == 0
    assert lines_of(minicov) == {"pkg/__init__.py": [], "pkg/m.py": [1, 2, 3, 4], "prog.py": [1, 2, 3]}
