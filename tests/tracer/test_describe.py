"""The C core's probe tables are those of bytecode.py, which specifies them."""

from __future__ import annotations

import sys
from types import CodeType

import pytest

from minicov_tracer.bytecode import Flow, describe, describe_jumps, probe_table
from minicov_tracer.own_text import last_own_line

from .modules import code_objects

HAS_MONITORING = sys.version_info >= (3, 12)
_native = pytest.importorskip(
    f"minicov_tracer.{'_monitoring' if HAS_MONITORING else '_settrace'}",
    reason="the C core is not built for this Python",
)
described = describe if HAS_MONITORING else describe_jumps


def test_tables_agree(module_code: CodeType) -> None:
    """Lines, jumps and arcs are the same, to the letter."""
    for code in code_objects(module_code):
        assert _native.describe(code) == described(code), code.co_qualname


def test_last_lines_agree(module_code: CodeType) -> None:
    """A code object's instructions end on the same line."""
    for code in code_objects(module_code):
        assert _native.last_own_line(code) == last_own_line(code), code.co_qualname
        moved = code.replace(co_firstlineno=1_000_000_000)
        assert _native.last_own_line(moved) == last_own_line(moved), code.co_qualname


@pytest.mark.skipif(not HAS_MONITORING, reason="before 3.12 arcs are seen as such")
def test_raises_agree(module_code: CodeType) -> None:
    """An exception at any instruction leads to the same place."""
    for code in code_objects(module_code):
        flow = Flow(code)
        for offset in range(0, len(code.co_code), 2):
            assert _native.raised_at(code, offset) == flow.raised_at(offset), (code.co_qualname, offset)


@pytest.mark.skipif(not HAS_MONITORING, reason="before 3.12 arcs are seen as such")
def test_long_jumps_have_their_own_offset() -> None:
    """A jump with EXTENDED_ARG is known by its own offset, and leads past all it skips."""
    body = "\n".join(f"    x{n} = [{n}, 'a']" for n in range(2000))
    code = compile(f"if y:\n{body}\nz = 1\n", "long.py", "exec")
    table = probe_table(code, sees_jumps=True)
    assert _native.describe(code) == described(code)
    assert len(table.jumps) == 1
    assert {(a, b) for a, b, p, _ in table.arcs if p > len(table.lines)} == {(1, 2), (1, 2002)}


def test_bad_arguments_are_refused() -> None:
    """Something that is no code object is an error, not a crash."""
    with pytest.raises(AttributeError):
        _native.describe("not code")
