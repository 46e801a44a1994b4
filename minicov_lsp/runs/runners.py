"""The command lines that run tests: pytest's, or unittest's where there is no pytest."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from minicov_lsp.errors import RunError
from minicov_lsp.runs.selection import file_of
from minicov_tracer.settings import Settings

MAX_ARGUMENTS = 96 * 1024
"""Bytes of test ids on a command line; more go into a file, which pytest 8.2 and later reads."""

_TOO_OLD = re.compile(r"^minicov: not measuring this process: (Python [\d.]+) is too old$", re.MULTILINE)
_NO_PYTEST = re.compile(r"No module named '?pytest'?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a run must know before it starts."""

    folder: Path
    """Where it runs; node ids are relative to it."""
    python: Path
    tests: tuple[str, ...]
    """Node ids; none is everything that is found."""
    arguments: tuple[str, ...]
    """Options of the user for pytest."""
    settings: Settings
    environment: Mapping[str, str]
    """That the run's environment is made from."""
    unittest_files: Callable[[], tuple[str, ...]] = tuple
    """Finds the files with tests that unittest can run, for a Python that has no pytest; called in a thread."""


def pytest_command(plan: Plan, tests: Sequence[str], scratch: Path) -> list[str]:
    """The command line of a run; too many ids for one go into a file in `scratch`."""
    command = [str(plan.python), "-m", "pytest", f"--rootdir={plan.folder}", *plan.arguments]
    ids = [f"./{test}" if test.startswith(("-", "@")) else test for test in tests]
    if sum(len(test.encode()) + 1 for test in ids) > MAX_ARGUMENTS:
        listed = scratch / "tests"
        listed.write_text("\n".join(ids), "utf-8")
        return [*command, f"@{listed}"]
    return [*command, *ids]


def lacks_pytest(output: str) -> bool:
    """Whether this is what Python says of `-m pytest` when it has none."""
    return _NO_PYTEST.search(output) is not None


def refuse_too_old(plan: Plan, output: str) -> None:
    """Raises RunError where the tracer said that it can't measure this Python."""
    if found := _TOO_OLD.search(output):
        raise RunError(f"{plan.python} is {found[1]}, and 3.11 or later is needed: set `minicov.python` to such a one")


def unittest_tests(plan: Plan, tests: Sequence[str]) -> tuple[str, ...]:
    """Those of the tests that unittest can run, all if none are given. Raises RunError where it can run none."""
    files = plan.unittest_files()
    found = tuple(test for test in tests if file_of(test) in files) if tests else files
    if not found:
        raise RunError(f"{plan.python} has no pytest: install it there, or set `minicov.python` to a Python that has")
    return found


def unittest_command(plan: Plan, tests: Sequence[str]) -> list[str]:
    """The command line where there is no pytest: the same tests, by unittest's names for them."""
    return [str(plan.python), "-m", "unittest", *map(unittest_name, tests)]


def unittest_name(test: str) -> str:
    """`tests.test_a.TestA.test_b` for `tests/test_a.py::TestA::test_b`."""
    path, _, inside = test.partition("::")
    module = path.removesuffix(".py").replace("/", ".")
    return ".".join([module, *inside.split("::")]) if inside else module
