"""How a core begins, is flushed and ends; and which one is chosen."""

from __future__ import annotations

import sys
import textwrap
from types import ModuleType

import pytest

from minicov_tracer import cores
from minicov_tracer.interfaces import Core

from .measuring import FILENAME, in_program, run, seen


def test_equal_code_of_two_files_is_told_apart(core: ModuleType) -> None:
    """Code objects that compare equal are two where they come from two files."""
    source = textwrap.dedent("""\
        def f(x):
            return x
    """)
    first, second = (compile(source, name, "exec") for name in (FILENAME, "/measured/other.py"))
    watcher = core.Core(lambda code: code.co_filename.startswith("/measured/"))
    names: dict[str, object] = {}
    others: dict[str, object] = {}
    watcher.start()
    exec(first, names)
    exec(second, others)
    names["f"](1)  # type: ignore[operator]
    watcher.stop()
    by_file = {(hits.code.co_filename, hits.code.co_name) for hits in watcher.flush()}
    assert by_file == {(FILENAME, "<module>"), (FILENAME, "f"), ("/measured/other.py", "<module>")}


def test_flush_starts_afresh(core: ModuleType) -> None:
    """What happens again after a flush is told again, and nothing else is."""
    program = compile("def f(x):\n    if x:\n        return 1\n    return 2\n", FILENAME, "exec")
    watcher: Core = core.Core(in_program)
    names: dict[str, object] = {}
    watcher.start()
    exec(program, names)
    function = names["f"]
    function(1)  # type: ignore[operator]
    watcher.flush()
    assert watcher.flush() == []
    function(0)  # type: ignore[operator]
    watcher.stop()
    found = seen(watcher.flush(), sees_jumps=watcher.sees_jumps)
    assert found.lines == {2, 4}
    assert {(2, 4), (4, -1)} <= found.arcs
    assert (2, 3) not in found.arcs


def test_code_out_of_scope_is_not_told(core: ModuleType) -> None:
    """Nothing is gathered of code that is not measured."""
    watcher: Core = core.Core(lambda code: False)
    watcher.start()
    exec(compile("x = 1\n", FILENAME, "exec"))
    watcher.stop()
    assert watcher.flush() == []


def test_stopped_core_leaves_nothing_behind(core: ModuleType) -> None:
    """After stop nobody traces, and a new core can start."""
    for _ in range(2):
        run(core, "x = 1\n")
    assert sys.gettrace() is None


@pytest.mark.parametrize("name", ["nothing", "ctrace"])
def test_unknown_core_is_refused(name: str) -> None:
    """A core that does not exist is named, with those that do."""
    with pytest.raises(LookupError, match=f"no core '{name}' on Python"):
        cores.choose(name, lambda code: True)
