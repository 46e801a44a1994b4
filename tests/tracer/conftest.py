"""The `core` fixture: every core-level test runs on every core that this Python has."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from .modules import MODULES

_NAMES = (
    ("_monitoring", "python_monitoring", "python_settrace")
    if sys.version_info >= (3, 12)
    else ("_settrace", "python_settrace")
)


def _load(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(f"minicov_tracer.{name}")
    except ImportError:
        return None


@pytest.fixture(params=_NAMES)
def core(request: pytest.FixtureRequest) -> ModuleType:
    """A module that has a class `Core`: the C core of this Python and its twins in Python."""
    module = _load(request.param)
    if module is None:
        pytest.skip(f"{request.param} is not built for this Python")
    return module


@pytest.fixture(params=MODULES)
def module_code(request: pytest.FixtureRequest) -> CodeType:
    """A module of the standard library, compiled."""
    spec = importlib.util.find_spec(request.param)
    assert spec is not None
    assert spec.origin is not None
    return compile(Path(spec.origin).read_bytes(), spec.origin, "exec", dont_inherit=True)
