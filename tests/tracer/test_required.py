"""Decisions that need memory: their jumps are watched no longer than they can teach something."""

from __future__ import annotations

import importlib
import itertools
import opcode
import sys
import textwrap
from types import CodeType

import pytest

from minicov_tracer.bytecode import decode, jump_sites
from minicov_tracer.interfaces import Core
from minicov_tracer.machine_maker import MachineMaker

from .twins import compiled, is_program

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is of Python 3.12")

SOURCE = textwrap.dedent("""\
    def decide(a, b, c, d, e):
        if (a and b) or (c and not (d or e)):
            return 1
        return 0
""")


@pytest.fixture(params=("_monitoring", "python_monitoring"))
def core(request: pytest.FixtureRequest) -> Core:
    """A core that decides conditions of SOURCE."""
    try:
        module = importlib.import_module(f"minicov_tracer.{request.param}")
    except ImportError:
        pytest.skip(f"{request.param} is not built for this Python")
    made: Core = module.Core(is_program, MachineMaker(lambda code: SOURCE))
    return made


def watched(core: Core, always: dict[int, bool]) -> list[bool]:
    """Whether each jump is still watched after all was decided that there is, some operands always the same.

    From Python 3.14 on each arm goes silent when it is taken next, so all is done a second time.
    """
    names: dict[str, object] = {}
    core.start()
    try:
        exec(compiled(SOURCE), names)
        decide = names["decide"]
        assert callable(decide)
        for operands in 2 * list(itertools.product((False, True), repeat=5)):
            decide(*(always.get(place, operand) for place, operand in enumerate(operands)))
        return [is_instrumented(decide.__code__, offset) for offset, _ in jump_sites(decide.__code__)]
    finally:
        core.stop()


def is_instrumented(code: CodeType, offset: int) -> bool:
    """Whether the interpreter raises events at a jump; from Python 3.14 on, of not taking it, at what comes next."""
    instrumented = {number for name, number in opcode.opmap.items() if name.startswith("INSTRUMENTED_")}
    places = (offset, decode(code)[offset].next) if sys.version_info >= (3, 14) else (offset,)
    adaptive = code._co_code_adaptive  # type: ignore[attr-defined]  # nothing else tells
    return any(adaptive[place] in instrumented for place in places)


def test_complete_decision_is_left_alone(core: Core) -> None:
    """When all is demonstrated, nothing is watched."""
    assert watched(core, {}) == [False] * 5


def test_jumps_that_teach_nothing_are_left_alone(core: Core) -> None:
    """With e always true only its jump is watched: its false arm would tell all that is missing, by any way to it."""
    assert watched(core, {4: True}) == [False, False, False, False, True]
