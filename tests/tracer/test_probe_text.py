"""Probe tables as text: what is written is read again, whatever numbers are in it."""

from __future__ import annotations

from types import CodeType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minicov_lsp.store.probes import decode, lines_of
from minicov_tracer import jumps
from minicov_tracer.bytecode import describe, describe_jumps, describe_lines, line_probes, probe_table
from minicov_tracer.number_lists import LIMIT, ZERO, packed, unpacked
from minicov_tracer.probe_text import completed, encode

from .modules import code_objects

NUMBERS = st.lists(st.integers() | st.integers(0, 200) | st.sampled_from([LIMIT - 1, LIMIT, 127 - ZERO, 128 - ZERO]))


@given(NUMBERS)
def test_lists_are_read_as_written(numbers: list[int]) -> None:
    """Any list comes back, and its text is one that UTF-8 has."""
    assert unpacked(packed(numbers).encode().decode()) == numbers


@pytest.mark.parametrize("text", ['"', "#\n", " ", " 1", ' ["1"]', " [1.5]", " [true]", " [1", " {}", "# [1]"])
def test_text_that_is_no_list_is_an_error(text: str) -> None:
    """A damaged text is told from a list."""
    with pytest.raises((ValueError, TypeError)):
        unpacked(text)


def test_tables_say_what_bytecode_does(module_code: CodeType) -> None:
    """Lines, jumps, what they test, and arcs of a code object are those that it has, near and far down a file."""
    for met in code_objects(module_code):
        for code in (met, met.replace(co_firstlineno=1_000_000)):
            expected = probe_table(code, sees_jumps=True)
            told = decode(describe(code), code.co_firstlineno)
            assert told.lines == expected.lines == tuple(lines_of(describe(code), code.co_firstlineno))
            assert set(told.arcs) == {((a, b), p, q) for a, b, p, q in expected.arcs}
            assert told.jumps == tuple((jump[0], jump[1], jump[2], *jump.span) for jump in expected.jumps)
            assert told.tests in ((), tuple(jumps.tests(code)))
            assert told.tests or not any(test.kind for test in jumps.tests(code))


def test_parts_can_be_left_out(module_code: CodeType) -> None:
    """Without arcs the rest is the same, and lines alone are the same table as of a core that sees nothing else."""
    for code in code_objects(module_code):
        whole, reduced = decode(describe(code), code.co_firstlineno), decode(describe_jumps(code), code.co_firstlineno)
        assert reduced == whole._replace(arcs=())
        assert decode(describe_lines(code), code.co_firstlineno).lines == line_probes(code)


SPANS = st.tuples(st.integers(7, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
LINES = st.integers(-(10**6), 10**6)


@given(st.lists(SPANS), st.lists(st.tuples(LINES, LINES, st.integers(0, 9), st.integers(0, 9))))
def test_foreign_arcs_and_conditions(spans: list, arcs: list) -> None:
    """Ends of other code's entries and exits, and conditions that are added later, come back as they were."""
    table = completed(encode(7, range(7, 17), (), arcs), 7, spans) if spans else encode(7, range(7, 17), (), arcs)
    told = decode(table, 7)
    assert told.conditions == tuple(spans)
    assert sorted(told.arcs) == sorted(((a, b), p, q) for a, b, p, q in arcs)
    assert told.lines == tuple(range(7, 17))


@pytest.mark.parametrize(
    "table",
    [
        "",
        "#",
        "'#####$",  # four lines, and none there
        "##'###$",  # four jumps
        "#'####$",  # four followers
        "####'#$",  # four arcs
        "#####'$",  # four conditions
        "##$$##$#######d",  # spans that are not there
        " [99999999999,0,0,0,0,0,0]",
        " [0,0,99999999999,0,0,0,0]",
        " [0,0,-1,0,0,0,0]",
        " [-1,0,0,0,0,0,0]",
    ],
)
def test_damaged_tables_are_an_error(table: str) -> None:
    """What is no table, or says that it has more than is there, is told; nothing is made for what it claims."""
    with pytest.raises((ValueError, TypeError, IndexError)):
        decode(table, 1).ran(1)
