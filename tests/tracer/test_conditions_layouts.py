"""Decisions that some compiler lays out in a way of its own: what is said of them is right on every core.

Letters are those of test_conditions.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import pytest

from .deciding import decide

CORES = ("_monitoring", "python_monitoring") if sys.version_info >= (3, 12) else ("_settrace", "python_settrace")


@pytest.fixture(params=CORES)
def core(request: pytest.FixtureRequest) -> ModuleType:
    """Those cores that decide conditions."""
    try:
        return importlib.import_module(f"minicov_tracer.{request.param}")
    except ImportError:
        pytest.skip(f"{request.param} is not built for this Python")


def test_chain_that_fails_early(core: ModuleType) -> None:
    """A chain after other operands keeps one value of two when it fails, and masks what came before all the same (13)."""
    source = """\
        def f(a, b, c):
            return (a and b) or (0 < (c) < 2)
        f(0, 1, 1), f(1, 0, 0)
    """
    assert decide(core, source) == {"(a and b) or (0 < (c) < 2)": ["tf", "fF", "tfTF"]}
