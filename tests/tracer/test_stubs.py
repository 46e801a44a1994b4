"""The stubs of modules in C, which is all that type checkers know of these."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
STUBS = {
    "minicov_tracer._monitoring": "tracer/minicov_tracer/_monitoring.pyi",
    "minicov_tracer._settrace": "tracer/minicov_tracer/_settrace.pyi",
    "minicov_lsp.source._walks": "minicov_lsp/source/_walks.pyi",
    "minicov_lsp.store._checks": "minicov_lsp/store/_checks.pyi",
}


def public(names: object) -> set[str]:
    """What of a module's or class's names others may use."""
    return {name for name in vars(names) if not name.startswith("_")}


def told(body: list[ast.stmt]) -> dict[str, ast.stmt]:
    """{name: its statement} of what a stub says of a module or class."""
    found: dict[str, ast.stmt] = {}
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.ClassDef):
            found[one.name] = one
        elif isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            found[one.target.id] = one
    return found


def load(name: str) -> ModuleType:
    """A module in C, if it is built for this Python."""
    try:
        return importlib.import_module(name)
    except (ImportError, SystemError):  # the latter where another Python's stands in the same tree
        pytest.skip(f"{name} is not built for this Python")


def test_every_module_in_c_is_checked() -> None:
    """No stub is left out here."""
    if not (ROOT / "setup.py").exists():
        pytest.skip("there is no source tree")
    packages = [*(ROOT / "tracer").rglob("*.pyi"), *(ROOT / "minicov_lsp").rglob("*.pyi")]
    assert {path.relative_to(ROOT).as_posix() for path in packages} == set(STUBS.values())


@pytest.mark.parametrize("name", STUBS)
def test_a_stub_names_what_there_is(name: str) -> None:
    """All of it, and nothing else: of the module, and of each class of it."""
    module = load(name)
    if not (ROOT / "setup.py").exists():
        pytest.skip("there is no source tree")
    says = told(ast.parse((ROOT / STUBS[name]).read_text()).body)
    assert public(module) == set(says)
    for each, statement in says.items():
        if isinstance(statement, ast.ClassDef):
            assert public(getattr(module, each)) == set(told(statement.body)) - {"__init__"}


@pytest.mark.parametrize("name", STUBS)
def test_a_stub_knows_how_functions_are_called(name: str) -> None:
    """Without keywords: no function in C takes any."""
    module = load(name)
    if not (ROOT / "setup.py").exists():
        pytest.skip("there is no source tree")
    for each, statement in told(ast.parse((ROOT / STUBS[name]).read_text()).body).items():
        if isinstance(statement, ast.FunctionDef):
            assert statement.args.posonlyargs, each
            assert not statement.args.args, each
            with pytest.raises(TypeError, match="keyword"):
                getattr(module, each)(**{one.arg: None for one in statement.args.posonlyargs})
