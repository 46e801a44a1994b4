"""The `core` fixtures: every core-level test runs on every core that this Python has."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from .modules import MODULES

DECIDING = ("_monitoring", "python_monitoring") if sys.version_info >= (3, 12) else ("_settrace", "python_settrace")
"""The cores that decide conditions, the one in C first."""
_NAMES = (*DECIDING, "python_settrace") if sys.version_info >= (3, 12) else DECIDING


def _loaded(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"minicov_tracer.{name}")
    except ImportError:
        pytest.skip(f"{name} is not built for this Python")


@pytest.fixture(params=_NAMES)
def core(request: pytest.FixtureRequest) -> ModuleType:
    """A module that has a class `Core`: the C core of this Python and its twins in Python."""
    return _loaded(request.param)


@pytest.fixture(params=DECIDING)
def decider(request: pytest.FixtureRequest) -> ModuleType:
    """The same of those that decide conditions."""
    return _loaded(request.param)


@pytest.fixture(params=MODULES)
def module_code(request: pytest.FixtureRequest) -> CodeType:
    """A module of the standard library, compiled."""
    spec = importlib.util.find_spec(request.param)
    assert spec is not None
    assert spec.origin is not None
    return compile(Path(spec.origin).read_bytes(), spec.origin, "exec", dont_inherit=True)
