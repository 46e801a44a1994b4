import os
import sys

import pytest

from minicov_lsp.errors import RunError
from minicov_lsp.runs.interpreter import activated, choose_interpreter

pytestmark = pytest.mark.skipif(os.name == "nt", reason="paths are those of POSIX")


@pytest.fixture
def python(tmp_path):
    """Makes a file that can be executed; nothing here ever does."""

    def make(name):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/false\n")
        path.chmod(0o755)
        return path

    return make


def test_the_setting_comes_first(tmp_path, python):
    """A path from the folder, absolute, of an environment's folder, or a command's name."""
    chosen, active = python("mine/bin/python"), python("active/bin/python")
    environment = {"VIRTUAL_ENV": str(active.parent.parent), "PATH": str(chosen.parent)}
    for setting in ("mine/bin/python", str(chosen), "mine", "python"):
        assert choose_interpreter(tmp_path, setting, environment).path == chosen


def test_a_setting_that_names_none_is_an_error(tmp_path, python):
    """The user asked for that one; another would surprise."""
    python(".venv/bin/python")
    with pytest.raises(RunError, match=r"no-such-python.*minicov\.python"):
        choose_interpreter(tmp_path, "no-such-python", {"PATH": ""})


def test_the_order_without_a_setting(tmp_path, python):
    """VIRTUAL_ENV, then the folder's .venv and venv, then PATH, then our own."""
    environment = {"VIRTUAL_ENV": str(tmp_path / "active"), "PATH": str(tmp_path / "bin")}
    assert choose_interpreter(tmp_path, "", environment).path.samefile(sys.executable)
    for name, origin in [
        ("bin/python3", "PATH"),
        ("venv/bin/python", "venv"),
        (".venv/bin/python", ".venv"),
        ("active/bin/python", "VIRTUAL_ENV"),
    ]:
        made = python(name)
        found = choose_interpreter(tmp_path, "", environment)
        assert (found.path, found.origin) == (made, origin)


def test_a_file_that_cannot_be_executed_is_passed_over(tmp_path, python):
    """A broken environment is no interpreter."""
    python(".venv/bin/python").chmod(0o644)
    good = python("venv/bin/python")
    assert choose_interpreter(tmp_path, "", {"PATH": ""}).path == good


def test_an_environment_is_activated(tmp_path, python):
    """Tests that start `python` by its name get the same one."""
    inside, outside = python(".venv/bin/python"), python("usr/bin/python")
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("")
    found = activated(inside, {"PATH": "/bin", "PYTHONHOME": "/x"})
    assert found == {"PATH": f"{inside.parent}{os.pathsep}/bin", "VIRTUAL_ENV": str(tmp_path / ".venv")}
    assert activated(outside, {"PATH": "/bin"}) == {"PATH": "/bin"}
