"""What every core sees of random programs, against coverage.py in the same interpreter.

MINICOV_TEST_PROGRAMS says how many.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, ModuleType

import coverage
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from minicov_lsp.metrics.analysis import analyze
from minicov_lsp.model import CodeFacts, FileFacts
from minicov_lsp.source.parser import parse
from minicov_tracer.interfaces import Core

from .control_flow_programs import programs
from .measuring import seen
from .twins import no_tracer

Branches = set[tuple[int, int]]


def perform(code: CodeType, tape: list[int]) -> None:
    """Run a compiled program whatever it raises; what it leaves behind is finalized inside."""
    space = {"__name__": "program", "tape": tape, "flush": _nothing}
    gc.collect()
    gc.disable()
    try:
        exec(code, space)
        space.clear()
        gc.collect()
    finally:
        gc.enable()


def _nothing() -> None:
    pass


def _judges(core: ModuleType) -> tuple[str, ...]:
    """The cores of coverage.py of which one must be right.

    By sys.monitoring it takes an exception that ends an `async for` for its end, on 3.14 and 3.15; its trace function
    misses lines after `async for` on 3.14.
    """
    is_between = sys.version_info[:2] == (3, 14) and "settrace" not in core.__name__
    return ("sysmon", "ctrace") if is_between else ("ctrace",)


def by_coverage(path: Path, core: str, run: Callable[[], None]) -> tuple[set[int], set[int], Branches, Branches]:
    """Statements that ran, that didn't, and the same of branches."""
    cov = coverage.Coverage(data_file=None, config_file=False, branch=True, include=[str(path)], messages=False)
    cov.set_option("run:core", core)
    cov.start()
    try:
        run()
    finally:
        cov.stop()
    found = cov._analyze(str(path))
    ran, missed = found.executed_branch_arcs(), found.missing_branch_arcs()
    return found.executed, found.missing, _pairs(ran), _pairs(missed)


def _pairs(arcs: dict[int, list[int]]) -> Branches:
    return {(line, end) for line, ends in arcs.items() for end in ends}


def by_core(
    watcher: Core, path: Path, text: str, run: Callable[[], None]
) -> tuple[set[int], set[int], Branches, Branches]:
    """The same, as our core and our analysis have it."""
    watcher.start()
    try:
        run()
    finally:
        watcher.stop()
    found = seen(watcher.flush(), sees_jumps=watcher.sees_jumps)
    facts = FileFacts(path.name, "", None, (CodeFacts("", 1, "", frozenset(), {found[:2]: frozenset({""})}),))
    told = analyze(path.name, parse(text), [facts])
    return set(told.executed), set(told.missing), set(told.executed_branches), set(told.missing_branches)


@given(drawn=programs())
@settings(
    max_examples=int(os.environ.get("MINICOV_TEST_PROGRAMS", "4")),
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_numbers_are_coverage_pys(
    core: ModuleType, drawn: tuple[str, list[int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Statements and branches of generators, tasks, `with`, `try`, `match` and loops are those of coverage.py."""
    text, tape = drawn
    path = tmp_path_factory.mktemp("parity") / "program.py"
    path.write_text(text, "utf-8")
    code = compile(text, str(path), "exec", dont_inherit=True)
    with no_tracer():
        expected = [by_coverage(path, judge, lambda: perform(code, tape)) for judge in _judges(core)]
        watcher = core.Core(lambda code: code.co_filename == str(path))
        assert by_core(watcher, path, text, lambda: perform(code, tape)) in expected


ASYNC_LOOPS = """\
async def fails():
    1 // 0
    yield

async def ends():
    return
    yield

async def failing():
    async for x in fails():
        pass
    y = 1

async def ending():
    async for x in ends():
        pass
    y = 1

for each in (failing(), ending()):
    try:
        each.send(None)
    except (StopIteration, ZeroDivisionError):
        pass
"""


def test_an_exception_in_an_async_loop_is_not_its_end(core: ModuleType, tmp_path: Path) -> None:
    """Only a StopAsyncIteration leads on behind the loop."""
    path = tmp_path / "program.py"
    path.write_text(ASYNC_LOOPS, "utf-8")
    code = compile(ASYNC_LOOPS, str(path), "exec", dont_inherit=True)
    with no_tracer():
        watcher = core.Core(lambda code: code.co_filename == str(path))
        ran, missed, taken, _ = by_core(watcher, path, ASYNC_LOOPS, lambda: perform(code, []))
    assert (12 in missed, 17 in ran) == (True, True)
    assert ((10, 12) in taken, (15, 17) in taken) == (False, True)
