"""A free-threaded Python gets no core in C: none is built for it, none is loaded, and one line says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from minicov_tracer import cores

BUILD = """\
import sys, sysconfig
sysconfig.get_config_vars()["Py_GIL_DISABLED"] = int(sys.argv[1])
import setuptools  # brings distutils
from distutils.core import run_setup
made = run_setup("setup.py", stop_after="init")
print(len(made.ext_modules), made.get_option_dict("bdist_wheel").get("py_limited_api") is not None)
"""


def test_the_python_core_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever lies about built: it is for another ABI."""
    monkeypatch.setattr(sys, "version", f"{sys.version} free-threading build")
    tracer = cores.choose("", lambda code: False)
    assert tracer.core.name == "python"
    assert tracer.warning.startswith("this Python is free-threaded, for which there is no C core; the slower")
    assert cores.choose("python", lambda code: False).warning == ""


LOADS = """\
import sys
sys.version += " free-threading build"
from minicov_lsp.source import trees
from minicov_lsp.store import checks
from minicov_tracer import cores, own_text
cores.choose("", lambda code: False)
print(trees.IN_C, checks.IN_C, own_text.own_lines(compile("x = 1", "x", "exec")))
print([name for name in sys.modules if name.split(".")[-1] in ("_walks", "_checks", "_monitoring", "_settrace")])
"""


def test_nothing_in_c_is_loaded() -> None:
    """Neither a core nor what else has a twin in Python: loading what was built for another ABI may fail in any way."""
    command = [sys.executable, "-c", LOADS]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert told.splitlines() == ["None None ((1, 1),)", "[]"]


@pytest.mark.parametrize("is_free_threaded", [False, True])
def test_nothing_in_c_is_built(is_free_threaded: bool) -> None:
    """What is installed then is a wheel without C, and without the tag of the stable ABI."""
    pytest.importorskip("setuptools", reason="builds are isolated, so it may not be installed")
    root = Path(__file__).parents[2]
    if not (root / "setup.py").exists():
        pytest.skip("there is no source tree")
    command = [sys.executable, "-c", BUILD, str(int(is_free_threaded))]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=True).stdout
    has_stable_abi = sys.version_info >= (3, 12) and not is_free_threaded
    assert told.split()[-2:] == ["0" if is_free_threaded else "3", str(has_stable_abi)]
