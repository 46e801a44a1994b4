"""What a line event tells about jumps, in Python and in C."""

from __future__ import annotations

import sys
import textwrap
from types import CodeType

import pytest

from minicov_tracer.bytecode import decode, jump_sites, probe_table
from minicov_tracer.implied import implied_outcomes
from minicov_tracer.opcodes import RAISE

from .modules import code_objects

_monitoring = pytest.importorskip("minicov_tracer._monitoring", reason="the C core is not built for this Python")


def function(source: str) -> CodeType:
    """The code object of the one function in some source."""
    module = compile(textwrap.dedent(source), "f.py", "exec")
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))


def told_arcs(code: CodeType) -> set[tuple[int, int]]:
    """The arcs of those outcomes that a line event tells."""
    table = probe_table(code, sees_jumps=True)
    first = 1 + len(table.lines)
    told = {first + outcome for _, outcome in implied_outcomes(code)}
    return {(a, b) for a, b, p, _ in table.arcs if p in told}


def test_both_sides_of_if_else_are_told() -> None:
    """A body's first line is reached only from its test."""
    code = function("""\
        def f(x):
            if x:
                a()
            else:
                b()
            c()
    """)
    assert told_arcs(code) == {(2, 3), (2, 5)}


def test_if_without_else_is_told_on_one_side() -> None:
    """The line after an `if` is reached from its body too, so it tells nothing."""
    code = function("""\
        def f(x):
            if x:
                a()
            c()
    """)
    assert told_arcs(code) == {(2, 3)}


def test_copies_of_a_loop_s_test_are_one() -> None:
    """What follows a loop is reached from both copies of its test, which are one test."""
    code = function("""\
        def f(x):
            while x:
                x = a(x)
            b()
    """)
    assert len(jump_sites(code)) == (2 if sys.version_info < (3, 14) else 1)
    assert told_arcs(code) == {(2, 3), (2, 4)}


def test_break_makes_the_line_after_a_loop_tell_nothing() -> None:
    """A line that a `break` leads to does not tell that the loop ended."""
    code = function("""\
        def f(x):
            for y in x:
                if y:
                    break
                a()
            b()
    """)
    assert (2, 6) not in told_arcs(code)


def test_handler_line_tells_nothing() -> None:
    """A line that an exception may lead to does not tell where a jump went."""
    code = function("""\
        def f(x):
            try:
                if x:
                    a()
            finally:
                b()
    """)
    assert (3, 6) not in told_arcs(code)


def test_what_is_raised_again_is_told() -> None:
    """That no handler matches, and that a `with` does not suppress, is told by the exception that goes on."""
    code = function("""\
        def f(x):
            try:
                a()
            except KeyError:
                b()
            with x:
                c()
    """)
    again = {offset for offset, one in decode(code).items() if one.op in RAISE}
    told = {-1 - place: outcome % 2 for place, outcome in implied_outcomes(code) if place < 0}
    assert told.keys() <= again
    assert sorted(told.values()) == [0, 1]


def test_c_agrees(module_code: CodeType) -> None:
    """The C core finds the same outcomes, on real modules."""
    for code in code_objects(module_code):
        assert _monitoring.implied_outcomes(code) == implied_outcomes(code), code.co_qualname
