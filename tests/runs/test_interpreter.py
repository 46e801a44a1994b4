import base64
import hashlib
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


def hashed(folder) -> str:
    """What Poetry and Hatch put into names."""
    return base64.urlsafe_b64encode(hashlib.sha256(str(folder).encode()).digest()).decode()[:8]


LAYOUTS = {
    "uv": ({"uv.lock": ""}, ".venv"),
    "uv workspace": ({"../uv.lock": ""}, "../.venv"),
    "uv workspace's member": ({"../uv.lock": "", "pyproject.toml": "[tool.uv]\npackage = false\n"}, "../.venv"),
    "uv without a lock": ({"pyproject.toml": "[tool.uv]\n"}, ".venv"),
    "PDM": ({".pdm-python": "elsewhere/bin/python\n"}, "elsewhere"),
    "Poetry": (
        {"pyproject.toml": "[tool.poetry]\nname = 'My.Shop_x'\n"},
        "../home/.cache/pypoetry/virtualenvs/my-shop-x-{hash}-py3.12",
    ),
    "Poetry in another place": (
        {"poetry.lock": "", "poetry.toml": "[virtualenvs]\npath = '{cache-dir}/envs'\n"},
        "../home/.cache/pypoetry/envs/project-{hash}-py3.11",
    ),
    "Poetry where its user says": (
        {"poetry.lock": "", "../home/.config/pypoetry/config.toml": "[virtualenvs]\npath = '{cache-dir}/mine'\n"},
        "../home/.cache/pypoetry/mine/project-{hash}-py3.13",
    ),
    "Hatch": (
        {"pyproject.toml": "[project]\nname = 'My.Shop'\n[tool.hatch]\n"},
        "../home/.local/share/hatch/env/virtual/my-shop/{hash}/my-shop",
    ),
    "Hatch's own for tests": (
        {"pyproject.toml": "[project]\nname = 'shop'\n", "hatch.toml": ""},
        "../home/.local/share/hatch/env/virtual/shop/{hash}/hatch-test.py3.12",
    ),
    "Hatch's internal one for tests": (
        {"pyproject.toml": "[project]\nname = 'shop'\n", "hatch.toml": ""},
        "../home/.local/share/hatch/env/.internal/hatch-test.py3.13/shop/{hash}/hatch-test.py3.13",
    ),
    "Hatch where its user says": (
        {"hatch.toml": "", "../home/.config/hatch/config.toml": "[dirs.env]\nvirtual = '~/envs'\n"},
        "../home/envs/project/{hash}/project",
    ),
    "Hatch in the project, where its user says": (
        {"hatch.toml": "", "../home/.config/hatch/config.toml": "[dirs.env]\nvirtual = '.hatch'\n"},
        ".hatch/project",
    ),
    "Hatch in the project": ({"hatch.toml": "[envs.default]\npath = 'made'\n"}, "made"),
    "Pipenv": ({"Pipfile": ""}, "../home/.local/share/virtualenvs/project-x1"),
    "conda": ({"environment.yml": "channels: []\nname: shop\n"}, "../conda/envs/shop"),
    "conda in the project": ({}, "env"),
    "conda where its users' environments are": ({"environment.yml": "name: shop\n"}, "../home/.conda/envs/shop"),
    "conda where its user says": (
        {"environment.yml": "name: 'shop'\n", "../home/.condarc": "envs_dirs:\n- '~/a'\n- ~/mine\nchannels:\n- b\n"},
        "../home/mine/shop",
    ),
    "pixi": ({"pixi.toml": ""}, ".pixi/envs/default"),
    "pixi's with tests": ({"pixi.toml": "", ".pixi/envs/default/a": ""}, ".pixi/envs/test-py312"),
}


@pytest.mark.skipif(sys.platform == "darwin", reason="the folders are those of Linux")
@pytest.mark.parametrize("tool", LAYOUTS)
def test_the_environment_of_a_projects_tool(tmp_path, python, tool):
    """Found from files alone: the interpreters here can't be run."""
    files, where = LAYOUTS[tool]
    folder = tmp_path / "project"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    made = python(os.path.normpath(f"project/{where.format(hash=hashed(folder))}/bin/python"))
    environment_folder = made.parent.parent
    (tmp_path / "home" / ".conda").mkdir(parents=True, exist_ok=True)
    if tool == "Pipenv":
        (environment_folder / ".project").write_text(f"{folder}\n")
    if "conda" in tool:
        (environment_folder / "conda-meta").mkdir()
        (tmp_path / "home" / ".conda" / "environments.txt").write_text(f"{tmp_path / 'conda/envs/shop'}\n")
    environment = {"HOME": str(tmp_path / "home"), "PATH": ""}
    found = choose_interpreter(folder, "", environment)
    assert found.path.samefile(made)
    assert found.origin in (tool, tool.split()[0].removesuffix("'s"), ".venv")
    own = python("project/venv/bin/python")
    expected = made if where == ".venv" else own
    assert choose_interpreter(folder, "", environment).path == expected


@pytest.mark.parametrize(
    ("variable", "value", "where"),
    [
        ("CONDA_ENVS_DIRS", "{0}/none:{0}/mine", "mine/shop"),
        ("CONDA_ENVS_PATH", "{0}/mine", "mine/shop"),
        ("MAMBA_ROOT_PREFIX", "{0}/mamba", "mamba/envs/shop"),
        ("CONDA_EXE", "{0}/miniforge/bin/conda", "miniforge/envs/shop"),
    ],
)
def test_a_named_conda_environment_where_a_variable_says(tmp_path, python, variable, value, where):
    """Each is of conda, mamba or micromamba, set for their users' shells."""
    (tmp_path / "environment.yml").write_text("name: shop\n")
    made = python(f"{where}/bin/python")
    environment = {"HOME": str(tmp_path / "home"), "PATH": "", variable: value.format(tmp_path)}
    found = choose_interpreter(tmp_path, "", environment)
    assert (found.path, found.origin) == (made, "conda")


def test_an_active_conda_environment(tmp_path, python):
    """Before what PATH has, but not where it is only the base that every terminal has."""
    active, other = python("conda/envs/shop/bin/python"), python("bin/python3")
    environment = {"CONDA_PREFIX": str(active.parent.parent), "PATH": str(other.parent), "HOME": str(tmp_path)}
    assert choose_interpreter(tmp_path, "", environment).path == active
    assert choose_interpreter(tmp_path, "", {**environment, "CONDA_DEFAULT_ENV": "base"}).path == other
    (active.parent.parent / "conda-meta").mkdir()
    assert activated(active, environment)["PATH"].startswith(str(active.parent))


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nhatch = 3\npoetry = 'x'\n[project]\nname = 5", "not toml ["])
def test_a_project_file_that_makes_no_sense(tmp_path, python, text):
    """Says nothing."""
    (tmp_path / "pyproject.toml").write_text(text)
    python("bin/python3")
    assert choose_interpreter(tmp_path, "", {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}).origin == "PATH"
